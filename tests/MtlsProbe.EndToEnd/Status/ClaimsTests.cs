using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Status;

/// <summary>
/// The claims of the API about a handshake agree with the metrics and the command line at the same time, and with the output of the commands that the
/// API shows.
/// </summary>
public sealed class ClaimsTests(ClaimsTests.Fleet fleet) : IClassFixture<ClaimsTests.Fleet>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <param name="Outcome">The outcome if the credential must be accepted.</param>
    /// <param name="Shows">The output of <c>openssl s_client</c> about it.</param>
    private sealed record Case(string Target, string Outcome, string? Reason, string Shows);

    private static readonly Case[] Cases =
    [
        new("accepted", "accepted", null, "HTTP/1.1 200 OK"),
        new("refused-by-alert", "rejected", "unknown_ca", "alert number 48"),
        new("refused-by-status", "rejected", "http_status", "HTTP/1.1 400 Bad Request"),
        new("refused-by-close", "rejected", "closed_without_alert", "\nclosed\n"), // the server's close; if openssl leaves first, it prints DONE
        new("expired", "failed", "expired", "Verify return code: 10 (certificate has expired)"),
        new("not-enforced", "accepted", null, "HTTP/1.1 200 OK"),
        new("nothing-listens", "failed", "connection_refused", "Connection refused"),
    ];

    public static TheoryData<string> Targets => Cases.Select(one => one.Target).ToRows();

    [RealServersFact]
    public void All_compared_outcomes_have_occurred() =>
        Assert.Equal(Cases.Select(one => (one.Target, one.Outcome, one.Reason)), Cases.Select(one => Claims.Of(fleet.Record(one.Target)) is var claims ? (one.Target, claims.Outcome, claims.Reason) : default));

    [RealServersTheory]
    [MemberData(nameof(Targets))]
    public void The_metrics_and_the_command_line_agree(string target)
    {
        var claims = Claims.Of(fleet.Record(target));
        Assert.Equal(claims, Claims.Of(fleet.Metrics, target));
        Assert.Equal(claims, Claims.Of(fleet.ByCommandLine(target)));
        Assert.Equal(claims, Claims.Of(fleet.Handshake(target).GetProperty("record")));
        Assert.Equal(claims with { Cipher = null }, Claims.OfRow(fleet.Row(target)));
        Assert.Equal(claims with { Cipher = null }, Claims.OfRow(fleet.Handshake(target)));
        Assert.Equal(
            fleet.Row(target).GetProperty("at").GetDateTimeOffset().ToUnixTimeMilliseconds() / 1000.0,
            fleet.Metrics.Value("mtlsprobe_last_probe_timestamp_seconds", ("target", target), ("slot", "current")));
    }

    [RealServersFact]
    public void All_sources_report_a_server_that_accepts_a_client_without_a_certificate()
    {
        var (row, record) = (fleet.Row("not-enforced", "reject"), fleet.ByCommandLine("not-enforced", "reject"));
        Assert.Equal(("not_enforced", "accepted", "not_refused"), (row.GetProperty("state").GetString(), row.GetProperty("outcome").GetString(), row.GetProperty("reason").GetString()));
        Assert.Equal(0, fleet.Metrics.Value("mtlsprobe_rejection_enforced", ("target", "not-enforced"), ("identity", "none")));
        Assert.Equal(Claims.Of(record), Claims.Of(fleet.Handshake("not-enforced", "reject").GetProperty("record")));
    }

    [RealServersTheory]
    [MemberData(nameof(Targets))]
    public async Task The_command_for_this_handshake_makes_the_same_one(string target)
    {
        var (claims, command) = (Claims.Of(fleet.Record(target)), fleet.Handshake(target).GetProperty("commands").GetProperty("probe").GetString()!);

        var (code, _, output) = await fleet.Type(command);
        Assert.Equal(claims.Success ? 0 : 1, code);
        Assert.Contains($" {claims.Outcome.ToUpperInvariant()}  ", output, StringComparison.Ordinal);

        using var records = JsonDocument.Parse((await fleet.Type(command + " --output json")).StandardOutput);
        Assert.Equal(claims, Claims.Of(Assert.Single(records.RootElement.EnumerateArray())));
    }

    [RealServersTheory]
    [MemberData(nameof(Targets))]
    public async Task The_command_for_this_target_agrees(string target)
    {
        var detail = fleet.Detail(target);
        var (_, _, output) = await fleet.Type(detail.GetProperty("commands").GetProperty("probe").GetString()!);
        Assert.All(detail.GetProperty("handshakes").EnumerateArray(), handshake =>
            Assert.Contains(handshake.GetProperty("headline").GetString()!, output, StringComparison.Ordinal));
    }

    [RealServersTheory]
    [MemberData(nameof(Targets))]
    public async Task The_command_for_openssl_shows_the_same(string target)
    {
        var (claims, commands) = (Claims.Of(fleet.Record(target)), fleet.Handshake(target).GetProperty("commands"));

        var (_, standard, output) = await fleet.Type(commands.GetProperty("openssl").GetString()!);

        var shows = Cases.Single(one => one.Target == target).Shows;
        Assert.NotEqual("", shows); // is in every text
        Assert.Contains(shows, output, StringComparison.Ordinal);
        if (claims.Tls is not null) Assert.Contains($"New, TLSv{claims.Tls}, Cipher is {claims.Cipher}", output, StringComparison.Ordinal);
        if (claims.ServerSerial is null) return;
        using var leaf = X509Certificate2.CreateFromPem(standard.AsSpan(standard.IndexOf("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal)));
        Assert.Equal((claims.ServerSerial, claims.ServerExpiry), (leaf.SerialNumber.ToLowerInvariant(), new DateTimeOffset(leaf.NotAfter).ToUnixTimeSeconds()));
        if (claims.Class != "server_certificate") Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
    }

    [RealServersFact]
    public async Task Without_a_certificate_the_commands_show_that_none_is_requested()
    {
        var commands = fleet.Handshake("not-enforced", "reject").GetProperty("commands");

        Assert.Equal(0, (await fleet.Type(commands.GetProperty("probe").GetString()!)).ExitCode);
        Assert.Contains("HTTP/1.1 200 OK", (await fleet.Type(commands.GetProperty("openssl").GetString()!)).Output, StringComparison.Ordinal);
    }

    /// <summary>One exporter over a few servers, and its answers after one round of probes.</summary>
    public sealed class Fleet : IAsyncLifetime
    {
        private readonly Workspace _workspace = new("claims");
        private readonly Workspace _open = new("claims-open"); // for a second nginx
        private readonly Sink _sink = new();
        private readonly List<IAsyncDisposable> _running = [];
        private JsonElement _records, _rows, _typed;
        private Dictionary<string, JsonElement> _details = [];

        internal MetricsText Metrics { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            if (RealServers.Missing is not null) return;
            var files = new PkiFiles(_workspace, TestPki.Shared);
            var open = Endpoint.Https("nginx-http", "good") with { Check = new ClientCheck(files.Root) { Enforcement = Enforcement.Optional } };
            var nginx = await Nginx.Start(_workspace, files, ["good", "expired"], _sink.Port);
            _running.Add(nginx);
            var alerting = await OpensslServer.Start(files, "good");
            _running.Add(alerting);
            var lax = await Nginx.StartLive(_open, files, [open], _sink.Port);
            _running.Add(lax);
            int Port(string server, string certificate) => nginx.Endpoints.Single(endpoint => (endpoint.Server, endpoint.Certificate) == (server, certificate)).Port;
            var configuration = new ConfigFile(files,
            [
                new("accepted", Port("nginx-http", "good")) { Protocol = "https" },
                new("refused-by-alert", alerting.Endpoints[0].Port) { Identity = "wrong_ca" },
                new("refused-by-status", Port("nginx-http", "good")) { Protocol = "https", Identity = "wrong_ca" },
                new("refused-by-close", Port("nginx-stream", "good")) { Identity = "expired" },
                new("expired", Port("nginx-http", "expired")) { Protocol = "https" },
                new("not-enforced", open.Port) { Protocol = "https", More = ["must_reject: [none]"] },
                new("nothing-listens", Ports.Free()),
            ]) { Interval = "1h" }.WriteTo(_workspace);

            Mtlsprobe.InstallInto(_workspace.Root);
            await using var exporter = await Exporter.Start(configuration);
            await exporter.Ready();
            Metrics = await exporter.Scrape();
            _records = Json(await exporter.Get("/api/v1/targets"));
            _rows = Json(await exporter.Get("/api/v1/handshakes")).GetProperty("rows");
            foreach (var one in Cases) _details[one.Target] = Json(await exporter.Get($"/api/v1/targets/{one.Target}"));
            _typed = Json((await Mtlsprobe.Run("probe", "--all", "--config.file", configuration, "--output", "json")).StandardOutput);
        }

        public async Task DisposeAsync()
        {
            foreach (var server in _running) await server.DisposeAsync();
            await _sink.DisposeAsync();
            _workspace.Dispose();
            _open.Dispose();
        }

        internal JsonElement Record(string target, string expect = "accept") => Find(_records, target, expect);

        internal JsonElement ByCommandLine(string target, string expect = "accept") => Find(_typed, target, expect);

        internal JsonElement Row(string target, string expect = "accept") => Find(_rows, target, expect);

        internal JsonElement Detail(string target) => _details[target];

        internal JsonElement Handshake(string target, string expect = "accept") => Find(_details[target].GetProperty("handshakes"), target, expect);

        /// <summary>Runs a command like a user who has the program in the PATH.</summary>
        internal async Task<CommandResult> Type(string command)
        {
            var path = new Dictionary<string, string> { ["PATH"] = $"{_workspace.Root}:{Environment.GetEnvironmentVariable("PATH")}" };
            await using var shell = ChildProcess.Start("shell", "sh", ["-c", command], path);
            var code = await shell.Exit(Patience);
            Mtlsprobe.AssertNoSecrets(shell.Output);
            return new CommandResult(code, shell.StandardOutput, shell.Output);
        }

        private static JsonElement Find(JsonElement list, string target, string expect) => Assert.Single(
            list.EnumerateArray(), entry => entry.GetProperty("target").GetString() == target && entry.GetProperty("expect").GetString() == expect);

        private static JsonElement Json(string text)
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
    }
}

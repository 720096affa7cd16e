using System.Text.Json;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Real proxies on the way, PROXY headers for real servers, and a source address: with each credential the verdict is the same as without them, and a
/// fault of a proxy is reported as the proxy's.
/// </summary>
public sealed class WayTests(WayTests.Round round) : IClassFixture<WayTests.Round>
{
    private static readonly string[] s_versions = ["1.2", "1.3"];
    private static readonly string[] s_credentials = ["good", "none", "wrong_ca"];

    /// <summary>Ways that the commands on the page can also use.</summary>
    private static readonly string[] s_typed = ["source", "squid", "squid_password", "microsocks", "v1", "v2"];

    /// <summary>By their names: the server, and the keys of the way.</summary>
    private static readonly IReadOnlyList<Way> s_ways =
    [
        .. from server in (string[])["haproxy", "nginx"]
           from way in (IReadOnlyList<Way>)
           [
               new("straight", server, []),
               new("source", server, ["source_address: 127.0.0.2"]),
               new("squid", server, ["proxy: http://127.0.0.1:{squid}"]),
               new("squid_name", server, ["proxy: http://localhost:{squid}"]) { Host = "localhost" },
               new("squid_password", server, ["proxy: { url: \"http://127.0.0.1:{squid-locked}\", username: probe, password_file: {password} }"]),
               new("dante", server, ["proxy: socks5://127.0.0.1:{dante}"]),
               new("dante_name", server, ["proxy: socks5://127.0.0.1:{dante}"]) { Host = "localhost" },
               new("microsocks", server, ["proxy: { url: \"socks5://127.0.0.1:{microsocks}\", username: probe, password_file: {password} }"]),
               new("v1", server + "-told", ["proxy_protocol: v1", "source_address: 127.0.0.2"]),
               new("v2", server + "-told", ["proxy_protocol: v2", "source_address: 127.0.0.2"]),
               new("v2_squid", server + "-told", ["proxy_protocol: v2", "source_address: 127.0.0.2", "proxy: http://127.0.0.1:{squid}"]),
               new("v1_dante_name", server + "-told", ["proxy_protocol: v1", "proxy: socks5://127.0.0.1:{dante}"]) { Host = "localhost" },
           ]
           select way,
    ];

    /// <summary>Faults of a proxy, by a name: the keys of the way, the server, the reason and a part of the detail.</summary>
    private static readonly IReadOnlyList<Refusal> s_refusals =
    [
        new(new("squid_forbidden", "forbidden", ["proxy: http://127.0.0.1:{squid}"]), "proxy_refused", "with \"HTTP/1.1 403 Forbidden\" and X-Squid-Error: \"ERR_ACCESS_DENIED 0\""),
        new(new("squid_anonymous", "haproxy", ["proxy: http://127.0.0.1:{squid-locked}"]), "proxy_refused", "with \"HTTP/1.1 407 Proxy Authentication Required\""),
        new(new("squid_wrong", "haproxy", ["proxy: { url: \"http://127.0.0.1:{squid-locked}\", username: second, password_file: {wrong} }"]), "proxy_refused", "with \"HTTP/1.1 407 Proxy Authentication Required\""),
        new(new("squid_dead", "nobody", ["proxy: http://127.0.0.1:{squid}"]), "proxy_refused", "with \"HTTP/1.1 503 Service Unavailable\" and X-Squid-Error: \"ERR_CONNECT_FAIL 111\""),
        new(new("squid_socks", "haproxy", ["proxy: socks5://127.0.0.1:{squid}", "timeout: 3s"]), "proxy_failed", ""),
        new(new("dante_forbidden", "forbidden", ["proxy: socks5://127.0.0.1:{dante}"]), "proxy_refused", "with reply 2, not allowed by its rules"),
        new(new("dante_dead", "nobody", ["proxy: socks5://127.0.0.1:{dante}"]), "proxy_refused", "with reply 5, connection refused"),
        new(new("dante_http", "haproxy", ["proxy: http://127.0.0.1:{dante}", "timeout: 3s"]), "proxy_failed", ""),
        new(new("microsocks_anonymous", "haproxy", ["proxy: socks5://127.0.0.1:{microsocks}"]), "proxy_refused", "requires a user and a password"),
        new(new("microsocks_wrong", "haproxy", ["proxy: { url: \"socks5://127.0.0.1:{microsocks}\", username: probe, password_file: {wrong} }"]), "proxy_refused", "refused the user or the password"),
        new(new("dead_http", "haproxy", ["proxy: http://127.0.0.1:{nobody}"]), "proxy_failed", "connection refused"),
        new(new("dead_socks", "haproxy", ["proxy: socks5://127.0.0.1:{nobody}"]), "proxy_failed", "connection refused"),
        new(new("no_source", "haproxy", ["source_address: 192.0.2.55"]), "source_unusable", "is not an address of this machine"),
    ];

    public static TheoryData<string, string, string, string> Cells =>
        (from way in s_ways from version in s_versions from credential in s_credentials select (way.Name, way.Server, version, credential)).ToRows();

    public static TheoryData<string> Refusals => [.. s_refusals.Select(refusal => refusal.Way.Name)];

    [WayTheory]
    [MemberData(nameof(Cells))]
    public void A_verdict_is_the_same_by_every_way(string way, string server, string version, string credential)
    {
        var gone = s_ways.Single(other => (other.Name, other.Server) == (way, server));
        var record = round.Records[gone.Target(version, credential)];

        Assert.True(Expected(server, version, credential) == record.Verdict, record.ToString());
        Assert.Equal(version, record.TlsVersion);
        Assert.Equal(way == "straight", record.Way("proxy") is null && record.Way("proxy_protocol") is null && record.Way("source_address") is null);
        if (gone.Keys.Any(key => key.StartsWith("proxy:", StringComparison.Ordinal))) Assert.NotNull(record.Timing("proxy"));
    }

    /// <summary>The address that the server reports agrees with the record's fact about the header.</summary>
    [WayTheory]
    [InlineData("haproxy", "v1")]
    [InlineData("haproxy", "v2")]
    [InlineData("haproxy", "v2_squid")]
    [InlineData("nginx", "v1")]
    [InlineData("nginx", "v2")]
    [InlineData("nginx", "v2_squid")]
    public async Task The_address_of_a_header_arrives(string server, string way)
    {
        var record = round.Records[$"{server}-told-{way}-1.3-good"];
        var header = record.Way("proxy_header")!;

        Assert.StartsWith("PROXY TCP4 127.0.0.2 127.0.0.1 ", header, StringComparison.Ordinal);
        await round.Prints(server, header.Replace("PROXY TCP4", "arrived", StringComparison.Ordinal));
    }

    [WayTheory]
    [MemberData(nameof(Refusals))]
    public void A_fault_of_a_proxy_is_never_reported_as_that_of_the_server(string name)
    {
        var expected = s_refusals.Single(refusal => refusal.Way.Name == name);
        var record = round.Records[expected.Way.Target("1.3", "good")];

        Assert.True(record.Verdict == $"failed network {expected.Reason}", record.ToString());
        Assert.Contains(expected.Detail, record.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(Proxies.Password, record.ToString(), StringComparison.Ordinal);
        if (expected.Reason != "source_unusable") Assert.StartsWith($"the proxy {record.Way("proxy")}", record.Detail, StringComparison.Ordinal);
    }

    /// <summary>The commands on the page go the same way, if their program supports it.</summary>
    [WayTheory]
    [InlineData("source", "probe openssl curl")]
    [InlineData("squid", "probe openssl curl")]
    [InlineData("squid_password", "probe openssl")]
    [InlineData("microsocks", "probe")]
    [InlineData("v1", "probe curl")]
    [InlineData("v2", "probe")]
    public void The_displayed_commands_can_be_typed(string way, string programs)
    {
        var typed = round.Typed[$"{(way.StartsWith('v') ? "nginx-told" : "nginx")}-{way}-1.3-good"];

        Assert.Equal(programs, string.Join(' ', typed.Select(one => one.Program)));
        Assert.All(typed, one => Assert.Contains(one.Program == "probe" ? "ACCEPTED" : "HTTP/1.1 200 OK", one.Output, StringComparison.Ordinal));
    }

    [WayTheory]
    [InlineData("squid_password")]
    [InlineData("microsocks")]
    public void The_time_at_the_proxy_has_a_series(string way) =>
        Assert.True(round.Metrics.Value("mtlsprobe_phase_duration_seconds", ("target", $"nginx-{way}-1.3-good"), ("phase", "proxy")) > 0);

    private static string Expected(string server, string version, string credential) => (server.Split('-')[0], credential) switch
    {
        (_, "good") => "accepted",
        ("nginx", _) => "rejected client_certificate http_status",
        (_, "none") => version == "1.2" ? "rejected client_certificate handshake_failure 40" : "rejected client_certificate certificate_required 116",
        _ => "rejected client_certificate unknown_ca 48",
    };

    public sealed class Round : IAsyncLifetime
    {
        private readonly Workspace _workspace = new("way");
        private WayServers? _servers; // null if they are not available: every test is skipped
        private Exporter? _exporter;

        internal MetricsText Metrics { get; private set; } = null!;

        /// <summary>The output of the commands that are shown for a target.</summary>
        internal IReadOnlyDictionary<string, IReadOnlyList<(string Program, string Output)>> Typed { get; private set; } = new Dictionary<string, IReadOnlyList<(string, string)>>();

        internal IReadOnlyDictionary<string, ProbeRecord> Records { get; private set; } = new Dictionary<string, ProbeRecord>();

        public async Task InitializeAsync()
        {
            if (WayServers.Missing is not null) return;
            var servers = _servers = await WayServers.Start(_workspace);
            IReadOnlyList<TargetEntry> targets =
            [
                .. from way in s_ways from version in s_versions from credential in s_credentials select servers.Target(way, version, credential),
                .. s_refusals.Select(refusal => servers.Target(refusal.Way, "1.3", "good")),
            ];
            IReadOnlyList<TargetEntry> served = [.. from way in s_ways where way.Server.StartsWith("nginx", StringComparison.Ordinal) && s_typed.Contains(way.Name) select servers.Target(way, "1.3", "good")];
            _exporter = await Exporter.Start(new ConfigFile(servers.Files, served) { Timeout = "20s", FileName = "served.yml" }.WriteTo(_workspace));
            Records = await Mtlsprobe.Probe(new ConfigFile(servers.Files, targets) { Timeout = "20s" }, _workspace);
            Metrics = await _exporter.Until(metrics => served.All(target => metrics.Value("mtlsprobe_success", ("target", target.Name)) == 1), "every target is accepted");
            Mtlsprobe.InstallInto(_workspace.Root);
            var typed = await Task.WhenAll(served.Select(target => TypeAll(target.Name)));
            Typed = served.Zip(typed).ToDictionary(pair => pair.First.Name, pair => pair.Second);
        }

        public async Task DisposeAsync()
        {
            if (_exporter is not null) await _exporter.DisposeAsync();
            if (_servers is not null) await _servers.DisposeAsync();
            _workspace.Dispose();
        }

        private async Task<IReadOnlyList<(string Program, string Output)>> TypeAll(string target)
        {
            using var detail = JsonDocument.Parse(await _exporter!.Get($"/api/v1/targets/{target}"));
            var commands = detail.RootElement.GetProperty("handshakes")[0].GetProperty("commands").EnumerateObject()
                .Where(command => command.Value.ValueKind == JsonValueKind.String).Select(command => (command.Name, Line: command.Value.GetString()!)).ToList();
            return [.. (await Task.WhenAll(commands.Select(command => Type(command.Line)))).Zip(commands, (output, command) => (command.Name, output))];
        }

        /// <summary>The output of a command in a shell.</summary>
        private async Task<string> Type(string command)
        {
            await using var shell = ChildProcess.Start("shell", "sh", ["-c", command], new Dictionary<string, string> { ["PATH"] = $"{_workspace.Root}:{Environment.GetEnvironmentVariable("PATH")}" });
            await shell.Exit(TimeSpan.FromMinutes(1));
            Mtlsprobe.AssertNoSecrets(shell.Output);
            return shell.Output;
        }

        /// <summary>Waits until the server has printed this.</summary>
        internal Task Prints(string server, string line) => _servers!.Prints(server, line);
    }
}

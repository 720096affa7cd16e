using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using MtlsProbe.Api;
using MtlsProbe.Cli;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Tests.Api;
using MtlsProbe.Tests.Cli;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Handshake.Protocols;

/// <summary>
/// A protocol that is unknown to the program is used, judged, checked and shown like its own after it has been registered: see <see cref="Lines"/>.
/// The program is run as in a shell, against a server with real TLS.
/// </summary>
public sealed class LinesTests : IDisposable
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_server = s_root.Leaf("server.test");
    private static readonly TestCertificate s_client = s_root.Client("client");

    private readonly TempFiles _files = new();
    private readonly ConcurrentQueue<string> _heard = [];

    public LinesTests()
    {
        _files.Write("root.crt", s_root.CertificatePem);
        _files.Write("client.crt", s_client.CertificatePem);
        _files.Write("client.key", s_client.KeyPem);
    }

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("YES", "accepted", "application_data", null)]
    [InlineData("BUSY", "accepted", "application_data", "busy")]
    [InlineData("NO", "rejected", "application_data", "refused_by_protocol")]
    [InlineData("PERHAPS", "unconfirmed", "application_data", "no_confirmation")]
    [InlineData("HTTP/1.1 200", "unconfirmed", "application_data", "no_line")]
    [InlineData(null, "unconfirmed", "closed", "closed")]
    public async Task The_requests_are_sent_and_the_answer_is_judged(string? answer, string outcome, string evidence, string? reason)
    {
        await using var peer = Server(answer);

        var result = Assert.Single(await ProbeAsync(peer));

        Assert.Equal((outcome, evidence, reason), (Text(result, "outcome"), Text(result, "evidence"), result.GetProperty("failure") is { ValueKind: JsonValueKind.Object } failure ? Text(failure, "reason") : null));
        Assert.Equal(reason is null, result.GetProperty("success").GetBoolean());
        Assert.Equal(["STARTTLS", "lines/1", "WHO payments"], _heard.Distinct());
        Assert.Equal(["dns", "connect", "proxy", "starttls", "handshake", "confirm", "application", "total"], result.GetProperty("timings").EnumerateObject().Select(phase => phase.Name));
        Assert.True(result.GetProperty("timings").GetProperty("starttls").GetDouble() > 0);
        if (reason is "refused_by_protocol" or "busy" or "no_line") Assert.Equal($"the server answered \"{answer}\"", Text(result.GetProperty("failure"), "detail"));
    }

    [Fact]
    public async Task A_server_that_did_not_ask_for_a_certificate_cannot_refuse_it_in_any_protocol()
    {
        await using var peer = Server("NO", authentication: ClientAuthentication.None);

        var result = Assert.Single(await ProbeAsync(peer, more: "expect: { client_certificate_requested: false }"));

        Assert.Equal(("accepted", "refused_by_protocol"), (Text(result, "outcome"), Text(result.GetProperty("failure"), "reason")));
    }

    [Theory]
    [InlineData("YES", "accepted", "not_refused")]
    [InlineData("NO", "rejected", null)]
    [InlineData("BUSY", "unconfirmed", "no_confirmation")]
    public async Task A_credential_that_must_be_refused_gets_the_harmless_request(string answer, string outcome, string? reason)
    {
        await using var peer = Server(answer, authentication: ClientAuthentication.Optional);

        var refused = (await ProbeAsync(peer, more: "must_reject: [none]"))[1];

        Assert.Equal((outcome, reason), (Text(refused, "outcome"), refused.GetProperty("failure") is { ValueKind: JsonValueKind.Object } failure ? Text(failure, "reason") : null));
        Assert.Equal(["WHO nobody", "WHO payments"], _heard.Where(line => line.StartsWith("WHO", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("NO TLS HERE\n", "starttls_refused", "the server answered \"NO TLS HERE\"")]
    [InlineData("GO\nYES\n", "starttls_refused", "data before TLS: the server sent \"YES\" after it had agreed to TLS")]
    [InlineData("", "closed", "the server closed the connection before TLS")]
    public async Task Without_the_servers_clean_consent_there_is_no_TLS(string consent, string reason, string detail)
    {
        await using var peer = Peer.Raw(async c =>
        {
            await c.SendRawAsync("hello\n"u8.ToArray());
            await c.ReceiveRawAsync();
            await c.SendRawAsync(Encoding.ASCII.GetBytes(consent));
            c.CloseTcp();
        });

        var result = Assert.Single(await ProbeAsync(peer));

        var failure = result.GetProperty("failure");
        Assert.Equal(("failed", "starttls", "protocol", reason, detail), (Text(result, "outcome"), Text(failure, "phase"), Text(failure, "class"), Text(failure, "reason"), Text(failure, "detail")));
    }

    [Fact]
    public async Task A_server_that_never_consents_is_no_refusal_of_the_credential()
    {
        await using var peer = Peer.Raw(async c =>
        {
            await c.SendRawAsync("hello\n"u8.ToArray());
            await c.HangAsync();
        });

        var result = Assert.Single(await ProbeAsync(peer, more: "timeout: 500ms"));

        Assert.Equal(("failed", "starttls", "handshake_timeout"), (Text(result, "outcome"), Text(result.GetProperty("failure"), "phase"), Text(result.GetProperty("failure"), "reason")));
    }

    [Fact]
    public async Task A_server_that_we_do_not_trust_is_asked_nothing()
    {
        await using var peer = Server("YES");
        _files.Write("root.crt", TestPki.Root("Other").CertificatePem);

        var result = Assert.Single(await ProbeAsync(peer));

        Assert.Equal(("failed", "server_certificate"), (Text(result, "outcome"), Text(result.GetProperty("failure"), "class")));
        Assert.Equal(["STARTTLS", "lines/1"], _heard.Distinct());
    }

    [Fact]
    public async Task Words_of_a_server_before_the_request_are_no_answer_with_or_without_a_greeting()
    {
        await using var greets = Server("NO", greeting: "YES\n", upgrades: false);
        await using var speaks = Server("YES", greeting: "YES\n");

        var greeted = Assert.Single(await ProbeAsync(greets, keys: "greeted: true, name: payments"));
        var spokenTo = Assert.Single(await ProbeAsync(speaks));

        Assert.Equal("rejected", Text(greeted, "outcome"));
        Assert.Equal(("unconfirmed", "no_line", "the server sent \"YES\" before the probe sent a request"),
            (Text(spokenTo, "outcome"), Text(spokenTo.GetProperty("failure"), "reason"), Text(spokenTo.GetProperty("failure"), "detail")));
    }

    [Fact]
    public async Task A_control_also_has_the_exchange_before_TLS()
    {
        var strangers = 0;
        await using var peer = Peer.Tls(Parameters(ClientAuthentication.Required), async c =>
        {
            await UpgradeAsync(c);
            if (await c.HandshakeAsync()) c.CloseTcp();
            else Interlocked.Increment(ref strangers);
        });

        var result = Assert.Single(await ProbeAsync(peer));

        Assert.Equal("alert unknown_ca", Text(result.GetProperty("control"), "stranger"));
        Assert.True(strangers > 0);
        Assert.All(_heard, line => Assert.Equal("STARTTLS", line));
        Assert.Equal(peer.Connections, _heard.Count);
    }

    [Fact]
    public async Task Flags_describe_it_as_a_file_does()
    {
        await using var peer = Server("YES payments");

        var printed = await RunAsync(
            "probe", $"127.0.0.1:{peer.Port}", "--server-name", "server.test", "--protocol", "lines", "--lines-name", "payments", "--ca", _files.Path("root.crt"),
            "--cert", _files.Path("client.crt"), "--key", _files.Path("client.key"));
        var wrong = await RunAsync("probe", "a.test", "--protocol", "lines", "--lines-name", "b c");
        var misplaced = await RunAsync("probe", "a.test", "--lines-name", "b");

        Assert.Equal((0, ""), (printed.Code, printed.Error));
        Assert.Equal(["STARTTLS", "lines/1", "WHO payments"], _heard);
        Assert.Contains("--lines-name: \"b c\" is no name for a line (letters and digits)", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("--lines-name needs --protocol lines", misplaced.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_without_a_port_has_the_port_of_the_protocol()
    {
        var printed = await RunAsync("probe", "127.0.0.1", "--protocol", "lines", "--output", "json", "--timeout", "1s");

        Assert.Equal("127.0.0.1:7000", Text(JsonDocument.Parse(printed.Output).RootElement[0], "address"));
    }

    [Fact]
    public void Its_keys_are_read_inherited_and_checked_with_their_places()
    {
        var good = ConfigurationFile.Parse("""
            defaults: { protocol: lines, lines: { name: usual }, http: { path: /health } }
            targets:
            - { name: a, address: "a.test:1" }
            - { name: b, address: "b.test:1", lines: { greeted: true } }
            - { name: c, address: "c.test:1", lines: { name: other } }
            - { name: d, address: "d.test:1", protocol: https }
            """, "m.yml", Lines.AndOthers);
        var bad = ConfigurationFile.Parse("""
            targets:
            - { name: a, address: "a.test:1", protocol: lines, lines: { nam: x } }
            - { name: b, address: "b.test:1", protocol: lines, lines: { name: "x y" } }
            - { name: c, address: "c.test:1", lines: { name: x } }
            - { name: d, address: "d.test:1", protocol: lines, http: { path: / } }
            - { name: e, address: "e.test:1", protocol: lines, tls: { alpn: [h2] } }
            - { name: f, address: "f.test:1", protocol: line }
            """, "m.yml", Lines.AndOthers);

        Assert.Empty(good.Errors);
        Assert.Equal(
            [new Lines { As = "usual" }, new Lines { As = "usual", IsGreeted = true }, new Lines { As = "other" }, new Https { Path = "/health" }],
            good.Configuration!.Targets.Select(target => target.Protocol));
        Assert.Equal("""
            m.yml:2:61: targets.a.lines.nam: unknown key
              hint: did you mean name?
            m.yml:3:67: targets.b.lines.name: "x y" is no name for a line
              hint: letters and digits
            m.yml:4:42: targets.c.lines: this has no effect with protocol https
              hint: remove these keys, or set protocol: lines
            m.yml:5:58: targets.d.http: no request is sent with protocol lines
              hint: remove these keys, or set protocol: https
            m.yml:6:65: targets.e.tls.alpn: h2 has no lines
              hint: leave it out
            m.yml:7:45: targets.f.protocol: "line" is not a protocol that MtlsProbe supports
              hint: did you mean lines?
            """, string.Join("\n", bad.Errors));
        Assert.Contains("\"lines\"", ConfigurationFile.Parse("targets: [{ name: a, address: \"a.test:1\", protocol: lines }]", "m.yml", BuiltInProtocols.All).Errors[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_shown_like_a_protocol_of_the_program_itself()
    {
        var printed = await RunAsync("check-config", Configure("127.0.0.1:7000"));
        var configuration = ConfigurationFile.Load(_files.Path("m.yml"), Lines.AndOthers).Configuration!;
        var target = configuration.Targets[0];
        var state = Fleets.Once(target, Metrics.Samples.Accepted(target));
        var commands = HandshakeCommands.Of(state, Fleets.Snapshot(state) with { Identities = [], TrustSources = [] });

        Assert.Equal(0, printed.Code);
        Assert.Contains("WHO payments", printed.Output, StringComparison.Ordinal);
        Assert.Equal(("lines", null), (TargetFacts.Of(target).Protocol, TargetFacts.Of(target).Http));
        Assert.EndsWith(" --protocol lines --lines-name payments --timeout 5s", commands.Probe, StringComparison.Ordinal);
        Assert.Equal(
            "echo 'WHO payments' | openssl s_client -connect 127.0.0.1:7000 -starttls lines -servername server.test -verify_hostname server.test -alpn lines/1 -showcerts -ign_eof",
            commands.Openssl);
    }

    /// <param name="answer">The response to the request; null: a close.</param>
    /// <param name="greeting">Sent inside TLS, at once.</param>
    private Peer Server(string? answer, string? greeting = null, bool upgrades = true, ClientAuthentication authentication = ClientAuthentication.Required) =>
        Peer.Tls(Parameters(authentication), async c =>
        {
            if (upgrades) await UpgradeAsync(c);
            if (!await c.HandshakeAsync()) return;
            if (c.HelloOffers("lines/1"u8)) _heard.Enqueue("lines/1");
            if (greeting is not null) await c.WriteAsync(greeting);
            if (await c.ReadAsync() is not { } question) return;
            _heard.Enqueue(question.TrimEnd('\n'));
            if (answer is not null) await c.WriteAsync(answer + "\n");
            else c.CloseTcp();
            await c.ReadAsync();
        });

    private async Task UpgradeAsync(PeerConnection connection)
    {
        await connection.SendRawAsync("hello\n"u8.ToArray());
        await connection.ReceiveRawAsync();
        _heard.Enqueue("STARTTLS");
        await connection.SendRawAsync("GO\n"u8.ToArray());
    }

    private async Task<IReadOnlyList<JsonElement>> ProbeAsync(Peer peer, string keys = "name: payments", string more = "")
    {
        var printed = await RunAsync("probe", "--all", "--config.file", Configure($"127.0.0.1:{peer.Port}", keys, more), "--output", "json");
        Assert.Equal("", printed.Error);
        return [.. JsonDocument.Parse(printed.Output).RootElement.EnumerateArray()];
    }

    private string Configure(string address, string keys = "name: payments", string more = "") => _files.Write("m.yml", $$"""
        identities: { checkout: { current: { certificate: client.crt, key: client.key } } }
        trust: { internal: { files: [root.crt] } }
        targets: [{ name: t, address: "{{address}}", server_name: server.test, protocol: lines, lines: { {{keys}} }, identity: checkout, trust: internal, {{more}} }]
        """);

    private static async Task<Printed> RunAsync(params string[] words)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.RunAsync(words, new Surroundings { Output = output, Error = error, Time = TimeProvider.System, Environment = _ => null, Protocols = Lines.AndOthers });
        return new Printed(code, output.ToString(), error.ToString());
    }

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();

    private static ServerParameters Parameters(ClientAuthentication authentication) => new()
    {
        Chain = [s_server.Certificate.Der],
        Key = PrivateKey.Of(s_server.Key),
        ClientAuthentication = authentication,
        ClientAnchors = [s_root.Certificate.Der],
    };
}

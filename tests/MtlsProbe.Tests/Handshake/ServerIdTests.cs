using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using MtlsProbe.OpenSsl;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Handshake;

/// <summary>Real handshakes with servers that are identified by their SPIFFE ID.</summary>
public sealed class ServerIdTests : IDisposable
{
    private const string Payments = "spiffe://prod.test/payments";

    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_client = s_root.Client("checkout", t => t with { Uris = ["spiffe://prod.test/checkout"] });
    private static readonly TestCertificate s_stranger = TestPki.Root("Strangers").Client("stranger");

    private readonly TempFiles _files = new();
    private readonly ConcurrentQueue<string> _requests = [];

    public ServerIdTests()
    {
        _files.Write("root.crt", s_root.CertificatePem);
        foreach (var (name, client) in (IEnumerable<(string, TestCertificate)>)[("checkout", s_client), ("stranger", s_stranger)])
        {
            _files.Write(name + ".crt", client.CertificatePem);
            _files.Write(name + ".key", client.KeyPem);
        }
    }

    public void Dispose() => _files.Dispose();

    public static TheoryData<string[], string[], string, string?> Certificates => new()
    {
        // DNS names, URIs, the keys of the target, the reason
        { [], [Payments], $"server_id: {Payments}", null },
        { ["payments.test"], [Payments], $"server_id: {Payments}", null },
        { ["payments.test"], [Payments], $"server_id: {Payments}, server_name: payments.test", null },
        { ["payments.test"], [Payments], $"server_id: {Payments}, server_name: orders.test", "name_mismatch" },
        { [], [Payments], "server_id: { trust_domain: prod.test }", null },
        { [], [Payments], $"server_id: [spiffe://prod.test/orders, {Payments}]", null },
        { [], [Payments], "server_name: payments.test", "name_mismatch" },
        { ["payments.test"], ["spiffe://prod.test/orders"], $"server_id: {Payments}", "id_mismatch" },
        { [], ["spiffe://dev.test/payments"], $"server_id: {Payments}", "id_mismatch" },
        { [], ["spiffe://dev.test/payments"], "server_id: { trust_domain: prod.test }", "id_mismatch" },
        { [], [Payments, "spiffe://prod.test/orders"], $"server_id: {Payments}", "id_mismatch" },
        { ["payments.test"], [], $"server_id: {Payments}", "id_mismatch" },
    };

    [Theory]
    [MemberData(nameof(Certificates))]
    public async Task A_request_is_sent_only_to_the_intended_server(string[] dns, string[] uris, string keys, string? reason)
    {
        await using var server = Serve(dns, uris);
        var record = Assert.Single(await ProbeAsync(server, keys));

        Assert.Equal(reason is null ? "accepted" : "failed", record.GetProperty("outcome").GetString());
        var failure = record.GetProperty("failure");
        Assert.Equal(reason, reason is null ? null : failure.GetProperty("reason").GetString());
        Assert.Equal(reason is null ? [] : [reason], record.GetProperty("chain").GetProperty("errors").EnumerateArray().Select(error => error.GetString()));
        Assert.Equal(uris.Length == 1 ? uris[0] : null, record.GetProperty("chain").GetProperty("spiffe_id").GetString());
        Assert.Equal(reason is null ? 1 : 0, _requests.Count);
        if (reason == "id_mismatch") Assert.Contains("; expected: ", failure.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_proves_enforcement_only_at_the_intended_server()
    {
        await using var server = Serve([], [Payments]);
        var right = await ProbeAsync(server, $"server_id: {Payments}, must_reject: others");
        var wrong = await ProbeAsync(server, "server_id: spiffe://prod.test/orders, must_reject: others");

        Assert.Equal(["True accepted", "True rejected", "True rejected"], right.Select(Told));
        Assert.Equal(["False failed", "False failed", "False failed"], wrong.Select(Told));

        static string Told(JsonElement record) => $"{record.GetProperty("success").GetBoolean()} {record.GetProperty("outcome").GetString()}";
    }

    [Fact]
    public async Task On_the_command_line_the_ID_is_a_flag_and_the_answer_shows_the_one_presented()
    {
        await using var server = Serve([], [Payments]);
        string[] command = ["probe", $"127.0.0.1:{server.Port}", "--ca", _files.Path("root.crt"), "--cert", _files.Path("checkout.crt"), "--key", _files.Path("checkout.key")];

        var good = await Cli.Terminal.RunAsync([.. command, "--server-id", Payments]);
        Assert.Equal(0, good.Code);
        Assert.Contains($"✔ SPIFFE ID {Payments}\n", good.Output, StringComparison.Ordinal);

        var wrong = await Cli.Terminal.RunAsync([.. command, "--server-id", "spiffe://prod.test/orders"]);
        Assert.Equal(1, wrong.Code);
        Assert.Contains($"✘ SPIFFE ID {Payments}\n", wrong.Output, StringComparison.Ordinal);
        Assert.Equal(
            """
            Verdict
              result     failed: we do not trust the server
              reason     server_certificate / id_mismatch, in phase handshake
              detail     a certificate without subject (serial SERIAL) has the ID spiffe://prod.test/payments;
                         expected: spiffe://prod.test/orders

            What to do
              Compare server_id of this target (probe: --server-id) with the ID that the detail names: the
              workload was registered again, or another workload answers at this address.
              more: mtlsprobe explain id_mismatch

            """,
            Regex.Replace(wrong.Output[wrong.Output.IndexOf("Verdict\n", StringComparison.Ordinal)..], "serial [0-9a-f]+", "serial SERIAL"));
        Assert.Equal(0, (await Cli.Terminal.RunAsync([.. command, "--server-trust-domain", "prod.test"])).Code);
    }

    private Peer Serve(string[] dns, string[] uris)
    {
        var leaf = s_root.Leaf("payments.test", t => t with { Subject = "", Dns = dns, Uris = uris, Serial = [0x5e] });
        var parameters = new ServerParameters
        {
            Chain = [leaf.Certificate.Der], Key = PrivateKey.Of(leaf.Key), ClientAuthentication = ClientAuthentication.Required, ClientAnchors = [s_root.Certificate.Der],
        };
        return Peer.Tls(parameters, async connection =>
        {
            if (!await connection.HandshakeAsync() || await connection.ReadAsync() is not { } request) return;
            _requests.Enqueue(request);
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            await connection.ReadAsync();
        });
    }

    private async Task<IReadOnlyList<JsonElement>> ProbeAsync(Peer server, string keys)
    {
        var file = _files.Write("m.yml", $$"""
            identities:
              checkout: { current: { certificate: checkout.crt, key: checkout.key } }
              stranger: { current: { certificate: stranger.crt, key: stranger.key } }
            trust: { mesh: { files: [root.crt] } }
            targets: [{ name: t, address: "127.0.0.1:{{server.Port}}", identity: checkout, trust: mesh, {{keys}} }]
            """);
        var printed = await Cli.Terminal.RunAsync("probe", "--all", "--config.file", file, "--output", "json");
        Assert.Equal("", printed.Error);
        return [.. JsonDocument.Parse(printed.Output).RootElement.EnumerateArray()];
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MtlsProbe.Cli;
using MtlsProbe.Handshake;
using MtlsProbe.OpenSsl;
using MtlsProbe.Tests.Cli;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Handshake.Protocols;

/// <summary>
/// Servers of the protocols, turn by turn: each turn is sent in response to a message of the client; one that begins with <see cref="Unasked"/> is
/// sent at once. Characters are bytes (Latin-1). They are probed as in a shell.
/// </summary>
internal sealed class ServedProtocol : IDisposable
{
    /// <summary>The prefix of a turn that waits for nothing.</summary>
    public const string Unasked = "!";

    /// <summary>The prefix of a plain-text turn that waits for a number of bytes and sends nothing.</summary>
    public const string Bytes = "?";

    /// <summary>A turn that ends the connection.</summary>
    public const string Close = "!CLOSE";

    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_server = s_root.Leaf("server.test");
    /// <summary>Leaves of servers that must not get a password: from an unknown authority, for another name, and expired.</summary>
    public static IReadOnlyList<TestCertificate> BadServers { get; } =
    [
        TestPki.Root("Stranger").Leaf("server.test"),
        s_root.Leaf("other.test"),
        s_root.Leaf("server.test", leaf => leaf with { NotAfter = TestPki.Now.AddHours(-1) }),
    ];

    private static readonly TestCertificate s_client = s_root.Client("client");

    private readonly TempFiles _files = new();

    public ServedProtocol()
    {
        _files.Write("root.crt", s_root.CertificatePem);
        _files.Write("client.crt", s_client.CertificatePem + s_root.CertificatePem);
        _files.Write("client.key", s_client.KeyPem);
    }

    /// <summary>What the clients have sent, one entry for each receipt: in plain text, and inside TLS.</summary>
    public ConcurrentQueue<string> Heard { get; } = [];

    /// <summary>With its key, for .NET's own servers.</summary>
    public X509Certificate2 ServerCertificate { get; } = X509CertificateLoader.LoadPkcs12(
        X509Certificate2.CreateFromPem(s_server.CertificatePem, s_server.KeyPem).Export(X509ContentType.Pkcs12), null);

    public void Dispose() => _files.Dispose();

    /// <summary>A file in the directory of the configuration.</summary>
    public void Write(string name, string content) => _files.Write(name, content);

    /// <param name="clear">The turns before TLS.</param>
    /// <param name="inside">The turns inside it.</param>
    /// <param name="server">A leaf other than the good one.</param>
    /// <param name="inTheEnd">Gets what the client sends after all turns; null if it sends nothing more.</param>
    public Peer Serve(string[] clear, string[] inside, ClientAuthentication authentication = ClientAuthentication.Required, TaskCompletionSource<string?>? inTheEnd = null, TestCertificate? server = null) =>
        Peer.Tls(Parameters(authentication, server), async c =>
        {
            await ClearAsync(c, clear, Heard);
            if (!await c.HandshakeAsync()) return;
            foreach (var turn in inside)
            {
                if (turn == Close)
                {
                    c.CloseTcp();
                    return;
                }

                if (!turn.StartsWith('!'))
                {
                    if (await c.ReadAsync() is not { } said) return;
                    Heard.Enqueue(said);
                }

                await c.WriteAsync(turn.TrimStart('!'));
            }

            inTheEnd?.TrySetResult(await c.ReadAsync());
            await c.ReadAsync();
        });

    /// <summary>The same, with different turns inside TLS for clients with a certificate and without.</summary>
    public static Peer ServeByCertificate(string[] clear, string[] shown, string[] none) => Peer.Tls(Parameters(ClientAuthentication.Optional), async c =>
    {
        await ClearAsync(c, clear);
        if (!await c.HandshakeAsync()) return;
        foreach (var turn in c.Connection.PeerCertificates().Count > 0 /* the leaf is not among them, but the root is */ ? shown : none)
        {
            if (await c.ReadAsync() is null) return;
            await c.WriteAsync(turn);
        }

        await c.ReadAsync();
    });

    /// <summary>Inside TLS, after the client's message, the same text repeatedly until the client goes.</summary>
    /// <param name="greeting">Sent at once.</param>
    /// <param name="first">Sent once before the others.</param>
    /// <param name="isGreeted">The client waits for the end of the greeting, so nothing from it is awaited.</param>
    public static Peer Endless(string[] clear, string greeting, string first, string again, bool isGreeted) =>
        Peer.Tls(Parameters(ClientAuthentication.Required), async c =>
        {
            await ClearAsync(c, clear);
            if (!await c.HandshakeAsync()) return;
            if (greeting.Length > 0) await c.WriteAsync(greeting);
            if (!isGreeted && await c.ReadAsync() is null) return;
            await c.WriteAsync(first);
            var many = string.Concat(Enumerable.Repeat(again, 1 + (1024 / again.Length)));
            for (var sent = 0; sent < 256; sent++) await c.WriteAsync(many);
            await c.HangAsync();
        });

    /// <summary>One byte now and then: in plain text if the protocol begins so, otherwise inside TLS.</summary>
    /// <param name="first">Sent at once, before the bytes.</param>
    public static Peer Slow(string[] clear, string first = "") =>
        Peer.Tls(Parameters(ClientAuthentication.Required), async c =>
        {
            if (clear.Length > 0)
            {
                await ClearAsync(c, clear);
                if (!await c.HandshakeAsync() || await c.ReadAsync() is null) return;
                if (first.Length > 0) await c.WriteAsync(first);
            }

            while (true)
            {
                if (clear.Length > 0) await c.WriteAsync("2");
                else await c.SendRawAsync("2"u8.ToArray());
                await Task.Delay(TimeSpan.FromMilliseconds(50), c.Stop);
            }
        });

    /// <summary>The records of a target with this protocol.</summary>
    /// <param name="keys">Keys of the target, besides its protocol.</param>
    public Task<IReadOnlyList<JsonElement>> ProbeAsync(Peer peer, string protocol, string keys = "", string identity = "checkout") =>
        ProbeAsync(peer.Port, protocol, keys, identity);

    /// <summary>The same at any port of this machine.</summary>
    public Task<IReadOnlyList<JsonElement>> ProbeAsync(int port, string protocol, string keys = "", string identity = "checkout") =>
        ProbeAsync($"127.0.0.1:{port}", protocol, keys, identity);

    /// <summary>The same at any address.</summary>
    /// <param name="isQuiet">Whether nothing is printed besides the records.</param>
    public async Task<IReadOnlyList<JsonElement>> ProbeAsync(string address, string protocol, string keys, string identity = "checkout", bool isQuiet = true)
    {
        var file = _files.Write("m.yml", $$"""
            identities: { checkout: { current: { certificate: client.crt, key: client.key } } }
            trust: { internal: { files: [root.crt] } }
            targets: [{ name: t, address: "{{address}}", server_name: server.test, protocol: {{protocol}}, identity: {{identity}}, trust: internal, {{keys}} }]
            """);
        var printed = await RunAsync("probe", "--all", "--config.file", file, "--output", "json");
        if (isQuiet) Assert.Equal("", printed.Error);
        return [.. JsonDocument.Parse(printed.Output).RootElement.EnumerateArray()];
    }

    public static async Task<Printed> RunAsync(params string[] words)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.RunAsync(words, new Surroundings { Output = output, Error = error, Time = TimeProvider.System, Environment = _ => null, Protocols = BuiltInProtocols.All });
        return new Printed(code, output.ToString(), error.ToString());
    }

    /// <summary>Outcome, evidence and reason of a record, and the detail.</summary>
    public static (string Verdict, string? Detail) Told(JsonElement record)
    {
        var failure = record.GetProperty("failure");
        var has = failure.ValueKind == JsonValueKind.Object;
        return ($"{record.GetProperty("outcome").GetString()} {record.GetProperty("evidence").GetString()}{(has ? " " + failure.GetProperty("reason").GetString() : "")}".Replace("  ", " ", StringComparison.Ordinal),
            has ? failure.GetProperty("detail").GetString() : null);
    }

    private static async Task ClearAsync(PeerConnection connection, string[] turns, ConcurrentQueue<string>? heard = null)
    {
        foreach (var turn in turns)
        {
            if (turn.StartsWith('?'))
            {
                var all = await connection.ReceiveRawTextAsync(int.Parse(turn[1..], CultureInfo.InvariantCulture));
                heard?.Enqueue(all);
                continue;
            }

            if (!turn.StartsWith('!'))
            {
                var said = await connection.ReceiveRawTextAsync();
                heard?.Enqueue(said);
            }

            await connection.SendRawAsync(Encoding.Latin1.GetBytes(turn.TrimStart('!')));
        }
    }

    internal static ServerParameters Parameters(ClientAuthentication authentication, TestCertificate? server = null) => new()
    {
        Chain = [(server ?? s_server).Certificate.Der],
        Key = PrivateKey.Of((server ?? s_server).Key),
        ClientAuthentication = authentication,
        ClientAnchors = [s_root.Certificate.Der],
    };
}

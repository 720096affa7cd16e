using System.Net.Security;
using System.Security.Authentication;

namespace MtlsProbe.EndToEnd.Faults;

/// <summary>Servers that begin a TLS session and break it at some stage, are slow to decide, or fall silent.</summary>
internal static class TlsFaults
{
    private const string Accepted = "accepted";
    private const string Refused = "rejected client_certificate closed_without_alert";
    private const string Closed = "failed protocol closed";
    private const string Reset = "failed network connection_reset";
    private const string Unconfirmed = "unconfirmed protocol no_confirmation";

    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan VeryLate = TimeSpan.FromMilliseconds(500);

    public static IReadOnlyList<Fault> All { get; } =
    [
        .. Both("closes in the ServerHello", Closed, Breaks(Stage.InServerHello, Break.Close)),
        .. Both("resets in the ServerHello", Reset, Breaks(Stage.InServerHello, Break.Reset)),

        // It asked, our certificate was sent, and then the connection ended: a refusal. An end before our certificate was sent is no refusal; here,
        // the network decides which comes first. A reset in a handshake of TLS 1.2 can be either.
        .. Both("closes after its flight", $"{Closed} or {Refused}", Breaks(Stage.AfterServerFlight, Break.Close)),
        .. Both("resets after its flight", $"{Reset} or {Refused}", Breaks(Stage.AfterServerFlight, Break.Reset)),
        .. Both("closes after the client's flight", Refused, Breaks(Stage.AfterClientFlight, Break.Close)),
        In("1.3", "resets after the client's flight", Refused, Breaks(Stage.AfterClientFlight, Break.Reset)),
        In("1.2", "resets after the client's flight", $"{Reset} or {Refused}", Breaks(Stage.AfterClientFlight, Break.Reset)),

        // A server that never asked cannot refuse.
        .. Both("asks for no certificate and closes after its flight", Closed, Breaks(Stage.AfterServerFlight, Break.Close, ask: false)),
        .. Both("asks for no certificate and closes after the handshake", Closed, async (client, version) =>
        {
            await client.Handshake(version, ask: false);
            await client.Close();
        }),

        .. Both("closes after the handshake", Refused, async (client, version) =>
        {
            await client.Handshake(version);
            await client.Close();
        }),
        .. Both("resets after the handshake", Refused, async (client, version) =>
        {
            await client.Handshake(version);
            await client.Wait(TimeSpan.FromMilliseconds(5)); // so the tickets are read first
            client.Reset();
        }),
        .. Both("closes 300 ms after the handshake", Refused, Late, async (client, _) => await client.Close()),
        .. Both("resets 300 ms after the handshake", Refused, Late, (client, _) =>
        {
            client.Reset();
            return Task.CompletedTask;
        }),

        .. Both("is slow and honest and answers a close with a close_notify", Accepted, SlowBeforeVerifying(Late, PoliteClose)),
        .. Both("is very slow and honest and answers a close with a close_notify", Accepted, SlowBeforeVerifying(VeryLate, PoliteClose)),
        .. Both("is slow and honest and answers a close by closing", Accepted, SlowBeforeVerifying(Late, BareClose)),
        .. Both("is very slow and honest and answers a close by closing", Accepted, SlowBeforeVerifying(VeryLate, BareClose)),
        .. Both("is slow and refuses by closing", Refused, SlowBeforeVerifying(Late, (client, _) => client.Close())),
        .. Both("decides 300 ms after the handshake and is honest", Accepted, Late, BareClose),

        // Data that a server sends unasked are no evidence: it may send them to every client.
        .. Both("speaks first and leaves a close without an answer", Unconfirmed, async (client, version) =>
        {
            var tls = await client.Handshake(version);
            await tls.WriteAsync("220 ready\r\n"u8.ToArray());
            await client.Silence();
        }, timeout: "3s"),
        .. Both("speaks first and answers a close", Accepted, async (client, version) =>
        {
            var tls = await client.Handshake(version);
            await tls.WriteAsync("220 ready\r\n"u8.ToArray());
            await PoliteClose(client, tls);
        }),
        .. Both("never says anything after the handshake", Unconfirmed, async (client, version) =>
        {
            await client.Handshake(version);
            await client.Silence();
        }, timeout: "3s"),
        .. Both("sends no ticket and never says anything", Unconfirmed, async (client, version) =>
        {
            await client.Handshake(version, tickets: false);
            await client.Silence();
        }, timeout: "3s"),
        .. Both("sends no ticket and waits to be spoken to", Accepted, async (client, version) =>
            await PoliteClose(client, await client.Handshake(version, tickets: false))),
        .. Both("asks for no certificate and waits to be spoken to", "accepted enforcement not_requested", async (client, version) =>
            await PoliteClose(client, await client.Handshake(version, ask: false))),
    ];

    private static Func<Connection, SslProtocols, Task> Breaks(Stage stage, Break way, bool ask = true) =>
        (client, version) => client.Handshake(version, client.Staged(stage, way), ask);

    private static Func<Connection, SslProtocols, Task> SlowBeforeVerifying(TimeSpan time, Func<Connection, SslStream, Task> then) =>
        async (client, version) => await then(client, await client.Handshake(version, client.Slow(time)));

    /// <summary>Reads until the client closes, and answers with a close_notify.</summary>
    private static async Task PoliteClose(Connection client, SslStream tls)
    {
        while (await tls.ReadAsync(new byte[1024]) > 0) ;
        await tls.ShutdownAsync();
        await client.Close();
    }

    /// <summary>Reads until the client closes, and closes without a close_notify, as .NET and nginx do.</summary>
    private static async Task BareClose(Connection client, SslStream tls)
    {
        while (await tls.ReadAsync(new byte[1024]) > 0) ;
        await client.Close();
    }

    private static IEnumerable<Fault> Both(string name, string verdict, TimeSpan later, Func<Connection, SslStream, Task> then) =>
        Both(name, verdict, async (client, version) =>
        {
            var tls = await client.Handshake(version);
            await client.Wait(later);
            await then(client, tls);
        });

    private static IEnumerable<Fault> Both(string name, string verdict, Func<Connection, SslProtocols, Task> script, string timeout = "20s") =>
        [In("1.2", name, verdict, script) with { Timeout = timeout }, In("1.3", name, verdict, script) with { Timeout = timeout }];

    private static Fault In(string version, string name, string verdict, Func<Connection, SslProtocols, Task> script) =>
        new($"{name}, TLS {version}", verdict, client => script(client, version == "1.2" ? SslProtocols.Tls12 : SslProtocols.Tls13)) { Version = version };
}

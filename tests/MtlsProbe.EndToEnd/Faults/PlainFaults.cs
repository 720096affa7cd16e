namespace MtlsProbe.EndToEnd.Faults;

/// <summary>Servers without a TLS session: other protocols, silence, garbage, early ends.</summary>
internal static class PlainFaults
{
    private const string NotTls = "failed protocol not_tls";
    private const string TlsError = "failed protocol tls_error";
    private const string Closed = "failed protocol closed";
    private const string Reset = "failed network connection_reset";
    private const string HandshakeTimeout = "failed protocol handshake_timeout";

    private static readonly byte[] HandshakeRecordOf16K = [22, 3, 3, 0x40, 0];

    public static IReadOnlyList<Fault> All { get; } =
    [
        new("speaks HTTP without TLS", NotTls, async client =>
        {
            await client.ReadRecord();
            await client.Send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            await client.Close();
        }),
        new("greets as SSH", NotTls, async client =>
        {
            await client.Send("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
            await client.Silence();
        }),
        new("sends garbage", NotTls, client => client.Send(new byte[] { 0xde, 0xad, 0xbe, 0xef, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 })),
        new("sends garbage that begins like TLS", TlsError, async client =>
        {
            await client.ReadRecord();
            await client.Send(new byte[] { 22, 3, 3, 0, 8, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77 });
            await client.Silence();
        }),
        new("closes at once", Closed, client => client.Close()),
        new("resets at once", Reset, client => Do(client.Reset)),
        new("closes after the ClientHello", Closed, async client =>
        {
            await client.ReadRecord();
            await client.Close();
        }),
        new("resets after the ClientHello", Reset, async client =>
        {
            await client.ReadRecord();
            client.Reset();
        }),
        new("says nothing", HandshakeTimeout, client => client.Silence()) { Timeout = "2s" },
        new("trickles one byte per second", HandshakeTimeout, async client =>
        {
            await client.Send(HandshakeRecordOf16K);
            while (true)
            {
                await client.Send(new byte[] { 2 });
                await client.Wait(TimeSpan.FromSeconds(1));
            }
        })
        { Timeout = "4s" },
        new("announces a ServerHello of 16 MB and sends it", TlsError, async client =>
        {
            await client.ReadRecord();
            await client.Send(HandshakeRecordOf16K);
            await client.Send(new byte[] { 2, 0xff, 0xff, 0xff });
            await client.Send(new byte[0x4000 - 4]);
            while (true)
            {
                await client.Send(HandshakeRecordOf16K);
                await client.Send(new byte[0x4000]);
            }
        }),
        new("sends a record longer than any may be", TlsError, async client =>
        {
            await client.ReadRecord();
            await client.Send(new byte[] { 22, 3, 3, 0xff, 0xff });
            while (true) await client.Send(new byte[0x1000]);
        }),
        new("sends warning alerts without end", TlsError, async client =>
        {
            await client.ReadRecord();
            while (true) await client.Send(new byte[] { 21, 3, 3, 0, 2, 1, 90 });
        }),

        // Only a server that asked for a certificate can refuse one. Here, even alerts about a certificate are no refusal.
        SendsAlert(40, $"{TlsError} 40"),
        SendsAlert(42, $"{TlsError} 42"),
        SendsAlert(46, $"{TlsError} 46"),
        SendsAlert(48, $"{TlsError} 48"),
        SendsAlert(116, $"{TlsError} 116"),
        SendsAlert(80, $"{TlsError} 80"),
        SendsAlert(70, "failed protocol protocol_version 70"),
        SendsAlert(112, "failed protocol unrecognized_name 112"),
        SendsAlert(120, "failed protocol no_application_protocol 120"),
        SendsAlert(71, "failed protocol no_shared_cipher 71"),
        SendsAlert(200, $"{TlsError} 200"),
    ];

    private static Fault SendsAlert(byte code, string verdict) => new($"answers the ClientHello with alert {code}", verdict, async client =>
    {
        await client.ReadRecord();
        await client.Send(new byte[] { 21, 3, 3, 0, 2, 2, code });
        await client.Close();
    });

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}

using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Tests.Handshake;

namespace MtlsProbe.Hostile;

/// <summary>Servers that complete the handshake, and then never end.</summary>
internal static class SessionServers
{
    private const string Http2 = "http: { version: \"2\" }";

    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    public static IReadOnlyList<HostileServer> All { get; } =
    [
        In(TlsVersion.Tls13, "tickets-without-end", Floods.Steps(c => Tickets(c.Connection), isAnswered: false)),
        In(TlsVersion.Tls13, "new-keys-without-end", Floods.Steps(c => LibSslServer.UpdateKeys(c.Connection), isAnswered: false)),
        In(TlsVersion.Tls13, "asks-for-certificates-without-end", Floods.Steps(c => LibSslServer.AskForCertificate(c.Connection), isAnswered: true)),
        In(TlsVersion.Tls12, "handshakes-without-end", Floods.Steps(c => LibSslServer.Renegotiate(c.Connection), isAnswered: true)) with { Prepare = LibSslServer.AllowRenegotiation },
        Says("tls", "words-without-end", Floods.Inside("hello ", isUnasked: true)),
        Says("https", "silent-after-the-handshake", async c =>
        {
            if (await c.HandshakeAsync()) await c.HangAsync();
        }),
        Says("https", "resets-after-the-handshake", async c =>
        {
            if (await c.HandshakeAsync()) c.Reset();
        }),
        Says("https", "head-without-end", Floods.Inside("x-head: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", "HTTP/1.1 200 OK\r\n")),
        Says("https", "interim-answers-without-end", Floods.Inside("HTTP/1.1 103 Early Hints\r\n\r\n")),
        Says("https", "head-a-byte-a-second", async c =>
        {
            if (!await c.HandshakeAsync() || await c.ReadAsync() is null) return;
            await c.WriteAsync("HTTP/1.1 200 OK\r\nx: ");
            for (; ; await Task.Delay(s_second, c.Stop)) await c.WriteAsync("a");
        }),
        Says("https", "garbage-for-an-answer", Floods.Inside("\xde\xad\xbe\xef")),
        Says("https", "breaks-off-in-the-head", async c =>
        {
            if (!await c.HandshakeAsync() || await c.ReadAsync() is null) return;
            await c.WriteAsync("HTTP/1.1 200 OK\r\nContent-");
            c.Reset();
        }),
        Says("https", "body-of-a-refusal-a-byte-a-second", async c =>
        {
            if (!await c.HandshakeAsync() || await c.ReadAsync() is null) return;
            await c.WriteAsync("HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (; ; await Task.Delay(s_second, c.Stop)) await c.WriteAsync("1\r\na\r\n");
        }),
        Frames("settings", "\0\0\0\x04\0\0\0\0\0"),
        Frames("pings", "\0\0\x08\x06\0\0\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08"),
        Frames("resets", "\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08"),
        Frames("empty-data", "\0\0\0\0\0\0\0\0\x01"),
        Frames("heads-in-pieces", "\0\0\x01\x09\0\0\0\0\x01\0", "\0\0\x01\x01\0\0\0\0\x01\x88"),
        Frames("windows", "\0\0\x04\x08\0\0\0\0\0\x7f\xff\xff\xff"),
        Frames("pings", "\0\0\x08\x06\0\0\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08") with { Name = "grpc-pings", Protocol = "grpc", Keys = "" },
        Says("postgres", "postgres-packet-of-two-gigabytes", async c =>
        {
            await c.ReceiveRawTextAsync(8);
            await c.SendRawAsync("S"u8.ToArray());
            await Floods.Inside("aaaa", "E\x7f\xff\xff\xff")(c);
        }),
        Says("kafka", "kafka-packet-of-two-gigabytes", Floods.Inside("aaaa", "\x7f\xff\xff\xff")),
        Says("amqps", "amqp-frame-of-four-gigabytes", Floods.Inside("aaaa", "\x01\0\0\xff\xff\xff\xff")),
        Says("mqtts", "mqtt-packet-without-end", Floods.Inside("\xff")),
        Says("ldaps", "ldap-message-of-four-gigabytes", Floods.Inside("\x30\x84\xff\xff\xff\xff")),
        Says("rediss", "redis-line-without-end", Floods.Inside("+PONG")),
        Says("imaps", "imap-answers-without-end", Floods.Inside("* CAPABILITY IMAP4rev2\r\n", "* OK hello\r\n", isUnasked: true)),
        Says("smtps", "smtp-answers-without-end", Floods.Inside("250-hello\r\n", "220 hello\r\n", isUnasked: true)),
        Says("xmpps", "xmpp-tag-without-end", Floods.Inside("a", "<")),
    ];

    private static HostileServer Says(string protocol, string name, Func<PeerConnection, Task> behave) => new(name, behave) { Protocol = protocol, Tls = good => [good] };

    private static HostileServer In(TlsVersion version, string name, Func<PeerConnection, Task> behave) =>
        new(name, behave) { Tls = good => [good with { MinVersion = version, MaxVersion = version }] };

    private static HostileServer Frames(string name, string again, string first = "") =>
        new($"http2-{name}-without-end", Floods.Inside(again, "\0\0\0\x04\0\0\0\0\0" + first)) { Protocol = "https", Keys = Http2, Tls = good => [good], Prepare = LibSslServer.SpeakHttp2 };

    /// <summary>They are sent with words: the next step of libssl alone sends none.</summary>
    private static void Tickets(TlsConnection tls)
    {
        for (var i = 0; i < 100; i++) LibSslServer.Ticket(tls);
        tls.Write(" "u8);
    }
}

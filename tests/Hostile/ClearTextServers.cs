using MtlsProbe.Tests.Handshake;

namespace MtlsProbe.Hostile;

/// <summary>Servers that never start TLS.</summary>
internal static class ClearTextServers
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    public static IReadOnlyList<HostileServer> All { get; } =
    [
        new("silent", c => c.HangAsync()),
        new("closes-at-once", c => Do(c.CloseTcp)),
        new("resets-at-once", c => Do(c.Reset)),
        new("garbage-without-end", Floods.Clear("\xde\xad\xbe\xef")),
        new("garbage-that-begins-like-tls", Floods.Clear("\xde\xad\xbe\xef", "\x16\x03\x03\x40\0", waits: true)),
        new("trickles-a-byte-a-second", async c =>
        {
            await c.SendRawAsync(new byte[] { 22, 3, 3, 0x40, 0 });
            for (; ; await Task.Delay(s_second, c.Stop)) await c.SendRawAsync(new byte[] { 2 });
        }),
        new("hello-of-16-megabytes", Floods.Clear($"\x16\x03\x03\x10\0{new string('\0', 0x1000)}", "\x16\x03\x03\0\x04\x02\xff\xff\xff", waits: true)),
        new("hello-in-pieces-of-a-byte", Floods.Clear("\x16\x03\x03\0\x01\x01", "\x16\x03\x03\0\x04\x02\x01\0\0", waits: true)),
        new("empty-records", Floods.Clear("\x16\x03\x03\0\0", waits: true)),
        new("warning-alerts-without-end", Floods.Clear("\x15\x03\x03\0\x02\x01\x5a", waits: true)),
        new("changes-cipher-without-end", Floods.Clear("\x14\x03\x03\0\x01\x01", waits: true)),
        new("closes-inside-a-record", async c =>
        {
            await c.ReceiveRawAsync();
            await c.SendRawAsync(new byte[] { 22, 3, 3, 1, 0, 2 });
            c.CloseTcp();
        }),
        new("http-in-clear-text", Floods.Clear("x-head: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", "HTTP/1.1 200 OK\r\n")),
        new("smtp-greets-without-end", Floods.Clear("220-hello, hello, hello\r\n")) { Protocol = "smtp" },
        new("smtp-line-without-end", Floods.Clear("hello ", "220 ")) { Protocol = "smtp" },
        new("imap-capabilities-without-end", Floods.Clear("* CAPABILITY IMAP4rev2\r\n", "* OK hello\r\n")) { Protocol = "imap" },
        new("ftp-greets-without-end", Floods.Clear(" hello\r\n", "220-\r\n")) { Protocol = "ftp" },
        new("postgres-speaks-before-tls", Floods.Clear("\0\0\0\x08", "S", waits: true)) { Protocol = "postgres" },
        new("mysql-greeting-of-16-megabytes", Floods.Clear("\x0a\0", "\xff\xff\xff\0")) { Protocol = "mysql" },
        new("ldap-message-of-two-gigabytes", Floods.Clear("\x30\x84\x7f\xff\xff\xff", waits: true)) { Protocol = "ldap" },
        new("xmpp-features-without-end", Floods.Clear("<a/>", "<?xml version='1.0'?><stream:stream><stream:features>", waits: true)) { Protocol = "xmpp" },
    ];

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}

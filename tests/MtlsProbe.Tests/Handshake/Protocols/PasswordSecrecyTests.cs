using System.Text;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using static MtlsProbe.Tests.Handshake.Protocols.ServedProtocol;

namespace MtlsProbe.Tests.Handshake.Protocols;

/// <summary>Which servers get a password, and that a server that repeats it cannot put it into a record.</summary>
public sealed class PasswordSecrecyTests
{
    private const string Password = "p4ss w0rd";

    private static readonly string s_plain = Convert.ToBase64String(Encoding.ASCII.GetBytes($"\0shop\0{Password}"));

    /// <summary>The messages after which a client sends its password.</summary>
    private static readonly Dictionary<string, string[]> s_asking = new()
    {
        ["imap"] = ["* CAPABILITY AUTH=PLAIN\r\na2 OK\r\n", "+ \r\n", "a3 OK\r\n"],
        ["pop3"] = ["+OK\r\nSASL PLAIN\r\n.\r\n", "+ \r\n", "+OK\r\n"],
        ["smtp"] = ["250 AUTH PLAIN\r\n", "235 in\r\n"],
        ["sieve"] = ["!OK\r\n", "\"SASL\" \"PLAIN\"\r\nOK\r\n", "OK\r\n"],
        ["ldap"] = ["\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\0\x04\0\x04\0"],
        ["amqps"] = [ProtocolLoginTests.s_start, ProtocolLoginTests.Frame("\0\x0a\0\x1e\0\0\0\0\0\0\0\0")],
        ["mysql"] = ["\x2b\0\0\x03\xfemysql_clear_password\0abcdefghijklmnopqrst\0", "\x07\0\0\x05\0\0\0\x02\0\0\0"],
        ["postgres"] = ["R\0\0\0\x08\0\0\0\x03", "R\0\0\0\x08\0\0\0\0"],
        ["mqtts"] = ["\x20\x02\0\0"],
    };

    public static TheoryData<string> Protocols { get; } = [.. s_asking.Keys];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task No_untrusted_server_gets_the_password(string protocol)
    {
        var heard = await Task.WhenAll(BadServers.Prepend(null).Select(server => HeardAsync(protocol, s_asking[protocol], server)));

        Assert.Contains(Password, heard[0], StringComparison.Ordinal); // a server that is trusted
        Assert.All(heard[1..], words => Assert.DoesNotContain(Password, words, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("imap", "!* OK\r\n", "a1 NO\r\n")]
    [InlineData("pop3", "!+OK\r\n", "-ERR\r\n")]
    [InlineData("smtp", "!220\r\n", "250 AUTH PLAIN\r\n", "454\r\n")]
    [InlineData("sieve", "!\"SASL\" \"PLAIN\"\r\nOK\r\n", "NO\r\n")]
    [InlineData("ldap", "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\0\x04\0")]
    [InlineData("postgres", "N")]
    public async Task No_server_gets_the_password_before_TLS(string protocol, params string[] refusal)
    {
        using var served = Served();
        var gone = new TaskCompletionSource();
        await using var peer = Peer.Raw(async c =>
        {
            try
            {
                foreach (var turn in refusal)
                {
                    if (!turn.StartsWith('!')) served.Heard.Enqueue(await c.ReceiveRawTextAsync());
                    await c.SendRawAsync(Encoding.Latin1.GetBytes(turn.TrimStart('!')));
                }

                while (true) served.Heard.Enqueue(await c.ReceiveRawTextAsync()); // to its end
            }
            finally
            {
                gone.SetResult();
            }
        });

        var record = Assert.Single(await served.ProbeAsync(peer, protocol, Login(protocol)));

        Assert.Equal("starttls_refused", record.GetProperty("failure").GetProperty("reason").GetString());
        await gone.Task;
        Assert.DoesNotContain(Password, Decoded(string.Concat(served.Heard)), StringComparison.Ordinal);
    }

    /// <summary>The protocol, and the server's response to the login.</summary>
    public static TheoryData<string, string> Echoes { get; } = new()
    {
        { "smtp", $"500 Command unrecognized: \"AUTH PLAIN {s_plain}\"\r\n" },
        { "smtp", $"535 no user with {Password}\r\n" },
        { "smtp", $"535 {new string('x', 230)} {Password}\r\n" },
        { "smtp", $"what is AUTH PLAIN {s_plain}\r\n" },
        { "imap", $"a3 BAD {s_plain}\r\n" },
        { "pop3", $"-ERR {s_plain}\r\n" },
        { "sieve", $"NO \"what is AUTHENTICATE \\\"PLAIN\\\" \\\"{s_plain}\\\"\"\r\n" },
        { "ldap", $"\x30\x15\x02\x01\x02\x61\x10\x0a\x01\x31\x04\0\x04\x09{Password}" },
        { "amqps", ProtocolLoginTests.Frame($"\0\x0a\0\x32\x01\x93\x09{Password}\0\0\0\0") },
        { "mysql", ProtocolAnswerTests.MySqlError(5, 1045, Password) },
        { "postgres", ProtocolAnswerTests.PgError("28P01", Password, "auth_failed") },
    };

    [Theory]
    [MemberData(nameof(Echoes))]
    public async Task A_server_that_repeats_the_password_does_not_get_it_into_a_record(string protocol, string echo)
    {
        using var served = Served();
        await using var peer = served.Serve(ProtocolAnswerTests.s_clear.GetValueOrDefault(protocol, []), [.. s_asking[protocol][..^1], echo]);

        var record = Assert.Single(await served.ProbeAsync(peer, protocol, Login(protocol)));

        var printed = record.ToString();
        Assert.Contains("(secret)", Told(record).Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("p4ss", printed, StringComparison.Ordinal);
        Assert.DoesNotContain(s_plain[8..^4], printed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hunter2", "the server answered \"no hunter2, HUNTER2\"", "the server answered \"no (secret), (secret)\"")]
    [InlineData("hunter2", "the server answered \"no hunt…\"", "the server answered \"no (secret)…\"")]
    [InlineData("hunter2", "the server answered \"no hunt\"", "the server answered \"no (secret)\"")]
    [InlineData("hunter2", "the server answered \"hunt more\"", "the server answered \"hunt more\"")]
    [InlineData("server", "the server answered \"no\"", "the server answered \"no\"")]
    [InlineData("no", "the server answered \"no\"", "the server answered \"(secret)\"")]
    [InlineData("pässwort", "the server answered \"p..sswort p.sswort\"", "the server answered \"(secret) (secret)\"")]
    [InlineData("hunter2", "the server closed", "the server closed")]
    public void Only_the_password_is_removed_from_the_words_of_the_server(string password, string detail, string shown) =>
        Assert.Equal(shown, EchoedPassword.Without(detail, new PasswordLogin("shop", "/word"), new Secret(Encoding.UTF8.GetBytes(password))));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("ab")]
    [InlineData("abc")]
    public void No_base64_of_a_message_with_the_password_is_shown(string before)
    {
        var message = Convert.ToBase64String(Encoding.ASCII.GetBytes(before + "hunter2 and more"));

        var shown = EchoedPassword.Without($"the server answered \"{message}\"", new PasswordLogin("shop", "/word"), new Secret("hunter2"u8.ToArray()));

        var around = shown.Split('"')[1].Split("(secret)");
        Assert.Equal(2, around.Length);
        Assert.DoesNotContain("hu", Encoding.ASCII.GetString(Convert.FromBase64String(around[0][..(around[0].Length / 4 * 4)])), StringComparison.Ordinal);
        Assert.DoesNotContain("r2", Encoding.ASCII.GetString(Convert.FromBase64String(around[1][(around[1].Length % 4)..])), StringComparison.Ordinal);
    }

    /// <summary>An LDAP bind with a user and an empty password succeeds at any server (RFC 4513 §5.1.2).</summary>
    [Fact]
    public void A_forgotten_password_is_our_own_fault()
    {
        Assert.Throws<InvalidOperationException>(() => LdapBind.Request(new PasswordLogin("cn=shop", "/word"), null));
        Assert.Throws<InvalidOperationException>(() => Sasl.Message(new PasswordLogin("shop", "/word"), null));
        Assert.Empty(Sasl.Message(new ExternalLogin(), null));
    }

    private static async Task<string> HeardAsync(string protocol, string[] inside, TestCertificate? server)
    {
        using var served = Served();
        await using var peer = served.Serve(ProtocolAnswerTests.s_clear.GetValueOrDefault(protocol, []), inside, server: server);

        var record = Assert.Single(await served.ProbeAsync(peer, protocol, Login(protocol)));

        Assert.Equal(server is null ? "accepted" : "failed", record.GetProperty("outcome").GetString());
        return Decoded(string.Concat(served.Heard));
    }

    /// <summary>Including its decoded base64.</summary>
    private static string Decoded(string words) => words.Replace(s_plain, $"shop {Password}", StringComparison.Ordinal);

    private static string Login(string protocol) => protocol == "mqtts" ? "mqtt: { username: shop, password_file: word }" : "login: { user: shop, password_file: word }";

    private static ServedProtocol Served()
    {
        var served = new ServedProtocol();
        served.Write("word", Password);
        return served;
    }
}

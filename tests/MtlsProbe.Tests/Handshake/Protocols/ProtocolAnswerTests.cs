using static MtlsProbe.Tests.Handshake.Protocols.ServedProtocol;

namespace MtlsProbe.Tests.Handshake.Protocols;

/// <summary>What each protocol sends, and what each answer shows. docs/protocols.md promises it.</summary>
public sealed class ProtocolAnswerTests : IDisposable
{
    private const string Accepted = "accepted protocol_answer";
    private const string Refused = "rejected protocol_answer refused_by_protocol";
    private const string Down = "accepted protocol_answer not_serving";
    private const string Unwilling = "accepted protocol_answer unexpected_answer";
    private const string Unclear = "unconfirmed protocol_answer no_confirmation";
    private const string Odd = "unconfirmed application_data unexpected_answer";

    /// <summary>What each server sends before TLS.</summary>
    internal static readonly Dictionary<string, string[]> s_clear = new()
    {
        ["postgres"] = ["S"],
        ["mysql"] = ["!" + MySqlGreeting(0x88a01), "?36"],
        ["smtp"] = ["!220-mail.test\r\n220 ready\r\n", "250-mail.test\r\n250 STARTTLS\r\n", "220 go\r\n"],
        ["lmtp"] = ["!220 ready\r\n", "250 STARTTLS\r\n", "220 go\r\n"],
        ["imap"] = ["!* OK ready\r\n", "* CAPABILITY IMAP4rev2\r\na1 OK go\r\n"],
        ["pop3"] = ["!+OK ready\r\n", "+OK go\r\n"],
        ["ftp"] = ["!220 ready\r\n", "234 go\r\n"],
        ["nntp"] = ["!200 ready\r\n", "382 go\r\n"],
        ["sieve"] = ["!\"SASL\" \"PLAIN\"\r\n\"STARTTLS\"\r\nOK\r\n", "OK \"go\"\r\n"],
        ["xmpp"] = ["<?xml version='1.0'?><stream:stream id='a>b' version='1.0'><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
        ["ldap"] = ["\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"],
    };

    private static readonly Dictionary<string, string> s_asked = new()
    {
        ["postgres"] = "\0\0\0\x08\x04\xd2\x16\x2f|\0\0\0\x2a\0\x03\0\0user\0mtlsprobe\0database\0postgres\0\0",
        ["rediss"] = "PING\r\n",
        ["smtp"] = "EHLO mtlsprobe.invalid\r\n|STARTTLS\r\n|EHLO mtlsprobe.invalid\r\n",
        ["smtps"] = "EHLO mtlsprobe.invalid\r\n",
        ["lmtp"] = "LHLO mtlsprobe.invalid\r\n|STARTTLS\r\n|LHLO mtlsprobe.invalid\r\n",
        ["imap"] = "a1 STARTTLS\r\n|a2 CAPABILITY\r\n",
        ["imaps"] = "a2 CAPABILITY\r\n",
        ["pop3"] = "STLS\r\n|CAPA\r\n",
        ["pop3s"] = "CAPA\r\n",
        ["ldap"] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + "1.3.6.1.4.1.1466.20037|" + Search,
        ["ldaps"] = Search,
        ["amqps"] = "AMQP\0\0\x09\x01",
        ["ftp"] = "AUTH TLS\r\n|NOOP\r\n",
        ["nntp"] = "STARTTLS\r\n|DATE\r\n",
        ["sieve"] = "STARTTLS\r\n|CAPABILITY\r\n",
        ["kafka"] = "\0\0\0\x13\0\x12\0\0mtls\0\x09mtlsprobe",
        ["xmpp"] = $"{Stream}|<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>|{Stream}",
        ["xmpps"] = Stream,
    };

    private const string Stream = "<?xml version='1.0'?><stream:stream to='server.test' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";

    private const string Search = "\x30\x2a\x02\x01\x02\x63\x25\x04\0\x0a\x01\0\x0a\x01\0\x02\x01\x01\x02\x01\x05\x01\x01\0\x87\x0b" + "objectClass\x30\x05\x04\x03" + "1.1";

    private readonly ServedProtocol _served = new();

    public void Dispose() => _served.Dispose();

    /// <summary>Protocol, what the server sends inside TLS (turns separated by |), the verdict, a part of the detail.</summary>
    public static TheoryData<string, string, string, string> Answers { get; } = new()
    {
        { "postgres", "R\0\0\0\x08\0\0\0\0", Accepted, "" },
        { "postgres", "N\0\0\0\x06hi\x52\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0", Accepted, "" },
        { "postgres", PgError("28000", "connection requires a valid client certificate", "ClientAuthentication"), Refused, "28000 connection requires a valid client certificate" },
        { "postgres", PgError("28000", "Verbindung erfordert ein g\u00fcltiges Client-Zertifikat", "ClientAuthentication"), Refused, "28000 Verbindung" },
        { "postgres", PgError("28000", "\"trust\" authentication failed for user \"mtlsprobe\"", "auth_failed"), Refused, "\"trust\" authentication failed" },
        { "postgres", PgError("28000", "Ident authentication failed for user \"mtlsprobe\"", "auth_failed"), Unclear, "Ident" },
        { "postgres", PgError("28000", "role \"mtlsprobe\" does not exist", "InitializeSessionUserId"), Accepted, "" },
        { "postgres", PgError("3D000", "database \"postgres\" does not exist", "InitPostgres"), Accepted, "" },
        { "postgres", PgError("28000", "no pg_hba.conf entry for host \"::1\", user \"mtlsprobe\"", "ClientAuthentication"), Unclear, "without checking the certificate" },
        { "postgres", PgError("57P03", "the database system is starting up", "ProcessStartupPacket"), Down, "57P03" },
        { "postgres", PgError("08P01", "no such database: postgres", ""), Unwilling, "no such database" },
        { "postgres", "HTTP/1.1 400 Bad Request\r\n\r\n", Odd, "HTTP/" },
        { "mysql", "\x07\0\0\x03\0\0\0\x02\0\0\0", Accepted, "" },
        { "mysql", MySqlError(3, 1045, "Access denied for user 'mtlsprobe'@'localhost' (using password: NO)"), Accepted, "" },
        { "mysql", MySqlError(3, 1040, "Too many connections"), Down, "1040 Too many connections" },
        { "mysql", MySqlError(3, 1049, "Unknown database"), Unwilling, "1049" },
        { "rediss", "+PONG\r\n", Accepted, "" },
        { "rediss", "-NOAUTH Authentication required.\r\n", Accepted, "" },
        { "rediss", "-LOADING Redis is loading the dataset in memory\r\n", Down, "-LOADING" },
        { "rediss", "-DENIED Redis is running in protected mode\r\n", Unwilling, "-DENIED" },
        { "rediss", "HTTP/1.1 400 Bad Request\r\n", Odd, "HTTP/1.1 400" },
        { "mqtts", "\x20\x02\0\0", Accepted, "" },
        { "mqtts", "\x20\x02\0\x05", Refused, "CONNACK 5, not authorized" },
        { "mqtts", "\x20\x02\0\x04", Unclear, "CONNACK 4, bad user name or password" },
        { "mqtts", "\x20\x02\0\x03", Down, "CONNACK 3, server unavailable" },
        { "mqtts", "\x20\x02\0\x01", Unwilling, "CONNACK 1" },
        { "mqtts", "\x20\x02\0\x02", Unclear, "CONNACK 2, client identifier rejected" },
        { "mqtts", "\x30\x02\0\0", Odd, "0x30" },
        { "smtp", "250-mail.test\r\n250 SIZE 100\r\n", Accepted, "" },
        { "smtp", "421 4.7.1 mail.test Error: No client certificate presented\r\n", Refused, "421 4.7.1 mail.test Error: No client certificate presented" },
        { "smtp", "421 4.7.0 mail.test Error: too many connections\r\n", Down, "too many connections" },
        { "smtp", "550 5.7.1 go away\r\n", Unclear, "550 5.7.1 go away" },
        { "smtp", "hello\r\n", Odd, "hello" },
        { "lmtp", "250 ok\r\n", Accepted, "" },
        { "smtps", "!220 ready\r\n|250 ok\r\n", Accepted, "" },
        { "imap", "* CAPABILITY IMAP4rev2\r\na2 OK done\r\n", Accepted, "" },
        { "imap", "a2 NO [ALERT] Client didn't present valid SSL certificate\r\n", Refused, "valid SSL certificate" },
        { "imap", "* BYE shutting down\r\n", Down, "* BYE" },
        { "imap", "a2 BAD what\r\n", Unclear, "a2 BAD" },
        { "imap", "220 mail\r\n", Odd, "220 mail" },
        { "smtps", "!421 4.7.1 Error: No client certificate presented\r\n", Refused, "No client certificate presented" },
        { "smtps", "!421 4.7.0 too many connections\r\n", Unclear, "before the probe sent a request" },
        { "smtps", "!554 no service\r\n", Unclear, "554 no service" },
        { "imaps", "!* BYE later\r\n", Unclear, "* BYE later" },
        { "pop3s", "!-ERR certificate wanted\r\n", Refused, "certificate wanted" },
        { "ftps", "!421 later\r\n", Unclear, "421 later" },
        { "sieve", "!NO \"later\"\r\n", Unclear, "later" },
        { "imaps", "!* OK ready\r\n|* CAPABILITY IMAP4rev2\r\na2 OK done\r\n", Accepted, "" },
        { "pop3", "+OK\r\nUSER\r\n.\r\n", Accepted, "" },
        { "pop3", "-ERR unknown command\r\n", Accepted, "" },
        { "pop3", "-ERR no certificate, no service\r\n", Refused, "no certificate" },
        { "pop3", "* OK\r\n", Odd, "* OK" },
        { "pop3s", "!+OK ready\r\n|+OK\r\nUSER\r\n.\r\n", Accepted, "" },
        { "ldap", "\x30\x05\x02\x01\x02\x64\0\x30\x0c\x02\x01\x02\x65\x07\x0a\x01\0\x04\0\x04\0", Accepted, "" },
        { "ldap", "\x30\x13\x02\x01\x02\x65\x0e\x0a\x01\x32\x04\0\x04\x07no bind", Accepted, "" },
        { "ldap", "\x30\x1f\x02\x01\x02\x65\x1a\x0a\x01\x30\x04\0\x04\x13" + "certificate missing", Refused, "result 48, \"certificate missing\"" },
        { "ldap", "\x30\x24\x02\x01\0\x78\x1f\x0a\x01\x34\x04\0\x04\0\x8a\x16" + "1.3.6.1.4.1.1466.20036", Down, "result 52" },
        { "ldap", "\x30\x0c\x02\x01\x07\x65\x07\x0a\x01\0\x04\0\x04\0", Odd, "message 7, which we have not sent" },
        { "amqps", "\x01\0\0\0\0\0\x06\0\x0a\0\x0a\0\x09\xce", Accepted, "" },
        { "amqps", "AMQP\x03\x01\0\0", Accepted, "" },
        { "amqps", "\x01\0\0\0\0\0\x0b\0\x0a\0\x32\x02\x13\x04none\xce", Unclear, "531 none" },
        { "amqps", "\x01\0\0\0\0\0\x12\0\x0a\0\x32\x02\x13\x0b" + "certificate\xce", Refused, "531 certificate" },
        { "amqps", "HTTP/1.1 400 Bad Request\r\n", Odd, "HTTP/1.1" },
        { "ftp", "200 ok\r\n", Accepted, "" },
        { "ftp", "530-Please\r\nlog in\r\n530 first\r\n", Accepted, "" },
        { "ftp", "522 client certificate required\r\n", Refused, "522 client certificate required" },
        { "ftp", "421 too many users\r\n", Down, "421 too many users" },
        { "ftps", "!220 ready\r\n|200 ok\r\n", Accepted, "" },
        { "nntp", "111 20261129164500\r\n", Accepted, "" },
        { "nntp", "480 log in first\r\n", Accepted, "" },
        { "nntp", "400 gone\r\n", Down, "400 gone" },
        { "nntps", "!200 ready\r\n|111 20261129164500\r\n", Accepted, "" },
        { "sieve", "!\"SASL\" \"PLAIN\"\r\nOK\r\n|\"SASL\" \"PLAIN\"\r\nOK \"done\"\r\n", Accepted, "" },
        { "sieve", "!OK\r\n|NO \"certificate wanted\"\r\n", Refused, "certificate wanted" },
        { "sieve", "!OK\r\n|BYE \"later\"\r\n", Down, "BYE" },
        { "kafka", "\0\0\0\x0amtls\0\0\0\0\0\0", Accepted, "" },
        { "kafka", "\0\0\0\x0ammmm\0\0\0\0\0\0", Odd, "a request that we have not sent" },
        { "xmpp", "<?xml version='1.0'?><stream:stream id='1'><stream:features><mechanisms/></stream:features>", Accepted, "" },
        { "xmpp", "<stream:stream><stream:error><host-unknown xmlns='x'/></stream:error></stream:stream>", Unwilling, "host-unknown" },
        { "xmpp", "<stream:stream><stream:error><not-authorized xmlns='x'/><text>No client certificate</text></stream:error>", Refused, "not-authorized, No client certificate" },
        { "xmpp", "<stream:stream><stream:error><system-shutdown/></stream:error>", Down, "system-shutdown" },
        { "xmpp", "<stream:stream><stream:error><policy-violation/></stream:error>", Unclear, "policy-violation" },
        { "xmpp", "220 mail\r\n", Odd, "not XML" },
        { "xmpps", "<stream:stream><stream:features/>", Accepted, "" },
        { "ldaps", "\x30\x0c\x02\x01\x02\x65\x07\x0a\x01\0\x04\0\x04\0", Accepted, "" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task The_requests_are_sent_and_the_answer_is_judged(string protocol, string answer, string verdict, string detail)
    {
        await using var peer = _served.Serve(s_clear.GetValueOrDefault(protocol, []), answer.Split('|'));

        var (told, why) = Told(Assert.Single(await _served.ProbeAsync(peer, protocol)));

        Assert.Equal(verdict, told);
        Assert.Contains(detail, why ?? "", StringComparison.Ordinal);
        var isAsked = !answer.StartsWith('!') || answer.Contains('|', StringComparison.Ordinal); // otherwise the server turned us away in its greeting
        if (isAsked && s_asked.TryGetValue(protocol, out var asked)) Assert.StartsWith(asked, string.Join('|', _served.Heard), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("smtp", "250 ok\r\n", "QUIT\r\n")]
    [InlineData("imap", "a2 OK done\r\n", "a4 LOGOUT\r\n")]
    [InlineData("pop3", "-ERR what\r\n", "QUIT\r\n")]
    [InlineData("ldap", "\x30\x0c\x02\x01\x02\x65\x07\x0a\x01\0\x04\0\x04\0", "\x30\x05\x02\x01\x03\x42\0")]
    [InlineData("postgres", "R\0\0\0\x08\0\0\0\0", "X\0\0\0\x04")]
    [InlineData("mysql", "\x07\0\0\x03\0\0\0\x02\0\0\0", "\x01\0\0\0\x01")]
    [InlineData("mqtts", "\x20\x02\0\0", "\xe0\0")]
    [InlineData("rediss", "+PONG\r\n", "QUIT\r\n")]
    [InlineData("ftp", "200 ok\r\n", "QUIT\r\n")]
    [InlineData("nntp", "111 1\r\n", "QUIT\r\n")]
    [InlineData("xmpp", "<stream:stream><stream:features/>", "</stream:stream>")]
    public async Task It_ends_the_session_in_order(string protocol, string answer, string words)
    {
        var last = new TaskCompletionSource<string?>();
        await using var peer = _served.Serve(s_clear.GetValueOrDefault(protocol, []), [answer], inTheEnd: last);

        Assert.Equal(Accepted, Told(Assert.Single(await _served.ProbeAsync(peer, protocol))).Verdict);
        Assert.Equal(words, await last.Task.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    /// <summary>1045 refuses a named account if no certificate was presented; if one was, the cause may be a missing password.</summary>
    [Fact]
    public async Task MySql_refuses_a_named_account_and_proves_nothing_unless_it_refuses_every_client()
    {
        await using var denies = _served.Serve(s_clear["mysql"], [MySqlError(3, 1045, "Access denied for user 'shop'@'localhost' (using password: NO)")], MtlsProbe.OpenSsl.ClientAuthentication.Optional);
        await using var switches = _served.Serve(s_clear["mysql"], ["\x10\0\0\x03\xfe" + "caching_sha2_p\0", "\x07\0\0\x05\0\0\0\x02\0\0\0"]);

        var records = await _served.ProbeAsync(denies, "mysql", "mysql: { user: shop }, must_reject: [none]");
        Assert.Equal([Unclear, Unclear], records.Select(record => Told(record).Verdict));
        Assert.Equal(Refused, Told(Assert.Single(await _served.ProbeAsync(denies, "mysql", "mysql: { user: shop }", identity: "none"))).Verdict);
        Assert.Equal(Accepted, Told(Assert.Single(await _served.ProbeAsync(switches, "mysql", "mysql: { user: shop }"))).Verdict);
        Assert.Contains(_served.Heard, words => words.Contains("shop\0", StringComparison.Ordinal));
        Assert.Contains("\0\0\0\x04", _served.Heard);
    }

    [Fact]
    public async Task The_keys_of_a_block_are_used()
    {
        await using var postgres = _served.Serve([], ["R\0\0\0\x08\0\0\0\0"]);
        await using var mqtt = _served.Serve([], ["\x20\x03\0\0\0"]);

        Assert.Equal(Accepted, Told(Assert.Single(await _served.ProbeAsync(postgres, "postgres", "postgres: { user: shop, database: orders, direct: true }"))).Verdict);
        Assert.Equal(Accepted, Told(Assert.Single(await _served.ProbeAsync(mqtt, "mqtts", "mqtt: { client_id: me, username: shop, version: \"5\" }"))).Verdict);

        Assert.Contains(_served.Heard, words => words.EndsWith("user\0shop\0database\0orders\0\0", StringComparison.Ordinal));
        Assert.Contains("\x10\x15\0\x04MQTT\x05\x82\0\x3c\0\0\x02me\0\x04shop", _served.Heard);
    }

    /// <summary>The request with a credential that must be refused is harmless, and an answer to it that shows nothing does not prove a refusal.</summary>
    [Theory]
    [InlineData("postgres", "R\0\0\0\x08\0\0\0\0", "accepted protocol_answer not_refused")]
    [InlineData("mysql", "\x07\0\0\x03\0\0\0\x02\0\0\0", "accepted protocol_answer not_refused")]
    [InlineData("smtp", "250 ok\r\n", "accepted protocol_answer not_refused")]
    [InlineData("imap", "a2 OK done\r\n", Unclear)]
    [InlineData("pop3", "-ERR what\r\n", Unclear)]
    [InlineData("mqtts", "\x20\x02\0\x05", Unclear)] // the credential that must be accepted gets the same answer
    [InlineData("smtp", "421 4.7.1 No client certificate presented\r\n", Unclear)]
    [InlineData("smtp", "421 4.7.0 too many connections\r\n", Unclear)]
    [InlineData("rediss", "-LOADING\r\n", Unclear)]
    public async Task A_credential_that_has_to_be_refused_is_judged_by_the_answer(string protocol, string answer, string verdict)
    {
        await using var peer = _served.Serve(s_clear.GetValueOrDefault(protocol, []), [answer], MtlsProbe.OpenSsl.ClientAuthentication.Optional);

        Assert.Equal(verdict, Told((await _served.ProbeAsync(peer, protocol, "must_reject: [none]"))[1]).Verdict);
    }

    [Theory]
    [InlineData("postgres", "N", "the server answered the SSLRequest with \"N\": it does not offer TLS here")]
    [InlineData("postgres", "SR\0\0\0\x08", "data before TLS: the server sent \"R....\" after it had agreed to TLS")]
    [InlineData("mysql", "!\x04\0\0\0\x0a" + "5.0", "the server sent a greeting that is too short")]
    [InlineData("mysql", "!\xff\xff\xff\0", "the server announced a packet of 16777215 bytes")]
    [InlineData("mysql", "!\x0a\0\0\x07\x0a" + "1234567890", "the server sent packet 7 instead of 0")]
    [InlineData("mysql", "!\x07\0\0\0\xff\x6a\x04Host", "the server answered \"1130 Host\"")]
    [InlineData("smtp", "!554 no service\r\n", "the server answered \"554 no service\"")]
    [InlineData("smtp", "!220 ready\r\n|250 ok\r\n|454 TLS not available\r\n", "the server answered \"454 TLS not available\"")]
    [InlineData("smtp", "!220 ready\r\n|250 ok\r\n|220 go\r\n250 injected\r\n", "data before TLS: the server sent \"250 injected\" after it had agreed to TLS")]
    [InlineData("smtp", "!HTTP/1.1 400 Bad Request\r\n", "the server answered \"HTTP/1.1 400 Bad Request\"")]
    [InlineData("imap", "!* PREAUTH welcome\r\n", "the server answered \"* PREAUTH welcome\"")]
    [InlineData("imap", "!* OK ready\r\n|a1 OK go\r\na2 OK injected\r\n", "data before TLS: the server sent \"a2 OK injected\" after it had agreed to TLS")]
    [InlineData("imap", "!* OK ready\r\n|a1 NO not now\r\n", "the server answered \"a1 NO not now\"")]
    [InlineData("pop3", "!+OK ready\r\n|-ERR no TLS\r\n", "the server answered \"-ERR no TLS\"")]
    [InlineData("pop3", "!+OK ready\r\n|+OK go\r\n+OK injected\r\n", "data before TLS: the server sent \"+OK injected\" after it had agreed to TLS")]
    [InlineData("ftp", "!220 ready\r\n|530 no TLS\r\n", "the server answered \"530 no TLS\"")]
    [InlineData("ftp", "!220 ready\r\n|234 go\r\n200 injected\r\n", "data before TLS: the server sent \"200 injected\" after it had agreed to TLS")]
    [InlineData("nntp", "!200 ready\r\n|382 go\r\n111 injected\r\n", "data before TLS: the server sent \"111 injected\" after it had agreed to TLS")]
    [InlineData("sieve", "!OK\r\n|OK go\r\nOK injected\r\n", "data before TLS: the server sent \"OK injected\" after it had agreed to TLS")]
    [InlineData("sieve", "!OK\r\n|NO\r\n", "the server answered \"NO\"")]
    [InlineData("xmpp", "<stream:stream><stream:features><mechanisms/></stream:features>", "the server does not offer STARTTLS")]
    [InlineData("xmpp", "<stream:stream><stream:error><host-unknown/></stream:error>", "the server answered with the stream error \"host-unknown\"")]
    [InlineData("xmpp", "<stream:stream><stream:features><starttls/></stream:features>|<failure/>", "the server answered \"<failure/>\"")]
    [InlineData("xmpp", "<stream:stream><stream:features><starttls/></stream:features>|<proceed/><stream:features/>", "data before TLS: the server sent \"<stream:features/>\" after it had agreed to TLS")]
    [InlineData("ldap", "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\0\x04\0", "the server answered with the result 2")]
    [InlineData("ldap", "\x30\x84\x80\0\0\0", "the server announced a packet of 2147483648 bytes")]
    [InlineData("ldap", "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0\x30", "data before TLS: the server sent \"0\" after it had agreed to TLS")]
    public async Task Without_the_servers_clean_consent_there_is_no_TLS(string protocol, string clear, string detail)
    {
        await using var peer = _served.Serve(clear.Split('|'), []);

        Assert.Equal(("failed starttls_refused", detail), Told(Assert.Single(await _served.ProbeAsync(peer, protocol))));
    }

    /// <summary>Inside TLS: endless lines and replies, packets of two gigabytes, wrong numbers.</summary>
    [Theory]
    [InlineData("smtp", "", "250-more\r\n", "more than 256 lines")]
    [InlineData("smtp", "", "250-", "without an end")]
    [InlineData("smtps", "", "220-banner\r\n", "more than 256 lines")]
    [InlineData("imap", "", "* more\r\n", "more than 256 lines")]
    [InlineData("pop3", "+OK\r\n", "MORE\r\n", "more than 256 lines")]
    [InlineData("rediss", "", "x", "without an end")]
    [InlineData("postgres", "", "N\0\0\0\x04", "keeps sending notices")]
    [InlineData("postgres", "", "R\x7f\xff\xff\xff", "the server announced a packet of 2147483647 bytes")]
    [InlineData("postgres", "", "E\0\0\0\x03", "the server announced a packet of 3 bytes")]
    [InlineData("mysql", "", "\x07\0\0\x09\0\0\0\x02\0\0\0", "the server sent packet 9 instead of 3")]
    [InlineData("mqtts", "", "\x20\xff\xff\xff\xff", "a length that has no end")]
    [InlineData("mqtts", "", "\x20\xff\xff\x7f", "a CONNACK of 2097151 bytes")]
    [InlineData("ldap", "", "\x30\x84\x7f\xff\xff\xff", "the server announced a packet of 2147483647 bytes")]
    [InlineData("ldap", "", "\x30\x05\x02\x01\x02\x64\0", "more than the one entry")]
    [InlineData("ldap", "", "\x30\x85\x01\x01\x01\x01\x01", "without a length")]
    [InlineData("ldap", "", "\x30\x02\x02\x05", "cannot be read")]
    [InlineData("amqps", "", "\x01\0\0\x7f\xff\xff\xff\0", "the server announced a packet of 2147483647 bytes")]
    [InlineData("amqps", "", "\x01\0\0\0\0\0\x04\0\x0a\0\x0a\0", "without its end")]
    [InlineData("kafka", "", "\xff\xff\xff\xff", "the server announced a packet of 4294967295 bytes")]
    [InlineData("ftp", "200-more\r\n", "201 more\r\n", "more than 256 lines")]
    [InlineData("nntp", "", "1", "without an end")]
    [InlineData("xmpp", "<stream:stream>", "<stream:stream>", "more than 64 KiB")]
    [InlineData("xmpp", "<stream:stream a='", ">", "more than 64 KiB")]
    public async Task Endless_or_invalid_data_are_bounded_and_reported(string protocol, string first, string again, string detail)
    {
        var greeting = protocol == "smtps" ? "220-banner\r\n" : "";
        await using var peer = Endless(s_clear.GetValueOrDefault(protocol, []), greeting, first, again, isGreeted: protocol == "smtps");

        var (verdict, why) = Told(Assert.Single(await _served.ProbeAsync(peer, protocol)));

        Assert.Equal(Odd, verdict);
        Assert.Contains(detail, why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("smtp", "")]
    [InlineData("postgres", "R\0\0\x40\0")]
    [InlineData("ldap", "\x30\x82\x40\0")]
    public async Task A_byte_now_and_then_is_no_answer(string protocol, string first)
    {
        await using var inside = Slow(s_clear[protocol], first);
        await using var before = Slow([]);

        Assert.Equal("unconfirmed silence timeout", Told(Assert.Single(await _served.ProbeAsync(inside, protocol, "timeout: 1s"))).Verdict);
        Assert.Equal("failed handshake_timeout", Told(Assert.Single(await _served.ProbeAsync(before, "smtp", "timeout: 500ms"))).Verdict);
    }

    [Fact]
    public async Task A_session_that_ends_without_an_answer_is_none()
    {
        await using var peer = _served.Serve(s_clear["smtp"], ["250-half", Close]);

        Assert.Equal("unconfirmed closed closed", Told(Assert.Single(await _served.ProbeAsync(peer, "smtp"))).Verdict);
    }

    internal static string PgError(string state, string message, string routine)
    {
        var text = System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes($"SFATAL\0C{state}\0M{message}\0R{routine}\0\0"));
        return "E\0\0" + (char)((text.Length + 4) >> 8) + (char)((text.Length + 4) & 0xff) + text;
    }

    internal static string MySqlError(int number, int code, string text) => Numbered(number, $"\xff{(char)(code & 0xff)}{(char)(code >> 8)}#28000{text}");

    internal static string MySqlGreeting(int capabilities) =>
        Numbered(0, $"\x0a" + $"10.11\0\x01\0\0\0abcdefgh\0{(char)(capabilities & 0xff)}{(char)((capabilities >> 8) & 0xff)}\x21\x02\0\0\0\0");

    private static string Numbered(int number, string content) => $"{(char)(content.Length & 0xff)}{(char)(content.Length >> 8)}\0{(char)number}{content}";
}

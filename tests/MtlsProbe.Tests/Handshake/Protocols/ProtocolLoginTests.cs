using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using static MtlsProbe.Tests.Handshake.Protocols.ServedProtocol;

namespace MtlsProbe.Tests.Handshake.Protocols;

/// <summary>A login in each protocol that has one: what is sent, and what each answer shows. docs/protocols.md promises it.</summary>
public sealed class ProtocolLoginTests : IDisposable
{
    private const string Accepted = "accepted protocol_answer";
    private const string Refused = "rejected protocol_answer refused_by_protocol";
    private const string Down = "unconfirmed protocol_answer not_serving";
    private const string Unclear = "unconfirmed protocol_answer no_confirmation";
    private const string Wrong = "unconfirmed protocol_answer login_refused";
    private const string Odd = "unconfirmed application_data unexpected_answer";

    private const string Secret = "p4ss w0rd";
    private const string External = "login: external";
    private const string Named = "login: { user: shop, password_file: word }";
    private const string Features = "<stream:stream><stream:features><mechanisms><mechanism>PLAIN</mechanism><mechanism>EXTERNAL</mechanism></mechanisms></stream:features>";

    internal static readonly string s_start = Frame("\0\x0a\0\x0a\0\x09\0\0\0\0\0\0\0\x0ePLAIN EXTERNAL\0\0\0\x05" + "en_US");

    /// <summary>What the client sends last for EXTERNAL and for the user "shop".</summary>
    private static readonly Dictionary<(string Protocol, string Login), string> s_said = new()
    {
        [("imap", External)] = "|a3 AUTHENTICATE EXTERNAL\r\n|\r\n",
        [("imap", Named)] = $"|a3 AUTHENTICATE PLAIN\r\n|{Plain}\r\n",
        [("pop3", External)] = "|AUTH EXTERNAL\r\n|\r\n",
        [("pop3", Named)] = $"|AUTH PLAIN\r\n|{Plain}\r\n",
        [("smtp", External)] = "|AUTH EXTERNAL =\r\n",
        [("smtp", Named)] = $"|AUTH PLAIN {Plain}\r\n",
        [("sieve", External)] = "|AUTHENTICATE \"EXTERNAL\" \"\"\r\n",
        [("sieve", Named)] = $"|AUTHENTICATE \"PLAIN\" \"{Plain}\"\r\n",
        [("ldap", External)] = "|\x30\x18\x02\x01\x02\x60\x13\x02\x01\x03\x04\0\xa3\x0c\x04\x08" + "EXTERNAL\x04\0",
        [("ldap", Named)] = $"|\x30\x19\x02\x01\x02\x60\x14\x02\x01\x03\x04\x04shop\x80\x09{Secret}",
        [("postgres", Named)] = $"|p\0\0\0\x0e{Secret}\0",
        [("xmpp", External)] = "|<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>",
        [("amqps", External)] = "|" + Frame("\0\x0a\0\x0b\0\0\0\x31\x0c" + "capabilitiesF\0\0\0\x1f\x1c" + "authentication_failure_closet\x01\x08" + "EXTERNAL\0\0\0\0\x05" + "en_US"),
        [("amqps", Named)] = "|" + Frame("\0\x0a\0\x0b\0\0\0\x31\x0c" + "capabilitiesF\0\0\0\x1f\x1c" + "authentication_failure_closet\x01\x05PLAIN\0\0\0\x0f\0shop\0" + Secret + "\x05" + "en_US"),
    };

    private readonly ServedProtocol _served = Served();

    public void Dispose() => _served.Dispose();

    /// <summary>With the password in its file.</summary>
    private static ServedProtocol Served()
    {
        var served = new ServedProtocol();
        served.Write("word", Secret + "\n");
        return served;
    }

    private static string Plain => Convert.ToBase64String(Encoding.Latin1.GetBytes($"\0shop\0{Secret}"));

    /// <summary>Protocol, login, what the server sends inside TLS (turns separated by |), the verdict, a part of the detail.</summary>
    private static readonly (string Protocol, string Login, string Answer, string Verdict, string Detail)[] s_answers =
    [
        ("imap", External, "* CAPABILITY IMAP4rev2 AUTH=EXTERNAL\r\na2 OK done\r\n|+ \r\n|a3 OK [CAPABILITY IMAP4rev2] in\r\n", Accepted, ""),
        ("imap", External, "* CAPABILITY AUTH=EXTERNAL\r\na2 OK done\r\n|a3 NO [ALERT] Client didn't present valid SSL certificate\r\n", Refused, "valid SSL certificate"),
        ("imap", External, "* CAPABILITY AUTH=EXTERNAL\r\na2 OK done\r\n|+\r\n|a3 NO [AUTHENTICATIONFAILED] who?\r\n", Refused, "[AUTHENTICATIONFAILED] who?"),
        ("imap", External, "* CAPABILITY AUTH=EXTERNAL\r\na2 OK done\r\n|+\r\n|a3 NO [UNAVAILABLE] later\r\n", Down, "[UNAVAILABLE] later"),
        ("imap", External, "* CAPABILITY AUTH=EXTERNAL\r\na2 OK done\r\n|+\r\n|* BYE shutting down\r\n", Unclear, "* BYE"),
        ("imap", External, "* CAPABILITY AUTH=EXTERNAL\r\na2 OK done\r\n|+\r\n|* BYE no valid certificate\r\n", Refused, "* BYE"),
        ("imaps", External, "!* BYE busy\r\n", Down, "* BYE busy"),
        ("imap", External, "* CAPABILITY AUTH=EXTERNAL\r\na2 OK done\r\n|a3 BAD what\r\n", Unclear, "a3 BAD what"),
        ("imap", External, "* CAPABILITY AUTH=EXTERNAL\r\na2 OK done\r\n|+\r\n|+ more\r\n", Unclear, "+ more"),
        ("imap", External, "* CAPABILITY AUTH=PLAIN\r\na2 OK done\r\n", Unclear, "the server does not offer us the mechanism EXTERNAL, which it may offer only with a certificate"),
        ("imap", Named, "* CAPABILITY AUTH=PLAIN\r\na2 OK done\r\n|+ \r\n|a3 OK in\r\n", Accepted, ""),
        ("imap", Named, "* CAPABILITY AUTH=PLAIN\r\na2 OK done\r\n|+ \r\n|a3 NO [AUTHENTICATIONFAILED] who?\r\n", Wrong, "who?"),
        ("imap", Named, "* CAPABILITY AUTH=PLAIN\r\na2 OK done\r\n|+ \r\n|a3 NO no certificate, no service\r\n", Refused, "no certificate"),
        ("pop3", External, "+OK\r\nSASL PLAIN EXTERNAL\r\n.\r\n|+ \r\n|+OK in\r\n", Accepted, ""),
        ("pop3", External, "+OK\r\nSASL EXTERNAL\r\n.\r\n|+ \r\n|-ERR [AUTH] who?\r\n", Refused, "who?"),
        ("pop3", External, "+OK\r\nSASL EXTERNAL\r\n.\r\n|+ \r\n|-ERR [SYS/TEMP] later\r\n", Down, "later"),
        ("pop3", External, "+OK\r\nSASL EXTERNAL\r\n.\r\n|+ \r\n|-ERR [SYS/PERM] broken\r\n", Down, "broken"),
        ("pop3", External, "+OK\r\nUSER\r\n.\r\n", Unclear, "EXTERNAL"),
        ("pop3", Named, "+OK\r\nSASL PLAIN\r\n.\r\n|+ \r\n|+OK in\r\n", Accepted, ""),
        ("pop3", Named, "+OK\r\nSASL PLAIN\r\n.\r\n|+ \r\n|-ERR [AUTH] who?\r\n", Wrong, "who?"),
        ("smtp", External, "250-mail.test\r\n250 AUTH PLAIN EXTERNAL\r\n|235 2.7.0 in\r\n", Accepted, ""),
        ("smtp", External, "250 AUTH EXTERNAL\r\n|535 5.7.8 who?\r\n", Refused, "535 5.7.8 who?"),
        ("smtp", External, "250 AUTH EXTERNAL\r\n|454 4.7.0 later\r\n", Down, "454"),
        ("smtp", External, "421 busy\r\n", Down, "421 busy\", and decided nothing about the login"),
        ("smtp", External, "250 AUTH EXTERNAL\r\n|501 5.5.2 cannot decode\r\n", Unclear, "501"),
        ("smtp", External, "250-AUTHOR x\r\n250 SIZE\r\n", Unclear, "EXTERNAL"),
        ("smtp", Named, "250 AUTH PLAIN\r\n|235 in\r\n", Accepted, ""),
        ("smtp", Named, "250 AUTH PLAIN\r\n|535 5.7.8 who?\r\n", Wrong, "who?"),
        ("sieve", External, "!OK\r\n|\"SASL\" \"PLAIN EXTERNAL\"\r\nOK\r\n|OK \"in\"\r\n", Accepted, ""),
        ("sieve", External, "!OK\r\n|\"SASL\" \"EXTERNAL\"\r\nOK\r\n|NO \"who?\"\r\n", Refused, "who?"),
        ("sieve", External, "!OK\r\n|\"SASL\" \"EXTERNAL\"\r\nOK\r\n|NO (TRYLATER) \"later\"\r\n", Down, "later"),
        ("sieve", External, "!OK\r\n|\"SASL\" \"EXTERNAL\"\r\nOK\r\n|BYE \"busy\"\r\n", Unclear, "busy"),
        ("sieve", External, "!OK\r\n|\"SASL\" \"EXTERNAL\"\r\nOK\r\n|\"\"\r\n", Unclear, ""),
        ("sieve", Named, "!OK\r\n|\"SASL\" \"PLAIN\"\r\nOK\r\n|OK\r\n", Accepted, ""),
        ("sieve", Named, "!OK\r\n|\"SASL\" \"PLAIN\"\r\nOK\r\n|NO \"who?\"\r\n", Wrong, "who?"),
        ("ldap", External, "\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\0\x04\0\x04\0", Accepted, ""),
        ("ldap", External, "\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x31\x04\0\x04\0", Refused, "result 49"),
        ("ldap", External, "\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x07\x04\0\x04\0", Unclear, "the mechanism EXTERNAL"),
        ("ldap", External, "\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x33\x04\0\x04\0", Down, "result 51"),
        ("ldap", External, "\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x34\x04\0\x04\0", Down, "result 52"),
        ("ldap", External, "\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x50\x04\0\x04\0", Unclear, "result 80"), // this is also how SASL fails
        ("ldap", External, "\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x0e\x04\0\x04\0", Unclear, "result 14"),
        ("ldap", External, "\x30\x0c\x02\x01\x02\x65\x07\x0a\x01\0\x04\0\x04\0", Odd, "kind 5"),
        ("ldap", Named, "\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\0\x04\0\x04\0", Accepted, ""),
        ("ldap", Named, "\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x31\x04\0\x04\0", Wrong, "result 49"),
        ("xmpp", External, Features + "|<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", Accepted, ""),
        ("xmpp", External, Features + "|<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>", Refused, "not-authorized"),
        ("xmpp", External, Features + "|<failure><temporary-auth-failure/></failure>", Down, "temporary-auth-failure"),
        ("xmpp", External, Features + "|<failure><malformed-request/></failure>", Unclear, "malformed-request"),
        ("xmpp", External, Features + "|<failure/>", Unclear, ""),
        ("xmpp", External, "<stream:stream><stream:features><mechanisms><mechanism>PLAIN</mechanism></mechanisms></stream:features>", Unclear, "EXTERNAL"),
        ("amqps", External, s_start + "|" + Frame("\0\x0a\0\x1e\0\0\0\0\0\0\0\0"), Accepted, ""),
        ("amqps", External, s_start + "|" + Frame("\0\x0a\0\x32\x01\x93\x04" + "who?\0\0\0\0"), Refused, "403 who?"),
        ("amqps", External, s_start + "|" + Frame("\0\x0a\0\x32\x02\x1d\x05" + "fault\0\0\0\0"), Unclear, "541 fault"),
        ("amqps", External, s_start + "|" + Frame("\0\x0a\0\x14\0\0\0\0"), Unclear, "challenge"),
        ("xmpp", External, "<stream:stream><stream:error><host-unknown/></stream:error>", "unconfirmed protocol_answer unexpected_answer", "host-unknown"),
        ("amqps", External, "AMQP\0\x01\0\0", "unconfirmed protocol_answer unexpected_answer", "version 1.0.0"),
        ("amqps", External, Frame("\0\x0a\0\x0a\0\x09\0\0\0\0\0\0\0\x05PLAIN"), Unclear, "EXTERNAL"),
        ("amqps", External, Frame("\0\x0a\0\x0a\0\x09\x7f\xff\xff\xff"), Odd, "shorter than announced"),
        ("amqps", Named, s_start + "|" + Frame("\0\x0a\0\x1e\0\0\0\0\0\0\0\0"), Accepted, ""),
        ("amqps", Named, s_start + "|" + Frame("\0\x0a\0\x32\x01\x93\x04" + "who?\0\0\0\0"), Wrong, "403 who?"),
        ("mysql", Named, Switch("mysql_native_password") + "|" + "\x07\0\0\x05\0\0\0\x02\0\0\0", Accepted, ""),
        ("mysql", Named, Switch("caching_sha2_password") + "|\x02\0\0\x05\x01\x03\x07\0\0\x06\0\0\0\x02\0\0\0", Accepted, ""),
        ("mysql", Named, Switch("caching_sha2_password") + "|\x02\0\0\x05\x01\x04|\x07\0\0\x07\0\0\0\x02\0\0\0", Accepted, ""),
        ("mysql", Named, Switch("mysql_native_password") + "|" + ProtocolAnswerTests.MySqlError(5, 1045, "Access denied for user 'shop'@'localhost' (using password: YES)"), Wrong, "1045 Access denied"),
        ("mysql", Named, ProtocolAnswerTests.MySqlError(3, 1040, "Too many connections"), Down, "1040"),
        ("mysql", Named, ProtocolAnswerTests.MySqlError(3, 1130, "Host is not allowed to connect"), "unconfirmed protocol_answer unexpected_answer", "1130"),
        ("mysql", Named, Switch("client_ed25519"), Unclear, "the method \"client_ed25519\", which the prober does not support"),
        ("mysql", Named, "\x01\0\0\x03\xfe", Unclear, "mysql_old_password"),
        ("mysql", Named, "\x08\0\0\x03\xfe" + "short\0a", Unclear, "\"short\""),
        ("postgres", Named, "R\0\0\0\x08\0\0\0\x03|R\0\0\0\x08\0\0\0\0", Accepted, ""),
        ("postgres", Named, "R\0\0\0\x08\0\0\0\0", Accepted, ""),
        ("postgres", Named, ProtocolAnswerTests.PgError("57P03", "the database system is starting up", "ProcessStartupPacket"), Down, "57P03"),
        ("postgres", Named, "R\0\0\0\x08\0\0\0\x03|" + ProtocolAnswerTests.PgError("3D000", "database \"x\" does not exist", "InitPostgres"), Accepted, ""),
        ("postgres", Named, "R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0|R\0\0\0\x08\0\0\0\0", Odd, "did not prove that it knows the password"),
        ("postgres", Named, "R\0\0\0\x08\0\0\0\x03|R\0\0\0\x08\0\0\0\x03", Odd, "kind 3 out of order"),
        ("postgres", Named, "R\0\0\0\x0c\0\0\0\x05" + "salt", Unclear, "authentication of kind 5, which the prober does not support"),
        ("postgres", Named, "R\0\0\0\x08\0\0\0\x03|" + ProtocolAnswerTests.PgError("28P01", "password authentication failed for user \"shop\"", "auth_failed"), Wrong, "28P01 password authentication failed"),
        ("postgres", Named, "R\0\0\0\x08\0\0\0\x03|" + ProtocolAnswerTests.PgError("28000", "LDAP authentication failed for user \"shop\"", "auth_failed"), Wrong, "LDAP"),
        ("postgres", Named, "R\0\0\0\x08\0\0\0\x03|" + ProtocolAnswerTests.PgError("28000", "certificate authentication failed for user \"shop\"", "auth_failed"), Refused, "certificate"),
        ("postgres", Named, "R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0|R\0\0\0\x16\0\0\0\x0br=other,s=,i=1", Odd, "SCRAM"),
        ("mqtts", "mqtt: { username: shop, password_file: word }", "\x20\x02\0\0", Accepted, ""),
        ("mqtts", "mqtt: { username: shop, password_file: word }", "\x20\x02\0\x03", Down, "CONNACK 3"),
        ("mqtts", "mqtt: { username: shop, password_file: word }", "\x20\x02\0\x05", Wrong, "CONNACK 5"),
        ("mqtts", "mqtt: { username: shop, password_file: word, version: \"5\" }", "\x20\x03\0\x86\0", Wrong, "CONNACK 0x86"),
    ];

    public static TheoryData<string> Protocols { get; } = [.. s_answers.Select(answer => answer.Protocol).Distinct()];

    /// <summary>Concurrently: a probe with a login begins with a silence.</summary>
    [Theory]
    [MemberData(nameof(Protocols))]
    public Task The_answer_to_a_login_decides(string protocol) =>
        Task.WhenAll(s_answers.Where(answer => answer.Protocol == protocol).Select(answer => DecidesAsync(protocol, answer.Login, answer.Answer, answer.Verdict, answer.Detail)));

    private static async Task DecidesAsync(string protocol, string login, string answer, string verdict, string detail)
    {
        using var served = Served();
        await using var peer = served.Serve(ProtocolAnswerTests.s_clear.GetValueOrDefault(protocol, []), answer.Split('|'));

        var record = Assert.Single(await served.ProbeAsync(peer, protocol, login));

        var (told, why) = Told(record);
        Assert.Equal(verdict, told);
        Assert.Contains(detail, why ?? "", StringComparison.Ordinal);
        Assert.Equal(verdict == Accepted ? "login" : null, record.GetProperty("confirmed").GetString());
        if (verdict == Accepted && answer.Contains('|', StringComparison.Ordinal) && s_said.TryGetValue((protocol, login), out var said)) Assert.Contains(said, string.Concat(served.Heard.Select(words => "|" + words)), StringComparison.Ordinal);
    }

    /// <summary>A credential that must be refused gets the same request as one that must be accepted, and the same server accepts the latter.</summary>
    [Theory]
    [InlineData("smtp", External, "250 AUTH EXTERNAL\r\n|535 who?\r\n")]
    [InlineData("smtp", Named, "250 AUTH PLAIN\r\n|535 who?\r\n")]
    [InlineData("smtp", External, "250 SIZE\r\n")]
    [InlineData("imap", External, "* CAPABILITY AUTH=PLAIN\r\na2 OK done\r\n")]
    public async Task Acceptance_by_the_same_login_shows_that_another_is_refused(string protocol, string login, string refusal)
    {
        var good = protocol == "smtp" ? "250 AUTH EXTERNAL PLAIN\r\n|235 in\r\n" : "* CAPABILITY AUTH=EXTERNAL\r\na2 OK done\r\n|+\r\n|a3 OK in\r\n";
        await using var both = ServeByCertificate(ProtocolAnswerTests.s_clear[protocol], good.Split('|'), refusal.Split('|'));
        await using var neither = ServeByCertificate(ProtocolAnswerTests.s_clear[protocol], refusal.Split('|'), refusal.Split('|'));

        var records = await _served.ProbeAsync(both, protocol, login + ", must_reject: [none]");
        Assert.Equal([Accepted, "rejected protocol_answer"], records.Select(record => Told(record).Verdict));
        Assert.Equal(Unclear, Told((await _served.ProbeAsync(neither, protocol, login + ", must_reject: [none]"))[1]).Verdict);
    }

    /// <summary>A server that is down refuses no one: its answer to the credential that it must accept is not an acceptance.</summary>
    [Theory]
    [InlineData(External)]
    [InlineData(Named)]
    public async Task A_server_that_refuses_every_login_proves_no_refusal(string login)
    {
        await using var peer = ServeByCertificate(ProtocolAnswerTests.s_clear["smtp"], ["250 AUTH EXTERNAL PLAIN\r\n", "454 later\r\n"], ["250 AUTH EXTERNAL PLAIN\r\n", "535 who?\r\n"]);

        Assert.Equal([Down, Unclear], (await _served.ProbeAsync(peer, "smtp", login + ", must_reject: [none]")).Select(record => Told(record).Verdict));
    }

    /// <summary>A server that asked for no certificate refuses none, but has not accepted a client either whose login it refuses.</summary>
    [Theory]
    [InlineData("smtp", External, "250 AUTH EXTERNAL\r\n|535 who?\r\n", Unclear, ", and had asked for no certificate")]
    [InlineData("smtp", External, "250 SIZE\r\n", Unclear, "the mechanism EXTERNAL")]
    [InlineData("smtp", External, "250 AUTH EXTERNAL\r\n|454 later\r\n", Down, "454")]
    [InlineData("smtp", External, "550 no\r\n", Unclear, "550 no")]
    [InlineData("smtp", Named, "250 AUTH PLAIN\r\n|535 who?\r\n", Wrong, "who?")]
    [InlineData("smtp", Named, "250 AUTH PLAIN\r\n|235 in\r\n", "accepted protocol_answer not_requested", "235 in")]
    [InlineData("mysql", Named, "\x01\0\0\x03\xfe", Unclear, "mysql_old_password")]
    [InlineData("imaps", Named, "!* OK\r\n* CAPABILITY AUTH=PLAIN\r\na2 OK\r\n+ \r\na3 OK in\r\n", Unclear, "before the probe sent a request")]
    public async Task A_login_that_is_refused_without_a_request_for_a_certificate_is_no_acceptance(string protocol, string login, string answer, string verdict, string detail)
    {
        await using var peer = _served.Serve(ProtocolAnswerTests.s_clear.GetValueOrDefault(protocol, []), answer.Split('|'), ClientAuthentication.None);

        var records = await _served.ProbeAsync(peer, protocol, login + ", must_reject: [none]");

        Assert.Equal(verdict, Told(records[0]).Verdict);
        Assert.Contains(detail, Told(records[0]).Detail, StringComparison.Ordinal);
        Assert.Equal(verdict.StartsWith("accepted", StringComparison.Ordinal) ? "login" : null, records[0].GetProperty("confirmed").GetString());
        Assert.Equal(verdict.StartsWith("accepted", StringComparison.Ordinal) ? "not_refused" : "other", records[1].GetProperty("failure").GetProperty("reason").GetString() is "not_refused" ? "not_refused" : "other");
    }

    /// <summary>A server may count failed logins, and lock out clients with too many.</summary>
    [Theory]
    [InlineData("235 in\r\n", Accepted)]
    [InlineData("535 who?\r\n", Wrong)]
    [InlineData("535 no certificate\r\n", Refused)]
    [InlineData("454 later\r\n", Down)]
    [InlineData("501 what\r\n", Unclear)]
    [InlineData("5|" + Close, "unconfirmed closed closed")]
    public async Task A_login_is_attempted_once_per_probe(string answer, string verdict)
    {
        await using var peer = _served.Serve(ProtocolAnswerTests.s_clear["smtp"], ["250 AUTH PLAIN\r\n", .. answer.Split('|')]);

        Assert.Equal(verdict, Told(Assert.Single(await _served.ProbeAsync(peer, "smtp", Named))).Verdict);
        Assert.Single(_served.Heard, said => said.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_login_only_the_session_is_confirmed()
    {
        await using var peer = _served.Serve(ProtocolAnswerTests.s_clear["smtp"], ["250 AUTH EXTERNAL\r\n"]);

        Assert.Equal("session", Assert.Single(await _served.ProbeAsync(peer, "smtp")).GetProperty("confirmed").GetString());
    }

    /// <summary>Computed by independent code: the methods of MySQL, with which the account determines the form of the password.</summary>
    [Theory]
    [InlineData("mysql_native_password", "2155560583b8e5796b17ec87144834e6a089254e")]
    [InlineData("caching_sha2_password", "7cbea9c4d881936c34e0ad8eff90e88dbb24ded553c5221d4ef3fe25b7bac50f")]
    [InlineData("sha256_password", "7034737320773072" + "6400")]
    [InlineData("mysql_clear_password", "7034737320773072" + "6400")]
    [InlineData("client_ed25519", null)]
    public void A_password_is_sent_to_MySQL_as_its_account_requires(string method, string? answer) =>
        Assert.Equal(answer, MySqlPassword.Answer(method, "abcdefghijklmnopqrst\0"u8, new Secret(Encoding.ASCII.GetBytes(Secret))) is { } bytes ? Convert.ToHexStringLower(bytes) : null);

    [Theory]
    [InlineData("mysql", Named, "\x2c\0\0\x03\xfe" + "caching_sha2_password\0abcdefghijklmnopqrst\0|\x02\0\0\x05\x01\x04|\x07\0\0\x07\0\0\0\x02\0\0\0", "|\x0a\0\0\x06p4ss w0rd\0")]
    [InlineData("mqtts", "mqtt: { username: shop, password_file: word }", "\x20\x02\0\0", "\0\x04shop\0\x09p4ss w0rd")]
    [InlineData("mqtts", "mqtt: { username: shop, password_file: word, version: \"5\" }", "\x20\x03\0\0\0", "\0\x04shop\0\x09p4ss w0rd")]
    public async Task The_password_itself_is_sent_if_the_server_requires_it(string protocol, string login, string answer, string said)
    {
        await using var peer = _served.Serve(ProtocolAnswerTests.s_clear.GetValueOrDefault(protocol, []), answer.Split('|'));

        Assert.Equal(Accepted, Told(Assert.Single(await _served.ProbeAsync(peer, protocol, login))).Verdict);
        Assert.Contains(said, string.Concat(_served.Heard.Select(words => "|" + words)), StringComparison.Ordinal);
    }

    /// <summary>A server that asks repeatedly wastes our time, and one that accepts us before its own proof may not know the password.</summary>
    [Fact]
    public void Each_step_of_a_login_at_PostgreSQL_happens_once_and_in_order()
    {
        var login = new PostgresLogin(new Secret("pencil"u8.ToArray()));
        Assert.Null(login.Answer([0, 0, 0, 5, 1, 2, 3, 4]));
        Assert.False(login.HasAnswered);
        Assert.Throws<MalformedException>(() => login.Answer([0, 0, 0, 11]));
        var first = Encoding.ASCII.GetString(login.Answer([0, 0, 0, 10, .. "SCRAM-SHA-256\0\0"u8])!);
        Assert.Throws<MalformedException>(() => login.Answer([0, 0, 0, 10, .. "SCRAM-SHA-256\0\0"u8]));
        Assert.Throws<MalformedException>(() => login.Answer([0, 0, 0, 3]));
        Assert.Throws<MalformedException>(() => login.Answer([0, 0, 0, 12]));
        Assert.True(login is { HasAnswered: true, OwesProof: true });
        byte[] challenge = [0, 0, 0, 11, .. Encoding.ASCII.GetBytes($"{first[first.IndexOf("r=", StringComparison.Ordinal)..]}x,s=YQ==,i=1")];
        Assert.NotNull(login.Answer(challenge));
        Assert.Throws<MalformedException>(() => login.Answer(challenge));
        Assert.Throws<MalformedException>(() => login.Answer([0, 0, 0, 12, .. "v="u8]));
        Assert.True(login.OwesProof);
    }

    /// <summary>The password and the salt of the example in RFC 7677 §3, with a server that knows the password.</summary>
    [Fact]
    public void Scram_proves_the_password_and_requires_the_proof_of_the_server()
    {
        var scram = new Scram(new Secret("pencil"u8.ToArray()));
        var ours = Encoding.ASCII.GetString(scram.First())["n,,n=,r=".Length..];
        var salt = "W22ZaJ0SNY7soEsUEjb6gQ==";
        var challenge = $"r={ours}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s={salt},i=4096";

        var final = Encoding.ASCII.GetString(scram.Final(challenge));

        var salted = Rfc2898DeriveBytes.Pbkdf2("pencil", Convert.FromBase64String(salt), 4096, HashAlgorithmName.SHA256, 32);
        var signed = Encoding.ASCII.GetBytes($"n=,r={ours},{challenge},{final[..final.IndexOf(",p=", StringComparison.Ordinal)]}");
        var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        scram.Check("v=" + Convert.ToBase64String(HMACSHA256.HashData(serverKey, signed)));
        Assert.Throws<MalformedException>(() => scram.Check("v=" + Convert.ToBase64String(serverKey)));
        Assert.Throws<MalformedException>(() => new Scram(new Secret("pencil"u8.ToArray())).Check("v="));
    }

    [Theory]
    [InlineData("r=,s=YQ==,i=1")]
    [InlineData("r={ours},s=YQ==,i=1")]
    [InlineData("r={ours}x,s=!,i=1")]
    [InlineData("r={ours}x,s=YQ==,i=0")]
    [InlineData("r={ours}x,s=YQ==,i=200001")]
    [InlineData("r={ours}x,s=YQ==,i=99999999999")]
    [InlineData("s=YQ==")]
    [InlineData("")]
    public void An_invalid_or_costly_challenge_of_Scram_is_refused(string challenge)
    {
        var scram = new Scram(new Secret("pencil"u8.ToArray()));
        var ours = Encoding.ASCII.GetString(scram.First())["n,,n=,r=".Length..];

        Assert.Throws<MalformedException>(() => scram.Final(challenge.Replace("{ours}", ours, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_password_prints_as_an_empty_text() => Assert.Equal("(secret)", $"{new Secret("hunter2"u8.ToArray())}");

    internal static string Frame(string content) => $"\x01\0\0\0\0{(char)(content.Length >> 8)}{(char)(content.Length & 0xff)}{content}\xce";

    private static string Switch(string method) => Numbered(3, $"\xfe{method}\0abcdefghijklmnopqrst\0");

    private static string Numbered(int number, string content) => $"{(char)content.Length}\0\0{(char)number}{content}";
}

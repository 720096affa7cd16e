using System.Text;

namespace MtlsProbe.Fuzz;

/// <summary>The words of servers, one character for each byte: for each protocol some before TLS and some inside.</summary>
internal static class SeedDialogues
{
    public static IReadOnlyDictionary<string, string[]> Said { get; } = new Dictionary<string, string[]>
    {
        ["postgres"] =
        [
            "S", "R\0\0\0\x08\0\0\0\0", "N\0\0\0\x06hi\x52\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0", PgError("28000", "connection requires a valid client certificate", "ClientAuthentication"),
            PgError("57P03", "the database system is starting up", "ProcessStartupPacket"),
        ],
        ["mysql"] =
        [
            MySqlGreeting, "\x07\0\0\x03\0\0\0\x02\0\0\0", MySqlError(3, 1045, "Access denied for user 'mtlsprobe'@'localhost' (using password: NO)"),
            "\x10\0\0\x03\xfe" + "caching_sha2_p\0\x07\0\0\x05\0\0\0\x02\0\0\0",
        ],
        ["rediss"] = ["+PONG\r\n", "-NOAUTH Authentication required.\r\n", "-LOADING Redis is loading the dataset in memory\r\n"],
        ["mqtts"] = ["\x20\x02\0\0", "\x20\x02\0\x05", "\x20\x03\0\x87\0"],
        ["smtp"] = ["220-mail.test\r\n220 ready\r\n250-mail.test\r\n250 STARTTLS\r\n220 go\r\n", "250-mail.test\r\n250 SIZE 100\r\n", "421 4.7.1 Error: No client certificate presented\r\n"],
        ["smtps"] = ["220 ready\r\n250 ok\r\n"],
        ["lmtp"] = ["220 ready\r\n250 STARTTLS\r\n220 go\r\n"],
        ["imap"] = ["* OK ready\r\n* CAPABILITY IMAP4rev2\r\na1 OK go\r\n", "* CAPABILITY IMAP4rev2\r\na2 OK done\r\n", "a2 NO [ALERT] Client didn't present valid SSL certificate\r\n"],
        ["imaps"] = ["* OK ready\r\n* CAPABILITY IMAP4rev2\r\na2 OK done\r\n"],
        ["pop3"] = ["+OK ready\r\n+OK go\r\n", "+OK\r\nUSER\r\n.\r\n"],
        ["pop3s"] = ["+OK ready\r\n+OK\r\nUSER\r\n.\r\n"],
        ["ldap"] = ["\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0", "\x30\x05\x02\x01\x02\x64\0\x30\x0c\x02\x01\x02\x65\x07\x0a\x01\0\x04\0\x04\0", "\x30\x24\x02\x01\0\x78\x1f\x0a\x01\x34\x04\0\x04\0\x8a\x16" + "1.3.6.1.4.1.1466.20036"],
        ["ldaps"] = ["\x30\x84\0\0\0\x0c\x02\x01\x02\x65\x07\x0a\x01\0\x04\0\x04\0"],
        ["amqps"] = ["\x01\0\0\0\0\0\x06\0\x0a\0\x0a\0\x09\xce", "AMQP\x03\x01\0\0", "\x01\0\0\0\0\0\x12\0\x0a\0\x32\x02\x13\x0b" + "certificate\xce"],
        ["ftp"] = ["120 wait\r\n220 ready\r\n234 go\r\n", "530-Please\r\nlog in\r\n530 first\r\n"],
        ["ftps"] = ["220 ready\r\n200 ok\r\n"],
        ["nntp"] = ["200 ready\r\n382 go\r\n", "111 20261129164500\r\n"],
        ["nntps"] = ["200 ready\r\n111 20261129164500\r\n"],
        ["sieve"] = ["\"SASL\" \"PLAIN\"\r\n\"STARTTLS\"\r\nOK\r\nOK \"go\"\r\n", "\"SASL\" \"PLAIN\"\r\nOK\r\n\"SASL\" \"PLAIN\"\r\nOK \"done\"\r\n", "OK\r\nNO \"certificate wanted\"\r\n"],
        ["kafka"] = ["\0\0\0\x0amtls\0\0\0\0\0\0"],
        ["xmpp"] =
        [
            "<?xml version='1.0'?><stream:stream id='a>b'><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features><proceed xmlns='x'/>",
            "<stream:stream><stream:features><mechanisms/></stream:features>", "<stream:stream><stream:error><not-authorized xmlns='x'/><text>No client certificate</text></stream:error>",
        ],
        ["xmpps"] = ["<stream:stream><stream:features/>"],
        ["https"] =
        [
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 400 Bad Request\r\nContent-Length: 30\r\n\r\nNo required SSL certificate was sent",
            "HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwhat\r\n0\r\n\r\n", "HTTP/1.0 503 Service Unavailable\nServer: haproxy\nVia: 1.1 a\n\n",
        ],
    };

    /// <summary>Inside TLS, at a login.</summary>
    public static IReadOnlyDictionary<string, string[]> AtALogin { get; } = new Dictionary<string, string[]>
    {
        ["imap"] = ["* CAPABILITY AUTH=EXTERNAL AUTH=PLAIN\r\na2 OK done\r\n+ \r\na3 OK in\r\n", "* CAPABILITY AUTH=EXTERNAL AUTH=PLAIN\r\na2 OK done\r\na3 NO [AUTHENTICATIONFAILED] who?\r\n"],
        ["pop3"] = ["+OK\r\nSASL EXTERNAL PLAIN\r\n.\r\n+ \r\n+OK in\r\n", "+OK\r\nSASL EXTERNAL PLAIN\r\n.\r\n+ \r\n-ERR [SYS/TEMP] later\r\n"],
        ["smtp"] = ["250 AUTH EXTERNAL PLAIN\r\n235 in\r\n", "250 AUTH EXTERNAL PLAIN\r\n535 5.7.8 who?\r\n"],
        ["sieve"] = ["OK\r\n\"SASL\" \"EXTERNAL PLAIN\"\r\nOK\r\nOK in\r\n", "OK\r\n\"SASL\" \"EXTERNAL PLAIN\"\r\nOK\r\nNO (TRYLATER) \"later\"\r\n"],
        ["ldap"] = ["\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\0\x04\0\x04\0", "\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x31\x04\0\x04\0"],
        ["xmpp"] = ["<stream:stream><stream:features><mechanisms><mechanism>EXTERNAL</mechanism></mechanisms></stream:features><success/>", "<stream:stream><stream:features><mechanism>EXTERNAL</mechanism></stream:features><failure><not-authorized/></failure>"],
        ["amqps"] = ["\x01\0\0\0\0\0\x1c\0\x0a\0\x0a\0\x09\0\0\0\0\0\0\0\x0ePLAIN EXTERNAL\xce\x01\0\0\0\0\0\x08\0\x0a\0\x1e\0\0\0\0\xce"],
        ["mysql"] = ["\x2c\0\0\x03\xfe" + "mysql_native_password\0abcdefghijklmnopqrst\0\x07\0\0\x05\0\0\0\x02\0\0\0", "\x2c\0\0\x03\xfe" + "caching_sha2_password\0abcdefghijklmnopqrst\0\x02\0\0\x05\x01\x04\x07\0\0\x07\0\0\0\x02\0\0\0"],
        ["postgres"] = ["R\0\0\0\x08\0\0\0\x03R\0\0\0\x08\0\0\0\0", "R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0R\0\0\0\x16\0\0\0\x0b" + "r=other,s=,i=1", PgError("28P01", "password authentication failed", "auth_failed")],
        ["mqtts"] = ["\x20\x02\0\0", "\x20\x02\0\x05"],
    };

    /// <summary>The frames of HTTP/2: SETTINGS, and the answer on the first stream, with and without the fields of gRPC.</summary>
    public static IReadOnlyList<string> Http2 { get; } =
    [
        Settings + Frame(1, 4, 1, "\x88"), // :status 200
        Settings + Frame(1, 4, 1, "\x8c") + Frame(0, 1, 1, "no certificate"), // :status 400
        Settings + Frame(1, 4, 1, "\x88" + Literal("content-type", "application/grpc")) + Frame(0, 0, 1, "\0\0\0\0\x02\x08\x01") + Frame(1, 5, 1, Literal("grpc-status", "0")),
        Settings + Frame(1, 5, 1, "\x88" + Literal("content-type", "application/grpc") + Literal("grpc-status", "16") + Literal("grpc-message", "no%20certificate")),
        Settings + Frame(7, 0, 0, "\0\0\0\0\0\0\0\x02" + "bye"),
        Settings + Frame(3, 0, 1, "\0\0\0\x07"),
    ];

    public static byte[] Bytes(string said) => Encoding.Latin1.GetBytes(said);

    private static string Settings => Frame(4, 0, 0, "") + Frame(4, 1, 0, "");

    private static string MySqlGreeting => Numbered(0, "\x0a" + "10.11\0\x01\0\0\0abcdefgh\0\x01\x8a\x21\x02\0\x08\0\0");

    private static string Frame(int type, int flags, int stream, string content) =>
        $"\0{(char)(content.Length >> 8)}{(char)(content.Length & 0xff)}{(char)type}{(char)flags}\0\0\0{(char)stream}{content}";

    /// <summary>A field of HPACK without Huffman (RFC 7541 §6.2.2).</summary>
    private static string Literal(string name, string value) => $"\0{(char)name.Length}{name}{(char)value.Length}{value}";

    private static string PgError(string state, string message, string routine)
    {
        var text = $"SFATAL\0C{state}\0M{message}\0R{routine}\0\0";
        return "E\0\0" + (char)((text.Length + 4) >> 8) + (char)((text.Length + 4) & 0xff) + text;
    }

    private static string MySqlError(int number, int code, string text) => Numbered(number, $"\xff{(char)(code & 0xff)}{(char)(code >> 8)}#28000{text}");

    private static string Numbered(int number, string content) => $"{(char)(content.Length & 0xff)}{(char)(content.Length >> 8)}\0{(char)number}{content}";
}

using System.Buffers.Binary;
using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// MySQL and MariaDB (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html): the probe answers the server's greeting
/// with an SSLRequest. Inside TLS it logs in as a user, with or without a password, and the answer decides. The requirement of a certificate belongs
/// to the account (<c>REQUIRE X509</c>), so only a probe with a user name tests it.
/// </summary>
internal sealed record MySql : ServiceProtocol
{
    /// <summary>LONG_PASSWORD, PROTOCOL_41, SSL, SECURE_CONNECTION, PLUGIN_AUTH.</summary>
    private const uint Capabilities = 0x1 | 0x200 | 0x800 | 0x8000 | 0x80000;

    private const uint Ssl = 0x800;
    private const int MostPacket = 16 * 1024 * 1024 - 1;
    private const byte Utf8 = 33;
    private const byte Ok = 0;
    private const byte MoreData = 1;
    private const byte Switch = 0xfe;
    private const byte Error = 0xff;

    /// <summary>A change of the method, a request for the password itself, an answer to each, and some to spare.</summary>
    private const int MostRounds = 6;

    private const byte IsEnough = 3;
    private const byte WantsAll = 4;

    private const string Nobody = "mtlsprobe";

    private const string UserHint =
        "Set mysql.user of this target (probe: --mysql-user) to an account without a password that requires a certificate: nothing else shows whether one is required.";

    public static ProtocolGrammar Grammar { get; } = new()
    {
        Name = "mysql",
        Does = "begins a session of MySQL or MariaDB",
        DefaultPort = 3306,
        Block = "mysql",
        Logins = LoginKinds.Password,
        LoginHint = "set mysql.user to an account that requires a certificate and no password",
        LoginProblem = (_, spoken) => spoken is MySql { User: not null } ? ("has a user, and so has mysql.user", "remove mysql.user") : null,
        Keys = ["user"],
        Flags = [new("--mysql-user", "user", "NAME", "An account without a password that requires a certificate. Default: one that does not exist.", BlockGrammar.Name)],
        Read = block => new MySql { User = block.Read("user", BlockGrammar.Name)?.Value },
    };

    /// <summary>
    /// An account without a password; null: an account that does not exist, so that the answer only shows that the session is open.
    /// </summary>
    public string? User { get; init; }

    public override string Name => Grammar.Name;

    public override string Summary => $"a login of {Named ?? Nobody}";

    public override string OpensslStarttls => "mysql";

    protected override bool BeginsInClearText => true;

    public override IEnumerable<(string Flag, string Value)> Flags() => [.. base.Flags(), .. User is null ? [] : ((string, string)[])[("--mysql-user", User)]];

    public override Protocol Harmless() => this with { HasToRefuse = true };

    private string? Named => Login is PasswordLogin { User: var user } ? user : User;

    protected override byte[] Asked(Target target) => Numbered(2, [.. Head(), .. Encoding.UTF8.GetBytes(Named ?? Nobody), 0, 0, .. Encoding.ASCII.GetBytes(Login is null ? "mysql_native_password" : MySqlPassword.Unusual), 0]);

    protected override async Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        var greeting = await PacketAsync(clear, 0, cancellation).ConfigureAwait(false);
        if (greeting[0] == Error) return MySqlError.Read(greeting).Detail;
        if (greeting[0] != 10) throw new MalformedException($"the server greeted with version {greeting[0]} of the protocol instead of 10");

        // The server's version with a final zero, a thread number in four bytes, eight bytes of a challenge and a zero; then its capabilities.
        var end = Array.IndexOf(greeting, (byte)0, 1);
        if (end < 0 || greeting.Length < end + 16) throw new MalformedException("the server sent a greeting that is too short");
        if ((BinaryPrimitives.ReadUInt16LittleEndian(greeting.AsSpan(end + 14)) & Ssl) == 0) return "the server does not offer TLS";
        await clear.WriteAsync(Numbered(1, Head()), cancellation).ConfigureAwait(false);
        return null;
    }

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        await session.WriteAsync(Asked(target), cancellation).ConfigureAwait(false);
        byte number = 3;
        for (var round = 0; round < MostRounds; round++)
        {
            var packet = await PacketAsync(session, number, cancellation).ConfigureAwait(false);
            switch (packet[0])
            {
                case Ok:
                    await session.WriteAsync(Numbered(0, [1]), cancellation).ConfigureAwait(false); // COM_QUIT
                    return Logins.Succeeded("the server accepted the user");
                case Error:
                    return Judged(MySqlError.Read(packet));
                case MoreData when password is not null && packet.Length > 1 && packet[1] is IsEnough:
                    number++;
                    break;
                case MoreData when password is not null && packet.Length > 1 && packet[1] is WantsAll:
                    await session.WriteAsync(Numbered((byte)(number + 1), MySqlPassword.Clear(password)), cancellation).ConfigureAwait(false);
                    number += 2;
                    break;
                case MoreData when Named is null:
                    return Unasked("the server requires another authentication method");
                case MoreData:
                    return Answers.Unclear("the server asks for a password", ", so nothing shows whether the certificate is enough", UserHint);
                case Switch when password is not null:
                    var (method, challenge) = Asks(packet);
                    if (MySqlPassword.Answer(method, challenge, password) is not { } answer)
                        return Logins.Unknown($"the server asks for the password by the method {Text.PlainText.Quote(Encoding.Latin1.GetBytes(method))}");
                    await session.WriteAsync(Numbered((byte)(number + 1), answer), cancellation).ConfigureAwait(false);
                    number += 2;
                    break;
                case Switch: // a user with an empty password answers with nothing; leaving in the middle would count against this host
                    await session.WriteAsync(Numbered((byte)(number + 1), []), cancellation).ConfigureAwait(false);
                    number += 2;
                    break;
                default:
                    throw new MalformedException($"the server answered with a packet of kind 0x{packet[0]:x2}");
            }
        }

        return Answers.Unclear("the server keeps asking for a password", ", so nothing shows whether the certificate is enough", UserHint);
    }

    /// <summary>
    /// 1045 is the answer for an account that requires a certificate, and for one that requires a password. A certificate that the server cannot
    /// verify causes an alert: if one was presented, the cause of 1045 is not known.
    /// </summary>
    private ServerAnswer Judged(MySqlError error) => error switch
    {
        _ when Answers.SpeaksOfCertificate(error.Text) => Answers.Refused(error.Detail),
        { Code: 1045 or 1698 } when Login is not null => Logins.Refused(Login, HasToRefuse, error.Detail, error.Text),
        { Code: 1045 or 1698 } when User is not null => Answers.Refused(error.Detail) with
        {
            OnlyWithout = !HasToRefuse,
            Missing = ", which is also the answer for an account that requires a password or another subject, or that does not exist",
            Hint = UserHint,
        },
        { Code: 1045 or 1698 } => Unasked(error.Detail),
        { Code: 1040 or 1053 or 1203 or 3032 or 3168 } => Answers.Down(error.Detail),
        _ => Answers.Unwilling(error.Detail, UserHint),
    };

    /// <summary>The method of an account, terminated by a zero, and its challenge.</summary>
    private static (string Method, byte[] Challenge) Asks(byte[] packet)
    {
        var end = Array.IndexOf(packet, (byte)0, 1);
        return end < 0 ? ("mysql_old_password", []) : (Encoding.Latin1.GetString(packet, 1, end - 1), packet[(end + 1)..]);
    }

    /// <summary>No account that requires a certificate is configured.</summary>
    private static ServerAnswer Unasked(string detail) => Answers.LetIn(detail) with { Doubt = new("no account is configured, so no rule of an account was tested", UserHint) };

    /// <summary>The beginning of a login, which by itself is the request for TLS.</summary>
    private static byte[] Head()
    {
        var head = new byte[32];
        BinaryPrimitives.WriteUInt32LittleEndian(head, Capabilities);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(4), MostPacket);
        head[8] = Utf8;
        return head;
    }

    private static byte[] Numbered(byte number, ReadOnlySpan<byte> content) => [(byte)content.Length, (byte)(content.Length >> 8), 0, number, .. content];

    /// <summary>Length in three bytes, sequence number in one, and at least one byte of content.</summary>
    private static async ValueTask<byte[]> PacketAsync(Stream stream, byte number, CancellationToken cancellation)
    {
        var head = await Packet.ReadAsync(stream, 4, cancellation).ConfigureAwait(false);
        var length = Packet.Length(head[0] | (head[1] << 8) | (head[2] << 16), least: 1);
        if (head[3] != number) throw new MalformedException($"the server sent packet {head[3]} instead of {number}");
        return await Packet.ReadAsync(stream, length, cancellation).ConfigureAwait(false);
    }
}

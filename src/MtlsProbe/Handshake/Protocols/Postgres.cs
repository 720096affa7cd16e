using System.Buffers.Binary;
using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Handshake;

/// <summary>
/// PostgreSQL (https://www.postgresql.org/docs/current/protocol-message-formats.html): SSLRequest, or immediate TLS; inside it a StartupMessage,
/// whose answer decides. With <c>clientcert=verify-ca</c> the server checks the certificate before it asks for a password. With <c>verify-full</c> it
/// compares the user later, which only a login shows.
/// </summary>
internal sealed record Postgres : ServiceProtocol
{
    private const string NoEntryHint =
        "Set postgres.user and postgres.database of this target (probe: --postgres-user, --postgres-database) to a user and a database that pg_hba.conf on the server has a line for.";

    private const string Refers = "pg_hba.conf";
    private const string Usual = "mtlsprobe";
    private const int MostNotices = 16;

    private static readonly byte[] s_sslRequest = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
    private static readonly byte[] s_terminate = [(byte)'X', 0, 0, 0, 4];

    public static ProtocolGrammar Grammar { get; } = new()
    {
        Name = "postgres",
        Does = "begins a PostgreSQL session",
        DefaultPort = 5432,
        Block = "postgres",
        Logins = LoginKinds.Password,
        LoginHint = "set postgres.user to a user with the method cert, or trust with clientcert: neither requires more than the certificate",
        LoginProblem = (_, spoken) => spoken is Postgres { User: not Usual } ? ("has a user, and so has postgres.user", "remove postgres.user") : null,
        Keys = ["user", "database", "direct"],
        Flags =
        [
            new("--postgres-user", "user", "NAME", "The user for PostgreSQL. Default: mtlsprobe.", BlockGrammar.Name),
            new("--postgres-database", "database", "NAME", "The database for PostgreSQL. Default: postgres.", BlockGrammar.Name),
            new("--postgres-direct", "direct", "BOOL", "true: TLS at once (PostgreSQL 17), without an SSLRequest before it.", text => Config.Grammar.Flag(text).Of(text)),
        ],
        Read = block =>
        {
            var usual = new Postgres();
            return new Postgres
            {
                User = block.Read("user", BlockGrammar.Name)?.Value ?? usual.User,
                Database = block.Read("database", BlockGrammar.Name)?.Value ?? usual.Database,
                Direct = block.Read("direct", Config.Grammar.Flag)?.Value ?? usual.Direct,
            };
        },
    };

    public string User { get; init; } = Usual;

    public string Database { get; init; } = "postgres";

    /// <summary>Immediate TLS, with ALPN <c>postgresql</c>, which PostgreSQL 17 supports.</summary>
    public bool Direct { get; init; }

    public override string Name => Grammar.Name;

    public override ValueList<string> Alpn => Direct ? ["postgresql"] : [];

    public override string Summary => $"a session of {Named} with {Database}";

    private string Named => Login is PasswordLogin { User: var user } ? user : User;

    public override string? OpensslStarttls => Direct ? null : "postgres";

    protected override bool BeginsInClearText => !Direct;

    public override IEnumerable<(string Flag, string Value)> Flags()
    {
        var usual = new Postgres();
        return
        [
            .. base.Flags(),
            .. User == usual.User ? [] : ((string, string)[])[("--postgres-user", User)],
            .. Database == usual.Database ? [] : ((string, string)[])[("--postgres-database", Database)],
            .. Direct ? ((string, string)[])[("--postgres-direct", "true")] : [],
        ];
    }

    protected override byte[] Asked(Target target)
    {
        var words = Encoding.UTF8.GetBytes($"user\0{Named}\0database\0{Database}\0\0");
        var message = new byte[8 + words.Length];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), 0x30000); // version 3.0
        words.CopyTo(message, 8);
        return message;
    }

    protected override async Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        await clear.WriteAsync(s_sslRequest, cancellation).ConfigureAwait(false);
        var answer = await Packet.ReadAsync(clear, 1, cancellation).ConfigureAwait(false);
        return answer[0] switch
        {
            (byte)'S' => null,
            (byte)'N' => "the server answered the SSLRequest with \"N\": it does not offer TLS here",
            (byte)'E' => "the server answered the SSLRequest with an error",
            _ => $"the server answered the SSLRequest with {PlainText.Quote(answer)}",
        };
    }

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        await session.WriteAsync(Asked(target), cancellation).ConfigureAwait(false);
        var login = password is null ? null : new PostgresLogin(password);
        for (var notices = 0; notices <= MostNotices; notices++)
        {
            var head = await Packet.ReadAsync(session, 5, cancellation).ConfigureAwait(false);
            if (head[0] is not ((byte)'R' or (byte)'E' or (byte)'N' or (byte)'v')) throw new MalformedException($"the server answered {PlainText.Quote(head)}");
            var length = Packet.Length(BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(1)), least: 4) - 4;
            var body = await Packet.ReadAsync(session, length, cancellation).ConfigureAwait(false);
            if (head[0] == 'E') return Judged(PostgresError.Read(body), login is { HasAnswered: true });
            if (head[0] != 'R') continue; // a notice, or an older version of the protocol than we requested
            if (length < 4) throw new MalformedException("the server sent an authentication request without its kind");
            var kind = BinaryPrimitives.ReadUInt32BigEndian(body);
            if (kind == 0 && login is { OwesProof: true }) throw new MalformedException("the server accepted the user, but did not prove that it knows the password");
            if (login is not null) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // the server chooses how long a proof takes to compute
            if (kind != 0 && login?.Answer(body) is { } answer)
            {
                if (answer.Length > 0) await session.WriteAsync(answer, cancellation).ConfigureAwait(false);
                continue;
            }

            await session.WriteAsync(s_terminate, cancellation).ConfigureAwait(false);
            var asked = $"the server asked for authentication of kind {kind}";
            return kind == 0 ? Logins.Succeeded("the server accepted the user") : login is null ? Answers.LetIn(asked) : Logins.Unknown(asked);
        }

        throw new MalformedException("the server keeps sending notices");
    }

    /// <param name="hasAnswered">We have answered a question of the server, which the error may be about.</param>
    private ServerAnswer Judged(PostgresError error, bool hasAnswered) => error switch
    {
        { SqlState: "57P03" or "57P01" or "57P02" or "53300" } => Answers.Down(error.Detail),

        // Also if the password is right but the certificate does not match the user.
        { SqlState: "28P01" } or { SqlState: "28000", Routine: "auth_failed" } when hasAnswered => Logins.Refused(Login, HasToRefuse, error.Detail, error.Message),

        // No question came before it, and the methods "trust" and "cert" can fail only because of the certificate; "ident" asks the client's machine.
        { SqlState: "28000", Routine: "auth_failed" } when !error.Says("ident") => Answers.Refused(error.Detail),

        // These come after the authentication, which includes the certificate.
        { SqlState: "28000", Routine: "InitializeSessionUserId" } or { SqlState: "3D000" } => Answers.LetIn(error.Detail) with { IsLogin = Login is not null },
        _ when Answers.SpeaksOfCertificate(error.Message) => Answers.Refused(error.Detail),
        _ when error.Says(Refers) => Answers.Unclear(error.Detail, ", without checking the certificate", NoEntryHint),
        _ when error.SqlState.StartsWith("28", StringComparison.Ordinal) => Answers.Unclear(error.Detail, ", and the certificate may or may not be the cause", NoEntryHint),
        _ => Answers.Unwilling(error.Detail, NoEntryHint),
    };
}

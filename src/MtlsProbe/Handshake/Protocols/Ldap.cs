using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// LDAP (RFC 4511) with StartTLS (§4.14) or immediate TLS. Inside TLS the probe searches the root DSE, and any result decides. A server that demands
/// a bind first has still accepted us. With a login, the request is a bind instead of a search.
/// </summary>
internal sealed record Ldap : ServiceProtocol
{
    /// <summary>ExtendedRequest 1.3.6.1.4.1.1466.20037 with message ID 1.</summary>
    private static readonly byte[] s_startTls = [0x30, 0x1d, 2, 1, 1, 0x77, 0x18, 0x80, 0x16, .. "1.3.6.1.4.1.1466.20037"u8];

    /// <summary>Base "", scope base, no aliases, one entry, 5 s, (objectClass=*), no attributes (1.1); message ID 2.</summary>
    private static readonly byte[] s_search =
        [0x30, 0x2a, 2, 1, 2, 0x63, 0x25, 4, 0, 0x0a, 1, 0, 0x0a, 1, 0, 2, 1, 1, 2, 1, 5, 1, 1, 0, 0x87, 0x0b, .. "objectClass"u8, 0x30, 5, 4, 3, .. "1.1"u8];

    /// <summary>Message ID 3.</summary>
    private static readonly byte[] s_unbind = [0x30, 5, 2, 1, 3, 0x42, 0];

    private readonly string _name;

    private Ldap(string name) => _name = name;

    // RFC 4511 §4.1.9.
    private const int Busy = 51;
    private const int Unavailable = 52;
    private const int Other = 80;

    public static ProtocolGrammar Grammar { get; } = new() { Name = "ldap", Does = "reads the root DSE after StartTLS", DefaultPort = 389, Logins = LoginKinds.Both, Read = _ => new Ldap("ldap") };

    public static ProtocolGrammar OverTls { get; } = new() { Name = "ldaps", Does = "reads the root DSE", DefaultPort = 636, Logins = LoginKinds.Both, Read = _ => new Ldap("ldaps") };

    public override string Name => _name;

    public override string Summary => Login switch
    {
        ExternalLogin => "a bind by EXTERNAL",
        PasswordLogin { User: var user } => $"a bind as {user}",
        _ => "a search of the root DSE",
    };

    public override string? OpensslStarttls => BeginsInClearText ? Name : null;

    protected override bool BeginsInClearText => Name == "ldap";

    protected override byte[]? Asked(Target target) => Login switch
    {
        null => s_search,
        ExternalLogin => LdapBind.Request(Login, null),
        _ => null, // it contains the password
    };

    protected override async Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        await clear.WriteAsync(s_startTls, cancellation).ConfigureAwait(false);
        var answer = await LdapMessage.ReadAsync(clear, cancellation).ConfigureAwait(false);
        return answer is { Operation: LdapMessage.ExtendedResponse, ResultCode: 0, Id: 1 } ? null : answer.Detail;
    }

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        if (Login is not null) return await BindAsync(session, Login, password, cancellation).ConfigureAwait(false);
        await session.WriteAsync(s_search, cancellation).ConfigureAwait(false);
        for (var entries = 0; entries <= 2; entries++) // the single entry, or a reference to another server
        {
            var message = await LdapMessage.ReadAsync(session, cancellation).ConfigureAwait(false);
            if (message is { Id: 0, Operation: LdapMessage.ExtendedResponse }) return TookLeave(message);
            if (message.Id != 2) throw new MalformedException($"the server answered message {message.Id}, which we have not sent");
            if (message.Operation is LdapMessage.SearchEntry or LdapMessage.SearchReference) continue;
            if (message.Operation != LdapMessage.SearchDone) throw new MalformedException(message.Detail);
            await session.WriteAsync(s_unbind, cancellation).ConfigureAwait(false);
            return message.ResultCode switch
            {
                Busy or Unavailable or Other => Answers.Down(message.Detail), // also from a proxy that cannot reach its own server
                not 0 when Answers.SpeaksOfCertificate(message.Diagnostic) => Answers.Refused(message.Detail),
                _ => Answers.LetIn(message.Detail),
            };
        }

        throw new MalformedException("the server sent more than the one entry that was requested");
    }

    private async Task<ServerAnswer?> BindAsync(Stream session, Login login, Secret? password, CancellationToken cancellation)
    {
        await session.WriteAsync(LdapBind.Request(login, password), cancellation).ConfigureAwait(false);
        var message = await LdapMessage.ReadAsync(session, cancellation).ConfigureAwait(false);
        if (message is { Id: 0, Operation: LdapMessage.ExtendedResponse }) return TookLeave(message);
        if (message is not { Id: LdapBind.MessageId, Operation: LdapMessage.BindResponse }) throw new MalformedException($"the server answered the bind with a message of the kind {message.Operation} for message {message.Id}");
        await session.WriteAsync(s_unbind, cancellation).ConfigureAwait(false);
        return message.ResultCode is Busy or Unavailable ? Logins.Down(message.Detail) : LdapBind.Judged(message, login, HasToRefuse);
    }

    /// <summary>The notice of disconnection (RFC 4511 §4.4.1).</summary>
    private static ServerAnswer TookLeave(LdapMessage message) => message switch
    {
        { ResultCode: Busy or Unavailable } => Answers.Down(message.Detail),
        _ when Answers.SpeaksOfCertificate(message.Diagnostic) => Answers.Refused(message.Detail),
        _ => Answers.Unclear(message.Detail, ", and ended the session", "The server's log at the time of the probe says why it does not continue."),
    };
}

using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// The common part of the protocols other than HTTP: they read lines or packets within limits. Anything that exceeds these, or violates the protocol,
/// is reported and proves nothing about the credential.
/// </summary>
internal abstract record ServiceProtocol : Protocol
{
    public sealed override Upgrade? Upgrade => BeginsInClearText ? UpgradeAsync : null;

    /// <summary>A login is made once per probe: a server may count failures, and lock out a client with too many.</summary>
    public sealed override Question Question => new(AskAsync, Reasons.UnexpectedAnswer) { IsGreeted = IsGreeted, IsRepeatable = Login is null };

    /// <summary>TLS begins after messages in plain text.</summary>
    protected virtual bool BeginsInClearText => false;

    /// <summary>The server sends first inside TLS.</summary>
    protected virtual bool IsGreeted => false;

    /// <summary>The same login succeeds with an allowed credential, which another probe shows: a failed login is then a refusal.</summary>
    protected bool HasToRefuse { get; init; }

    public override IEnumerable<(string Flag, string Value)> Flags() => [("--protocol", Name), .. Logins.Flags(Login)];

    /// <summary>
    /// With a login, only the same login can test the credential: a failed one changes nothing, and a successful one is ended at once.
    /// </summary>
    public override Protocol Harmless() => Login is null ? this : this with { HasToRefuse = true };

    public override string? TypedQuestion(Target target) => Asked(target) is { } asked ? ShellBytes.Print(asked) : null;

    /// <summary>The first message inside TLS; null if it depends on the server's messages, or contains a secret.</summary>
    protected abstract byte[]? Asked(Target target);

    /// <summary>Like <see cref="Model.Upgrade"/>; it may also throw <see cref="MalformedException"/>.</summary>
    protected virtual Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation) => Task.FromResult<string?>(null);

    /// <summary>Like <see cref="Exchange"/>; it may also throw <see cref="MalformedException"/>.</summary>
    protected abstract Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation);

    private async Task<string?> UpgradeAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        try
        {
            return await BeginAsync(clear, target, cancellation).ConfigureAwait(false);
        }
        catch (MalformedException e)
        {
            return e.Message;
        }
    }

    private async Task<ServerAnswer?> AskAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        try
        {
            var answer = await AnswerAsync(session, target, password, cancellation).ConfigureAwait(false);
            return Login is null || answer is null ? answer : Logins.Decided(answer) with { Detail = Shown(answer.Detail, password) };
        }
        catch (MalformedException e)
        {
            return new ServerAnswer(AnswerKind.NotUnderstood, Evidence.ProtocolAnswer, Shown(e.Message, password));
        }
    }

    private string Shown(string detail, Secret? password) => Login is PasswordLogin login && password is not null ? EchoedPassword.Without(detail, login, password) : detail;
}

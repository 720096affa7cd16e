using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// What the protocols other than HTTP have in common: they read lines or packets within bounds, and what breaks these, or the protocol, is
/// told and shows nothing of the credential.
/// </summary>
internal abstract record ServiceProtocol : Protocol
{
    public sealed override Upgrade? Upgrade => BeginsInClearText ? UpgradeAsync : null;

    /// <summary>A login is said once a probe: a server may count those that fail, and lock out who has too many.</summary>
    public sealed override Question Question => new(AskAsync, Reasons.UnexpectedAnswer) { IsGreeted = IsGreeted, IsRepeatable = Login is null };

    /// <summary>TLS begins after words in clear text.</summary>
    protected virtual bool BeginsInClearText => false;

    /// <summary>The server speaks first inside TLS.</summary>
    protected virtual bool IsGreeted => false;

    /// <summary>The server lets in who may, by the same words, which is seen by another probe: who fails to log in is refused.</summary>
    protected bool HasToRefuse { get; init; }

    public override IEnumerable<(string Flag, string Value)> Flags() => [("--protocol", Name), .. Logins.Flags(Login)];

    /// <summary>With a login, nothing but the same one tries the credential: who fails at it changes nothing, and who does not leaves at once.</summary>
    public override Protocol Harmless() => Login is null ? this : this with { HasToRefuse = true };

    public override string? TypedQuestion(Target target) => Asked(target) is { } asked ? ShellBytes.Print(asked) : null;

    /// <summary>The first words inside TLS, as they go out; null where they depend on what the server has said, or a secret is in them.</summary>
    protected abstract byte[]? Asked(Target target);

    /// <summary>As <see cref="Model.Upgrade"/>; it may throw <see cref="MalformedException"/> as well.</summary>
    protected virtual Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation) => Task.FromResult<string?>(null);

    /// <summary>As <see cref="Exchange"/>; it may throw <see cref="MalformedException"/> as well.</summary>
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

using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// What is spoken inside TLS, with its settings: one derived record per protocol, in <c>Handshake/Protocols</c>. It has words before TLS and
/// after the handshake, and says what was answered. What that shows of the credential is not its business; nor are the silence before it is
/// asked, the check of the server's chain, and the control: those are alike for all.
/// </summary>
internal abstract record Protocol
{
    /// <summary>As in the configuration, and as it is shown.</summary>
    public abstract string Name { get; }

    /// <summary>Who logs in; null: nobody, and the session is all that an answer shows.</summary>
    public Login? Login { get; init; }

    /// <summary>The key of a target that names the file of the password.</summary>
    public virtual string PasswordKey => "login.password_file";

    /// <summary>What is offered by ALPN where the target does not say.</summary>
    public virtual ValueList<string> Alpn => [];

    /// <summary>Whether the question can be asked where the server agreed to this by ALPN.</summary>
    public virtual bool IsSpokenAfter(string alpn) => true;

    /// <summary>The words in clear text after which TLS begins; null where it begins at once.</summary>
    public virtual Upgrade? Upgrade => null;

    /// <summary>What is asked after the handshake; null: nothing, and TLS alone decides.</summary>
    public virtual Question? Question => null;

    /// <summary>What is sent, in a few words.</summary>
    public virtual string Summary => Name;

    /// <summary>What to do where the server agrees to nothing that is offered by ALPN; null where the protocol has no say in it.</summary>
    public virtual string? AlpnHint => null;

    /// <summary>The protocol of <c>openssl s_client -starttls</c>; null where TLS begins at once.</summary>
    public virtual string? OpensslStarttls => null;

    /// <summary>How it is said by a client who should not get in: nothing that he should not know, nothing that changes anything if he does.</summary>
    public virtual Protocol Harmless() => this;

    /// <summary>The flags of <c>mtlsprobe probe</c> that say the same, as far as they can; no secret among them.</summary>
    public virtual IEnumerable<(string Flag, string Value)> Flags() => [("--protocol", Name)];

    /// <summary>A command of a POSIX shell that writes the question, for <c>openssl s_client</c>; no secret in it. Null where nothing is asked.</summary>
    public virtual string? TypedQuestion(Target target) => null;
}

/// <summary>Asks in clear text for TLS.</summary>
/// <param name="clear">
/// Bounded, and under the deadline of the probe. It reads 0 bytes where the server has closed, and throws <see cref="IOException"/> where the
/// connection broke, which may be let through.
/// </param>
/// <returns>Null when TLS may begin, with nothing left unread; else why not, as a sentence that begins in the middle.</returns>
internal delegate Task<string?> Upgrade(Stream clear, Target target, CancellationToken cancellation);

/// <summary>Asks inside TLS, and reads the answer.</summary>
/// <param name="session">As the stream of <see cref="Upgrade"/>.</param>
/// <param name="password">Of a <see cref="PasswordLogin"/>; null where none is said.</param>
/// <returns>Null where the session ended without an answer.</returns>
internal delegate Task<ServerAnswer?> Exchange(Stream session, Target target, Secret? password, CancellationToken cancellation);

/// <summary>What a protocol asks after the handshake.</summary>
/// <param name="NotUnderstood">The reason where the server speaks, and not this protocol.</param>
internal sealed record Question(Exchange Ask, Reason NotUnderstood)
{
    /// <summary>The server greets before it is asked. Its words are the first that <see cref="Ask"/> reads, and no answer.</summary>
    public bool IsGreeted { get; init; }

    /// <summary>Whether it may be asked twice: it changes nothing (RFC 9110 §9.2.1 has the idea).</summary>
    public bool IsRepeatable { get; init; } = true;
}

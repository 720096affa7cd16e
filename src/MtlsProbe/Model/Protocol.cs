using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// The protocol inside TLS, with its settings: one derived record per protocol, in <c>Handshake/Protocols</c>. It exchanges messages before TLS and
/// after the handshake, and reports the answer. It does not judge the credential; nor does it handle the silence before the request, the check of the
/// server's chain, and the control probes: these are the same for all protocols.
/// </summary>
internal abstract record Protocol
{
    /// <summary>As in the configuration, and as it is shown.</summary>
    public abstract string Name { get; }

    /// <summary>The login; null: none, and an answer only shows that the session is open.</summary>
    public Login? Login { get; init; }

    /// <summary>The key of a target that names the file of the password.</summary>
    public virtual string PasswordKey => "login.password_file";

    /// <summary>What is offered by ALPN where the target does not say.</summary>
    public virtual ValueList<string> Alpn => [];

    /// <summary>Whether the question can be asked where the server agreed to this by ALPN.</summary>
    public virtual bool IsSpokenAfter(string alpn) => true;

    /// <summary>The clear-text exchange before TLS; null if TLS begins at once.</summary>
    public virtual Upgrade? Upgrade => null;

    /// <summary>What is asked after the handshake; null: nothing, and TLS alone decides.</summary>
    public virtual Question? Question => null;

    /// <summary>A short description of the request.</summary>
    public virtual string Summary => Name;

    /// <summary>What to do where the server agrees to nothing that is offered by ALPN; null where the protocol has no say in it.</summary>
    public virtual string? AlpnHint => null;

    /// <summary>The protocol of <c>openssl s_client -starttls</c>; null where TLS begins at once.</summary>
    public virtual string? OpensslStarttls => null;

    /// <summary>The form of the request for a credential that should be refused: it discloses nothing, and changes nothing if it succeeds.</summary>
    public virtual Protocol Harmless() => this;

    /// <summary>The flags of <c>mtlsprobe probe</c> that say the same, as far as they can; no secret among them.</summary>
    public virtual IEnumerable<(string Flag, string Value)> Flags() => [("--protocol", Name)];

    /// <summary>A command of a POSIX shell that writes the question, for <c>openssl s_client</c>; no secret in it. Null where nothing is asked.</summary>
    public virtual string? TypedQuestion(Target target) => null;
}

/// <summary>Requests TLS in clear text.</summary>
/// <param name="clear">
/// Bounded, and under the deadline of the probe. It reads 0 bytes after the server has closed, and throws <see cref="IOException"/> if the connection
/// broke; this may be passed on.
/// </param>
/// <returns>Null if TLS may begin, with nothing left unread; otherwise the reason, as a sentence without a capital letter.</returns>
internal delegate Task<string?> Upgrade(Stream clear, Target target, CancellationToken cancellation);

/// <summary>Sends the request inside TLS, and reads the answer.</summary>
/// <param name="session">As the stream of <see cref="Upgrade"/>.</param>
/// <param name="password">Of a <see cref="PasswordLogin"/>; null if none is sent.</param>
/// <returns>Null if the session ended without an answer.</returns>
internal delegate Task<ServerAnswer?> Exchange(Stream session, Target target, Secret? password, CancellationToken cancellation);

/// <summary>What a protocol asks after the handshake.</summary>
/// <param name="NotUnderstood">The reason where the server speaks, and not this protocol.</param>
internal sealed record Question(Exchange Ask, Reason NotUnderstood)
{
    /// <summary>The server greets before the request. <see cref="Ask"/> reads the greeting first; it is not an answer.</summary>
    public bool IsGreeted { get; init; }

    /// <summary>Whether it may be asked twice: it changes nothing (RFC 9110 §9.2.1 has the idea).</summary>
    public bool IsRepeatable { get; init; } = true;
}

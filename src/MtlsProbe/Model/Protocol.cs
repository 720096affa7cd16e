using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// The protocol inside TLS, with its settings: one derived record per protocol, in <c>Handshake/Protocols</c>. It exchanges messages before TLS and
/// after the handshake, and reports the answer. It does not judge the credential. The silence before the request, the check of the server's chain and
/// the control probes are the same for all protocols and handled elsewhere.
/// </summary>
internal abstract record Protocol
{
    /// <summary>The name in the configuration and in all output.</summary>
    public abstract string Name { get; }

    /// <summary>The login; null: no login, and an answer only shows that the session is open.</summary>
    public Login? Login { get; init; }

    /// <summary>The key of a target that names the password file.</summary>
    public virtual string PasswordKey => "login.password_file";

    /// <summary>The default ALPN protocols for a target that sets none.</summary>
    public virtual ValueList<string> Alpn => [];

    /// <summary>Whether the protocol can be used if the server selected this one by ALPN.</summary>
    public virtual bool IsSpokenAfter(string alpn) => true;

    /// <summary>The clear-text exchange before TLS; null if TLS begins at once.</summary>
    public virtual Upgrade? Upgrade => null;

    /// <summary>The request after the handshake; null: no request, and TLS alone decides.</summary>
    public virtual Question? Question => null;

    /// <summary>A short description of the request.</summary>
    public virtual string Summary => Name;

    /// <summary>What to do if the server supports none of the offered ALPN protocols; null if that has nothing to do with this protocol.</summary>
    public virtual string? AlpnHint => null;

    /// <summary>The protocol of <c>openssl s_client -starttls</c>; null if TLS begins at once.</summary>
    public virtual string? OpensslStarttls => null;

    /// <summary>The form of the request for a credential that should be refused: it discloses nothing, and changes nothing if it succeeds.</summary>
    public virtual Protocol Harmless() => this;

    /// <summary>The equivalent flags of <c>mtlsprobe probe</c>, as far as there are any; none contains a secret.</summary>
    public virtual IEnumerable<(string Flag, string Value)> Flags() => [("--protocol", Name)];

    /// <summary>A shell command (POSIX) that writes the request, for <c>openssl s_client</c>, without secrets; null if there is no request.</summary>
    public virtual string? TypedQuestion(Target target) => null;
}

/// <summary>Requests TLS in plain text.</summary>
/// <param name="clear">
/// A bounded stream under the deadline of the probe. It reads 0 bytes after the server has closed the connection. It throws <see cref="IOException"/>
/// if the connection breaks; implementations need not catch this.
/// </param>
/// <returns>Null if TLS may begin, with nothing left unread; otherwise the reason, as a sentence without a capital letter.</returns>
internal delegate Task<string?> Upgrade(Stream clear, Target target, CancellationToken cancellation);

/// <summary>Sends the request inside TLS, and reads the answer.</summary>
/// <param name="session">A stream like that of <see cref="Upgrade"/>.</param>
/// <param name="password">The password of a <see cref="PasswordLogin"/>; null if none is sent.</param>
/// <returns>Null if the session ended without an answer.</returns>
internal delegate Task<ServerAnswer?> Exchange(Stream session, Target target, Secret? password, CancellationToken cancellation);

/// <summary>The request of a protocol after the handshake.</summary>
/// <param name="NotUnderstood">The reason to report if the server answers in a different protocol.</param>
internal sealed record Question(Exchange Ask, Reason NotUnderstood)
{
    /// <summary>The server greets before the request. <see cref="Ask"/> reads the greeting first; it is not an answer.</summary>
    public bool IsGreeted { get; init; }

    /// <summary>Whether it can be sent twice because it changes nothing ("idempotent" in RFC 9110 §9.2.2).</summary>
    public bool IsRepeatable { get; init; } = true;
}

using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>What the answer to a login shows, in any protocol.</summary>
internal static class Logins
{
    private const string RefusedHint = "The detail has the server's message, and its log has more. Check the user and its password_file. If both are right, check which certificate the server requires for this user.";

    /// <summary>The equivalent flags of <c>mtlsprobe probe</c>.</summary>
    public static IEnumerable<(string Flag, string Value)> Flags(Login? login) => login switch
    {
        ExternalLogin => [("--login", "external")],
        PasswordLogin { User: var user, PasswordFile: var file } => [("--login-user", user), ("--login-password-file", file)],
        _ => [],
    };

    /// <summary>A short text that follows the rest of the request; empty if there is no login.</summary>
    public static string Summary(Login? login) => login switch
    {
        ExternalLogin => ", a login by EXTERNAL",
        PasswordLogin { User: var user } => $", a login as {user}",
        _ => "",
    };

    /// <summary>The password of a login that has one. Without it, an LDAP bind would be unauthenticated (RFC 4513 §5.1.2) and succeed.</summary>
    /// <exception cref="InvalidOperationException">The caller has omitted it.</exception>
    public static ReadOnlySpan<byte> Needed(Secret? password) =>
        password is { Bytes: { IsEmpty: false } bytes } ? bytes.Span : throw new InvalidOperationException("a login with a password was started without it");

    public static ServerAnswer Succeeded(string detail) => Answers.LetIn(detail) with { IsLogin = true };

    /// <summary>
    /// The mechanism is not offered to us. Servers offer EXTERNAL only to clients with a certificate that they accept, or never. A server that offers
    /// it for another credential refuses this one.
    /// </summary>
    /// <param name="hasToRefuse">The same login succeeds with an allowed credential, which another probe shows.</param>
    public static ServerAnswer NotOffered(string mechanism, bool hasToRefuse)
    {
        var detail = $"the server does not offer us the mechanism {mechanism}";
        return hasToRefuse
            ? Answers.Refused(detail)
            : Answers.Unclear(detail, ", which it may offer only with a certificate that it accepts, or never", $"Enable {mechanism} on the server, or remove login from this target; if it is enabled, the server does not accept the certificate.");
    }

    /// <summary>
    /// The server refused the login. With EXTERNAL, it could only judge the certificate. With a password, the password may be the cause, unless the
    /// text mentions the certificate, or another credential with the same password is accepted.
    /// </summary>
    /// <param name="words">Text of the server, without names that it repeats in separate fields.</param>
    /// <param name="hasToRefuse">As for <see cref="NotOffered"/>.</param>
    public static ServerAnswer Refused(Login? login, bool hasToRefuse, string detail, string words) =>
        login is ExternalLogin || hasToRefuse || Answers.SpeaksOfCertificate(words)
            ? Answers.Refused(detail)
            : Answers.Unclear(detail, ", which may be due to the user, the password or the certificate", RefusedHint) with { WhyUnclear = Reasons.LoginRefused, Unexpected = Reasons.LoginRefused };

    /// <summary>The server is not serving now: it did not decide about the login.</summary>
    public static ServerAnswer Down(string detail) => Decided(Answers.Down(detail));

    /// <summary>
    /// An answer to a client that has to log in. Only a login shows acceptance: any other positive answer came before the server's decision or
    /// instead of it. No answer that turns us away is a success, even if the server asked for no certificate.
    /// </summary>
    public static ServerAnswer Decided(ServerAnswer answer) => answer switch
    {
        { IsLogin: true } or { Kind: AnswerKind.NotUnderstood or AnswerKind.Elsewhere } => answer,
        { Kind: AnswerKind.LetIn } => answer with { Kind = AnswerKind.Unclear, WhyUnclear = answer.Unexpected, Missing = ", and decided nothing about the login", Hint = answer.Doubt?.Hint, Doubt = null, IsLoginFailure = true },
        _ => answer with { IsLoginFailure = true },
    };

    /// <summary>The server requires a method that we do not support.</summary>
    public static ServerAnswer Unknown(string detail) =>
        Answers.Unclear(detail, ", which the prober does not support", "See docs/protocols.md for the supported login methods; give this user a password for one of them.");

    /// <summary>The server ended the login with something other than an answer to it.</summary>
    /// <param name="words">As for <see cref="Refused"/>.</param>
    public static ServerAnswer BrokenOff(string detail, string words) => Answers.SpeaksOfCertificate(words) ? Answers.Refused(detail) : Undecided(detail);

    /// <summary>The server made no decision about the login.</summary>
    public static ServerAnswer Undecided(string detail) =>
        Answers.Unclear(detail, ", and the certificate may or may not be the cause", "The server's log at the time of the probe says why it does not let us log in.");
}

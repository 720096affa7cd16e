namespace MtlsProbe.Model;

/// <summary>The login inside the session, whose answer decides. There are two derived records.</summary>
internal abstract record Login;

/// <summary>No user is named: the certificate identifies the client (SASL EXTERNAL, RFC 4422, Appendix A).</summary>
internal sealed record ExternalLogin : Login;

/// <summary>A user with a password, in addition to the certificate.</summary>
/// <param name="PasswordFile">An absolute path in a <see cref="Configuration"/>. Its content is a <see cref="Secret"/>.</param>
internal sealed record PasswordLogin(string User, string PasswordFile) : Login;

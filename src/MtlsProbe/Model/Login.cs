namespace MtlsProbe.Model;

/// <summary>The login inside the session, whose answer decides. One of the two derived records.</summary>
internal abstract record Login;

/// <summary>No user is named: the certificate identifies the client (SASL EXTERNAL, RFC 4422, Appendix A).</summary>
internal sealed record ExternalLogin : Login;

/// <summary>A user, by a password on top of the certificate.</summary>
/// <param name="PasswordFile">Absolute in a <see cref="Configuration"/>; what is in it is a <see cref="Secret"/>.</param>
internal sealed record PasswordLogin(string User, string PasswordFile) : Login;

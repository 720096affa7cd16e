using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>The key <c>login</c>: one word, or a user and a password file. Any other value is not quoted: it may be a password.</summary>
internal static class LoginGrammar
{
    private const string Forms = "external, none, or { user: NAME, password_file: FILE }";

    private static readonly string[] s_keys = ["user", "password_file"];

    public static Setting<Login>? Read(Section section, string key) => section.ReadEither(key, Word, s_keys, Named);

    /// <summary>A login without a password.</summary>
    public static Reading<Login> External(string text) => text == "external" ? new ExternalLogin() : Reading<Login>.Withheld("is not a way to log in", "external");

    /// <summary>The same, or <c>none</c>, which takes back that of the defaults.</summary>
    private static Reading<Login> Word(string text) => text switch
    {
        "none" => new Reading<Login>(null, null, null),
        _ when External(text) is { Problem: null } login => login,
        _ => Reading<Login>.Withheld("is not a way to log in", Forms),
    };

    private static PasswordLogin? Named(Section login)
    {
        var user = login.Read("user", BlockGrammar.Name);
        var file = login.Read("password_file", Grammar.FilePath);
        if (login.IsIntelligible && user is null) login.Complain("names no user", Forms);
        else if (login.IsIntelligible && file is null) login.Complain("has no password", "password_file: FILE, which holds the password and no other line");
        return user is { Valid: true } && file is { Valid: true } ? new PasswordLogin(user.Value!, file.Value!) : null;
    }
}

using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>Which login goes with which protocol, and what it becomes.</summary>
/// <param name="directory">Where relative paths start.</param>
internal sealed class LoginRules(string directory)
{
    /// <summary>The protocol with the login of the target, or with its own, and the path of the password absolute.</summary>
    public Protocol With(Protocol spoken, Login? login) => (login ?? spoken.Login) switch
    {
        PasswordLogin { PasswordFile: var file } named => spoken with { Login = named with { PasswordFile = Path.GetFullPath(file, directory) } },
        { } other => spoken with { Login = other },
        null => spoken,
    };

    /// <summary>What is wrong with saying this login; null: nothing.</summary>
    /// <param name="spoken">Without it.</param>
    public static (string Problem, string Hint)? Problem(ProtocolGrammar grammar, Login login, Protocol spoken)
    {
        var kind = login is ExternalLogin ? LoginKinds.External : LoginKinds.Password;
        if (grammar.Logins.HasFlag(kind)) return grammar.LoginProblem(login, spoken);
        return grammar.Logins == LoginKinds.None
            ? ($"a login is not supported with protocol {grammar.Name}", grammar.LoginHint ?? "remove it: an answer proves the session only")
            : ($"MtlsProbe does not support a login {(kind == LoginKinds.External ? "by the certificate alone" : "with a password")} for protocol {grammar.Name}",
                grammar.LoginHint ?? (kind == LoginKinds.External ? "login: { user: NAME, password_file: FILE }" : "login: external"));
    }
}

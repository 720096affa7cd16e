using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>The logins at the servers of services with a password.</summary>
internal static class Logins
{
    public const string User = "shop";

    /// <summary>The password of every user that has one.</summary>
    public const string Word = "not-a-secret";

    /// <summary>The keys of a target that logs in.</summary>
    /// <param name="way"><c>external</c>; or a user with the right password, <c>shop</c>, or with a wrong one, <c>shop!</c>.</param>
    public static string Keys(Workspace workspace, string protocol, string way)
    {
        if (way == "external") return "login: external";
        var (user, word) = way.EndsWith('!') ? (way[..^1], "wrong") : (way, Word);
        var file = workspace.Write(way.EndsWith('!') ? "wrong-word" : "word", word + "\n");
        return protocol == "mqtts" ? $"mqtt: {{ username: \"{user}\", password_file: {file} }}" : $"login: {{ user: \"{user}\", password_file: {file} }}";
    }
}

using System.Text;
using MtlsProbe.Config;

namespace MtlsProbe.Clusters;

/// <summary>
/// Reads our credentials for a cluster from a kubeconfig (<c>v1.Config</c> of client-go). Programs that a kubeconfig names to fetch a token are not
/// run.
/// </summary>
internal static class KubeconfigLogin
{
    /// <summary>Maximum number of clusters, of users and of contexts.</summary>
    private const int MostEntries = 1000;

    /// <param name="path">The file; paths in it are relative to its directory.</param>
    /// <param name="context">Null: the current one.</param>
    /// <returns>
    /// The login, or why there is none, as the continuation of a sentence that begins with the path and quotes only names from the file.
    /// </returns>
    public static (ClusterLogin? Login, string? Problem) Read(ReadOnlySpan<byte> content, string path, string? context)
    {
        var errors = new ErrorList(path);
        var root = YamlTree.Load(KubeconfigText.Of(content, IsRead), errors);
        if (root is not YamlMapping || errors.Count > 0)
        {
            // The message of the parser quotes the file.
            var line = errors.InOrder() is { Count: > 0 } first ? FormattableString.Invariant($", in line {first[0].Line}") : "";
            return (null, $"is not a readable kubeconfig{line}");
        }

        if ((context ?? Text(root, "current-context")) is not { } wanted) return (null, "has no current context; set context");
        if (Entry(root, "contexts", "context", wanted) is not { } chosen) return (null, context is null ? "has no context with the name in current-context" : "has no context with that name");
        if (Text(chosen, "cluster") is not { } cluster || Entry(root, "clusters", "cluster", cluster) is not { } there) return (null, "has no cluster for this context");
        if (Text(chosen, "user") is not { } user || Entry(root, "users", "user", user) is not { } who) return (null, "has no user for this context");
        return Read(there, who, Path.GetDirectoryName(path) ?? "/");
    }

    private static (ClusterLogin? Login, string? Problem) Read(YamlNode cluster, YamlNode user, string folder)
    {
        if (!Uri.TryCreate(Text(cluster, "server"), UriKind.Absolute, out var server) || server.Scheme != "https" || server.UserInfo.Length + server.Query.Length > 0)
            return (null, "has an unusable server for this context: it must be https://HOST:PORT");
        if (Text(cluster, "insecure-skip-tls-verify") == "true") return (null, "requires to trust any server (insecure-skip-tls-verify), which MtlsProbe does not do: set its certificate authority");
        if (Text(cluster, "proxy-url") is not null) return (null, "has a proxy (proxy-url), which is not supported");
        if (Value(user, "exec") is not null || Value(user, "auth-provider") is not null)
            return (null, "has a program that fetches a token (exec), which is not run; give this context a token, a tokenFile or a client certificate");
        if (Decoded(cluster, "certificate-authority-data", out var authorities) is { } wrong) return (null, wrong);
        if (Decoded(user, "client-certificate-data", out var certificate) is { } none) return (null, none);
        if (Decoded(user, "client-key-data", out var key) is { } noKey) return (null, noKey);
        var login = new ClusterLogin(server.AbsoluteUri.EndsWith('/') ? server : new Uri(server.AbsoluteUri + "/"))
        {
            Authorities = authorities,
            CaFile = authorities is null ? File("certificate-authority", cluster) : null,
            ServerName = Text(cluster, "tls-server-name"),
            Token = Text(user, "tokenFile") is null ? Text(user, "token") : null,
            TokenFile = File("tokenFile", user),
            Certificate = certificate is not null ? (certificate, false) : File("client-certificate", user) is { } shown ? (shown, true) : null,
            Key = key is not null ? (key, false) : File("client-key", user) is { } its ? (its, true) : null,
        };
        if (login.Token is not null && login.Token.Any(c => c is <= ' ' or > '~')) return (null, "has a token for this context with characters that a header cannot contain");
        return login switch
        {
            { Certificate: null, Key: not null } or { Certificate: not null, Key: null } => (null, "has half of a client certificate for this context"),
            { Token: null, TokenFile: null, Certificate: null } => (null, "has neither a token nor a client certificate for this context"),
            _ => (login, null),
        };

        string? File(string name, YamlNode of) => Text(of, name) is { } named ? Path.GetFullPath(named, folder) : null;
    }

    /// <returns>What is wrong with it; null if nothing is.</returns>
    private static string? Decoded(YamlNode node, string name, out string? pem)
    {
        pem = null;
        if (Text(node, name) is not { } text) return null;
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length)) return $"has a {name} for this context that is not base64";
        pem = Encoding.UTF8.GetString(bytes, 0, length);
        return null;
    }

    private static YamlNode? Entry(YamlNode root, string list, string kind, string name) =>
        Value((Value(root, list) as YamlSequence)?.Items.Take(MostEntries).FirstOrDefault(item => Text(item, "name") == name), kind);

    private static YamlNode? Value(YamlNode? node, string key) =>
        (node as YamlMapping)?.Entries.FirstOrDefault(entry => entry.Key is YamlScalar { Text: var name } && name == key).Value;

    private static string? Text(YamlNode? node, string key) => Value(node, key) is YamlScalar { IsEmpty: false, Text: { Length: > 0 } text } ? text : null;

    /// <summary>Not passwords or arguments of programs.</summary>
    private static bool IsRead(ReadOnlySpan<byte> key) =>
        key.SequenceEqual("current-context"u8) || key.SequenceEqual("name"u8) || key.SequenceEqual("cluster"u8) || key.SequenceEqual("user"u8)
        || key.SequenceEqual("server"u8) || key.SequenceEqual("insecure-skip-tls-verify"u8) || key.SequenceEqual("proxy-url"u8) || key.SequenceEqual("tls-server-name"u8)
        || key.SequenceEqual("certificate-authority"u8) || key.SequenceEqual("certificate-authority-data"u8)
        || key.SequenceEqual("token"u8) || key.SequenceEqual("tokenFile"u8)
        || key.SequenceEqual("client-certificate"u8) || key.SequenceEqual("client-certificate-data"u8)
        || key.SequenceEqual("client-key"u8) || key.SequenceEqual("client-key-data"u8);
}

using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>Reads the block <c>kubernetes</c> of credentials and trust bundles, and the keys that say which cluster is meant.</summary>
/// <param name="absolute">Makes a path of the file absolute.</param>
internal sealed class KubernetesRules(Func<string, string> absolute)
{
    /// <summary>For hints.</summary>
    public const string Form = "kubernetes: { namespace: NAMESPACE, secret: NAME }";

    private const int MaxLabel = 63; // RFC 1123 §2.1
    private const int MaxName = 253;
    private const string TrustForm = "kubernetes: { namespace: NAMESPACE, config_map: NAME, key: ca.crt }";

    /// <summary>Those that say which cluster is meant.</summary>
    public static readonly string[] ClusterKeys = ["kubeconfig", "context", "server", "token_file", "ca_file"];

    /// <summary>Null where the block is absent or wrong, which is reported.</summary>
    public KubernetesSecret? Credential(Section credential)
    {
        if (credential.Open("kubernetes", ["namespace", "secret", "certificate", "key", .. ClusterKeys]) is not { } block) return null;
        var (@namespace, name) = (block.Read("namespace", Namespace), block.Read("secret", ObjectName));
        var (certificate, key) = (block.Read("certificate", Entry), block.Read("key", Entry));
        if (block.IsIntelligible && (@namespace is null || name is null)) block.Complain(@namespace is null ? "has no namespace" : "has no secret", Form);
        if (block.IsIntelligible && (certificate is null) != (key is null))
        {
            block.Complain("names the entry of one of certificate and key, but not of the other", "name both, the same where both are in one; without them they are tls.crt and tls.key");
            return null;
        }

        var cluster = Cluster(block);
        if (cluster is null || !block.IsIntelligible || @namespace is not { Valid: true } || name is not { Valid: true } || certificate is { Valid: false } || key is { Valid: false }) return null;
        return new KubernetesSecret(new KubernetesObject(cluster, @namespace.Value!, name.Value!, IsConfigMap: false))
        {
            Certificate = certificate?.Value ?? KubernetesSecret.DefaultCertificate,
            Key = key?.Value ?? KubernetesSecret.DefaultKey,
        };
    }

    /// <summary>The same of a trust bundle.</summary>
    public KubernetesTrust? Trust(Section trust)
    {
        if (trust.Open("kubernetes", ["namespace", "config_map", "secret", "key", .. ClusterKeys]) is not { } block) return null;
        var @namespace = block.Read("namespace", Namespace);
        var (map, secret) = (block.Read("config_map", ObjectName), block.Read("secret", ObjectName));
        var key = block.Read("key", Entry);
        if (block.IsIntelligible && @namespace is null) block.Complain("has no namespace", TrustForm);
        else if (block.IsIntelligible && (map is null) == (secret is null)) block.Complain(map is null ? "names no object" : "names two objects", "config_map or secret: " + TrustForm);
        var cluster = Cluster(block);
        if (cluster is null || !block.IsIntelligible || @namespace is not { Valid: true } || (map is null) == (secret is null) || (map ?? secret) is not { Valid: true } name || key is { Valid: false }) return null;
        return new KubernetesTrust(new KubernetesObject(cluster, @namespace.Value!, name.Value!, IsConfigMap: map is not null), key?.Value ?? KubernetesTrust.DefaultKey);
    }

    /// <summary>Which cluster is meant; null where that is wrong, which is reported.</summary>
    public KubernetesCluster? Cluster(Section block)
    {
        var (kubeconfig, context) = (block.Read("kubeconfig", Grammar.FilePath), block.Read("context", Context));
        var (server, token, authorities) = (block.Read("server", Server), block.Read("token_file", Grammar.FilePath), block.Read("ca_file", Grammar.FilePath));
        if (kubeconfig is { Valid: false } || context is { Valid: false } || server is { Valid: false } || token is { Valid: false } || authorities is { Valid: false }) return null;
        if (kubeconfig is not null && (server is not null || token is not null || authorities is not null))
        {
            block.Complain("has server, token_file or ca_file beside kubeconfig", "the kubeconfig says them; remove one or the other");
            return null;
        }

        if (context is not null && kubeconfig is null)
        {
            block.Complain("has a context, but no kubeconfig", "kubeconfig: FILE");
            return null;
        }

        var own = KubernetesCluster.Own;
        return own with
        {
            Kubeconfig = kubeconfig is null ? null : absolute(kubeconfig.Value!),
            Context = context?.Value,
            Server = server?.Value ?? own.Server,
            TokenFile = token is null ? own.TokenFile : absolute(token.Value!),
            CaFile = authorities is null ? own.CaFile : absolute(authorities.Value!),
        };
    }

    /// <summary>A label of DNS.</summary>
    public static Reading<string> Namespace(string text) =>
        text.Length is > 0 and <= MaxLabel && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && text[0] != '-' && text[^1] != '-'
            ? text
            : Reading<string>.Wrong("is not the name of a namespace", "lower-case letters, digits and -");

    /// <summary>A subdomain of DNS.</summary>
    private static Reading<string> ObjectName(string text) =>
        text.Length is > 0 and <= MaxName && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.') && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
            ? text
            : Reading<string>.Wrong("is not the name of a secret or ConfigMap", "lower-case letters, digits, - and .");

    private static Reading<string> Entry(string text) =>
        PastedSecret.Is(text) ? Reading<string>.Withheld(PastedSecret.Problem, "name the entry of the object here")
        : text.Length is > 0 and <= MaxName && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_') ? text
        : Reading<string>.Wrong("is not the name of an entry", "letters, digits, -, . and _, as in tls.crt");

    private static Reading<string> Context(string text) =>
        text.Length is > 0 and <= MaxName && !text.Any(char.IsControl) ? text : Reading<string>.Wrong("is not the name of a context", "kubectl config get-contexts lists them");

    private static Reading<Uri> Server(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "https", UserInfo: "", Query: "", Fragment: "" } && text.All(char.IsAscii)
            ? uri.AbsoluteUri.EndsWith('/') ? uri : new Uri(uri.AbsoluteUri + "/")
            : Reading<Uri>.Wrong("is not the URL of an API server", "https://HOST:PORT");
}

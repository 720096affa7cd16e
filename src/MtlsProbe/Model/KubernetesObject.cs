using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A secret or a ConfigMap of a cluster, by its name.</summary>
internal sealed record KubernetesObject(KubernetesCluster Cluster, string Namespace, string Name, bool IsConfigMap)
{
    public const string SourceKind = "kubernetes";

    /// <summary>The name in the API, and in the roles that must allow it.</summary>
    public string Resource => IsConfigMap ? "configmaps" : "secrets";

    /// <summary>The path of the list of all objects of this kind in the namespace.</summary>
    public string ListPath => $"api/v1/namespaces/{Namespace}/{Resource}";

    public string Path => $"{ListPath}/{Name}";

    /// <summary>The name in sentences.</summary>
    public string Place => $"{(IsConfigMap ? "configmap" : "secret")}/{Namespace}/{Name}";

    /// <summary>A kubectl command that prints the content of an entry.</summary>
    public string Print(string key)
    {
        var template = IsConfigMap ? $"{{{{index .data \"{key}\"}}}}" : $"{{{{index .data \"{key}\" | base64decode}}}}";
        return $"kubectl get {(IsConfigMap ? "configmap" : "secret")} {Name} --namespace {Namespace}{Cluster.Flags} -o {ShellWord.Of("go-template=" + template)}";
    }
}

/// <summary>A credential in a secret of a cluster, in entries that hold PEM.</summary>
internal sealed record KubernetesSecret(KubernetesObject Object) : CredentialSource
{
    public const string DefaultCertificate = "tls.crt";

    public const string DefaultKey = "tls.key";

    /// <summary>The entry with the leaf, followed by its chain.</summary>
    public string Certificate { get; init; } = DefaultCertificate;

    /// <summary>The entry with the private key; can be the same.</summary>
    public string Key { get; init; } = DefaultKey;

    public override ValueList<string> Places => Certificate == Key ? [$"{Object.Cluster.Name} {Object.Place}#{Certificate}"] : [$"{Object.Cluster.Name} {Object.Place}#{Certificate}", $"{Object.Cluster.Name} {Object.Place}#{Key}"];

    public override SourceByHand ByHand => new(
        $"umask 077; {Object.Print(Certificate)} > client.crt; {Object.Print(Key)} > client.key", new CredentialFiles("client.crt", "client.key", null));
}

/// <summary>Trust anchors in an entry of a ConfigMap or a secret of a cluster, in PEM.</summary>
internal sealed record KubernetesTrust(KubernetesObject Object, string Key) : TrustOrigin
{
    /// <summary>The name that Kubernetes and cert-manager use.</summary>
    public const string DefaultKey = "ca.crt";

    public override ValueList<string> Places => [$"{Object.Cluster.Name} {Object.Place}#{Key}"];

    public override TrustByHand ByHand => new($"{Object.Print(Key)} > trust.pem", "trust.pem");
}

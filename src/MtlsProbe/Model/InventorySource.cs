using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A named set of places where certificates are stored, as configured. Paths are absolute and may be patterns.</summary>
internal sealed record InventorySource(string Name)
{
    /// <summary>Patterns of files with certificates, in PEM or DER.</summary>
    public ValueList<string> Files { get; init; } = [];

    /// <summary>Patterns of kubeconfig files.</summary>
    public ValueList<string> Kubeconfigs { get; init; } = [];

    /// <summary>Patterns of PKCS#12, JKS and JCEKS files.</summary>
    public ValueList<string> Keystores { get; init; } = [];

    /// <summary>The file with the passphrase of the keystores; null where none is given.</summary>
    public string? PassphraseFile { get; init; }

    /// <summary>Secrets and ConfigMaps of a cluster; null where none are read.</summary>
    public KubernetesPlaces? Kubernetes { get; init; }
}

/// <summary>Where in a cluster certificates are looked for.</summary>
/// <param name="Namespaces">Never empty.</param>
internal sealed record KubernetesPlaces(ValueList<string> Namespaces)
{
    /// <summary>Instead of a namespace: all of them.</summary>
    public const string AllNamespaces = "*";

    public KubernetesCluster Cluster { get; init; } = KubernetesCluster.Own;
}

using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A named set of places where certificates are stored, as configured. Paths are absolute and can be patterns.</summary>
internal sealed record InventorySource(string Name)
{
    /// <summary>Patterns of files with certificates, in PEM or DER.</summary>
    public ValueList<string> Files { get; init; } = [];

    /// <summary>Patterns of kubeconfig files.</summary>
    public ValueList<string> Kubeconfigs { get; init; } = [];

    /// <summary>Patterns of PKCS#12, JKS and JCEKS files.</summary>
    public ValueList<string> Keystores { get; init; } = [];

    /// <summary>The file with the passphrase of the keystores; null if none is given.</summary>
    public string? PassphraseFile { get; init; }

    /// <summary>Secrets and ConfigMaps of a cluster; null if none are read.</summary>
    public KubernetesPlaces? Kubernetes { get; init; }
}

/// <summary>The places in a cluster that are searched for certificates.</summary>
/// <param name="Namespaces">Never empty.</param>
internal sealed record KubernetesPlaces(ValueList<string> Namespaces)
{
    /// <summary>Stands for all namespaces.</summary>
    public const string AllNamespaces = "*";

    public KubernetesCluster Cluster { get; init; } = KubernetesCluster.Own;
}

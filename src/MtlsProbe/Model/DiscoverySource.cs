using MtlsProbe.DnsQueries;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A discovery source of the configuration.</summary>
/// <param name="Name">Unique; the label <c>source</c> of its metrics.</param>
internal sealed record DiscoverySource(string Name, DiscoveryPlace Place);

/// <summary>Where a source finds its targets. Each kind is a derived record.</summary>
internal abstract record DiscoveryPlace
{
    /// <summary>Its key in the configuration.</summary>
    public abstract string Kind { get; }

    /// <summary>The place for people to read, without secrets.</summary>
    public abstract string Shown { get; }

    /// <summary>What is insecure about it, and how to fix that; null if nothing.</summary>
    public virtual (string Problem, string Hint)? Caution => null;
}

/// <summary>Files in the format of Prometheus' file_sd.</summary>
/// <param name="Patterns">Absolute paths.</param>
internal sealed record FileDiscovery(ValueList<string> Patterns) : DiscoveryPlace
{
    public override string Kind => "file";

    public override string Shown => string.Join(", ", Patterns);
}

/// <summary>A server that lists targets in the format of Prometheus' http_sd.</summary>
internal sealed record HttpDiscovery(Uri Url) : DiscoveryPlace
{
    public static readonly TimeSpan DefaultRefresh = TimeSpan.FromMinutes(1);

    /// <summary>The interval between two requests.</summary>
    public TimeSpan Refresh { get; init; } = DefaultRefresh;

    /// <summary>The authorities that are trusted for the server's certificate; null: those of the machine.</summary>
    public string? CaFile { get; init; }

    /// <summary>Contains the bearer token, read for each request; null: none is sent.</summary>
    public string? TokenFile { get; init; }

    /// <summary>For basic authentication; null: there is none.</summary>
    public string? Username { get; init; }

    /// <summary>Read for each request; null without <see cref="Username"/>.</summary>
    public string? PasswordFile { get; init; }

    public override string Kind => "http";

    /// <summary>Without the query, which may contain a key.</summary>
    public override string Shown => Url.GetLeftPart(UriPartial.Path) + (Url.Query.Length > 0 ? "?…" : "");

    public override (string Problem, string Hint)? Caution => (Url, TokenFile ?? PasswordFile) is ({ Scheme: "http", IsLoopback: false }, not null)
        ? ($"{Url.GetLeftPart(UriPartial.Authority)} is requested without TLS: others can read the credential on the network, and replace the targets", "use https://")
        : null;
}

/// <summary>Names in DNS.</summary>
/// <param name="Names">Complete: no search domain is appended.</param>
internal sealed record DnsDiscovery(ValueList<string> Names) : DiscoveryPlace
{
    public static readonly TimeSpan DefaultRefresh = TimeSpan.FromSeconds(30);

    public DnsRecordType Type { get; init; } = DnsRecordType.Srv;

    /// <summary>Of all targets; 0 for SRV records, which contain their own.</summary>
    public int Port { get; init; }

    /// <summary>The interval between two lookups; shorter if records expire earlier.</summary>
    public TimeSpan Refresh { get; init; } = DefaultRefresh;

    /// <summary>The IP address and port of a name server; null: those of the machine.</summary>
    public HostPort? Server { get; init; }

    public override string Kind => "dns";

    public override string Shown => string.Join(", ", Names);
}

/// <summary>Objects of a Kubernetes cluster.</summary>
internal sealed record KubernetesDiscovery(KubernetesRole Role) : DiscoveryPlace
{
    public KubernetesCluster Cluster { get; init; } = KubernetesCluster.Own;

    /// <summary>Empty for all.</summary>
    public ValueList<string> Namespaces { get; init; } = [];

    /// <summary>In the syntax of the API; empty for all.</summary>
    public string LabelSelector { get; init; } = "";

    /// <summary>Whether objects without the annotation <c>mtlsprobe.io/probe</c> are probed too.</summary>
    public bool All { get; init; }

    public override string Kind => "kubernetes";

    public override string Shown => $"{Cluster.Name} {Role switch
    {
        KubernetesRole.Service => "services",
        KubernetesRole.EndpointSlice => "endpointslices",
        KubernetesRole.Pod => "pods",
        KubernetesRole.Ingress => "ingresses",
        _ => "gateways",
    }}{(Namespaces.Count == 0 ? "" : $" of {string.Join(", ", Namespaces)}")}{(LabelSelector.Length == 0 ? "" : $" with {LabelSelector}")}";
}

/// <summary>The kind of objects that targets are derived from.</summary>
internal enum KubernetesRole
{
    /// <summary>A target for each service and port.</summary>
    Service,

    /// <summary>A target for each ready endpoint of a service and port.</summary>
    EndpointSlice,

    /// <summary>A target for each running pod and port.</summary>
    Pod,

    /// <summary>A target for each host with TLS.</summary>
    Ingress,

    /// <summary>A target for each listener with TLS.</summary>
    Gateway,
}

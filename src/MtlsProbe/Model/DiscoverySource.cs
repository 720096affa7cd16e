using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A source of targets besides the configuration.</summary>
/// <param name="Name">Unique; the label <c>source</c>.</param>
internal sealed record DiscoverySource(string Name, DiscoveryPlace Place);

/// <summary>Where a source finds its targets. Each kind is a derived record.</summary>
internal abstract record DiscoveryPlace
{
    /// <summary>The key of this kind in the configuration.</summary>
    public abstract string Kind { get; }

    /// <summary>The place, for people; never with a secret in it.</summary>
    public abstract string Shown { get; }

    /// <summary>What is unwise about this configuration, and what to do instead; null: nothing.</summary>
    public virtual (string Problem, string Hint)? Caution => null;
}

/// <summary>Files in the format of Prometheus' file_sd.</summary>
/// <param name="Patterns">Absolute paths or patterns.</param>
internal sealed record FileDiscovery(ValueList<string> Patterns) : DiscoveryPlace
{
    public override string Kind => "file";

    public override string Shown => string.Join(", ", Patterns);
}

/// <summary>A server that answers in the format of Prometheus' http_sd.</summary>
internal sealed record HttpDiscovery(Uri Url) : DiscoveryPlace
{
    public static readonly TimeSpan DefaultRefresh = TimeSpan.FromMinutes(1);

    /// <summary>Approximate time between the starts of two requests.</summary>
    public TimeSpan Refresh { get; init; } = DefaultRefresh;

    /// <summary>The file with the CA certificates that must have issued the server's certificate; null: the machine's anchors.</summary>
    public string? CaFile { get; init; }

    /// <summary>The file with a bearer token, read for each request; null: none is sent.</summary>
    public string? TokenFile { get; init; }

    /// <summary>The user for basic authentication; null: none.</summary>
    public string? Username { get; init; }

    /// <summary>The file with the password, read for each request; null without <see cref="Username"/>.</summary>
    public string? PasswordFile { get; init; }

    public override string Kind => "http";

    public override string Shown => Url.AbsoluteUri;

    public override (string Problem, string Hint)? Caution => (Url, TokenFile ?? PasswordFile) is ({ Scheme: "http", IsLoopback: false }, not null)
        ? ($"{Url.GetLeftPart(UriPartial.Authority)} is accessed without TLS: the credential can be read in transit, and the targets can be replaced", "https://")
        : null;
}

/// <summary>Names in DNS.</summary>
/// <param name="Names">Complete names: nothing is appended.</param>
internal sealed record DnsDiscovery(ValueList<string> Names) : DiscoveryPlace
{
    public static readonly TimeSpan DefaultRefresh = TimeSpan.FromSeconds(30);

    public DnsRecordType Type { get; init; } = DnsRecordType.Srv;

    /// <summary>The port of all targets, for record types that have none.</summary>
    public int Port { get; init; }

    /// <summary>The longest time between two lookups of a name.</summary>
    public TimeSpan Refresh { get; init; } = DefaultRefresh;

    /// <summary>The DNS server, by its IP address; null: those of the machine.</summary>
    public HostPort? Server { get; init; }

    public override string Kind => "dns";

    public override string Shown => string.Join(", ", Names);
}

/// <summary>A type of records in which targets are found.</summary>
internal enum DnsRecordType
{
    Srv,
    A,
    Aaaa,
}

/// <summary>Objects of a Kubernetes cluster.</summary>
internal sealed record KubernetesDiscovery(KubernetesRole Role) : DiscoveryPlace
{
    public KubernetesCluster Cluster { get; init; } = KubernetesCluster.Own;

    /// <summary>Empty: all.</summary>
    public ValueList<string> Namespaces { get; init; } = [];

    /// <summary>In the syntax of the API; empty: all objects.</summary>
    public string LabelSelector { get; init; } = "";

    /// <summary>Whether to probe objects that do not ask for it by an annotation.</summary>
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

/// <summary>The kind of objects that targets are found in.</summary>
internal enum KubernetesRole
{
    /// <summary>A target for each service and port.</summary>
    Service,

    /// <summary>A target for each address behind a service.</summary>
    EndpointSlice,

    Pod,

    /// <summary>A target for each host that has TLS.</summary>
    Ingress,

    /// <summary>A target for each host that has TLS.</summary>
    Gateway,
}

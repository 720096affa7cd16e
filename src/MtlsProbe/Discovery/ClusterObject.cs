using System.Text.Json;
using MtlsProbe.Clusters;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>What is kept of an object of a cluster.</summary>
internal sealed record ClusterObject(ClusterKind Kind)
{
    private const string Prefix = "mtlsprobe.io/";

    /// <summary>Of one object, and of each of its lists: what no one has, a program has made.</summary>
    private const int Most = 1000;

    /// <summary>Those of ours, without their prefix, in the order of their names.</summary>
    public ValueList<Label> Annotations { get; init; } = [];

    /// <summary>Where it may be reached; the name of a port may be empty.</summary>
    public ValueList<ClusterPort> Ports { get; init; } = [];

    /// <summary>IP addresses, each with the pod that has it, if that is known; hosts of an ingress or a gateway.</summary>
    public ValueList<ClusterEndpoint> Endpoints { get; init; } = [];

    /// <summary>Of a slice of endpoints: the service that they belong to.</summary>
    public string Service { get; init; } = "";

    /// <summary>When the object was created, as the API server writes it (RFC 3339, UTC): such texts sort by time.</summary>
    public string Created { get; init; } = "";

    public string? Annotation(string key) => Annotations.FirstOrDefault(one => one.Name == key) is { Name: not null, Value: var value } ? value : null;

    public static ClusterObject ReadService(JsonElement item) => Read(item, ClusterKind.Service) with { Ports = PortsOf(item.At("spec"), "ports", "port") };

    public static ClusterObject ReadSlice(JsonElement item) => Read(item, ClusterKind.EndpointSlice) with
    {
        Service = item.At("metadata")?.At("labels")?.Text("kubernetes.io/service-name") ?? "",
        Ports = PortsOf(item, "ports", "port"),
        Endpoints = item.Text("addressType") == "FQDN" ? [] :
        [
            .. from endpoint in item.Items("endpoints").Take(Most)
               where endpoint.At("conditions")?.At("ready") is not { ValueKind: JsonValueKind.False }
               from address in endpoint.Items("addresses").Take(Most)
               where address.ValueKind == JsonValueKind.String
               select new ClusterEndpoint(address.GetString()!, endpoint.At("targetRef") is { } reference && reference.Text("kind") == "Pod" ? reference.Text("name") ?? "" : ""),
        ],
    };

    public static ClusterObject ReadPod(JsonElement item) => Read(item, ClusterKind.Pod) with
    {
        Ports = [.. (item.At("spec")?.Items("containers") ?? []).Take(Most).SelectMany(container => PortsOf(container, "ports", "containerPort"))],
        Endpoints = item.At("status") is { } status && status.Text("phase") == "Running" && status.Text("podIP") is { Length: > 0 } address && item.At("metadata")?.At("deletionTimestamp") is null
            ? [new ClusterEndpoint(address, item.At("metadata")?.Text("name") ?? "")]
            : [],
    };

    public static ClusterObject ReadIngress(JsonElement item) => Read(item, ClusterKind.Ingress) with
    {
        Endpoints =
        [
            .. (item.At("spec")?.Items("tls") ?? []).Take(Most).SelectMany(tls => tls.Items("hosts").Take(Most)).Where(host => host.ValueKind == JsonValueKind.String)
                .Select(host => new ClusterEndpoint(host.GetString()!, "")).Distinct(),
        ],
    };

    public static ClusterObject ReadGateway(JsonElement item) => Read(item, ClusterKind.Gateway) with
    {
        Endpoints =
        [
            .. from listener in (item.At("spec")?.Items("listeners") ?? []).Take(Most)
               where listener.Text("protocol") is "HTTPS" or "TLS"
               select new ClusterEndpoint(listener.Text("hostname") ?? "", "") { Port = NumberOf(listener, "port") },
        ],
    };

    private static ClusterObject Read(JsonElement item, ClusterKind kind) => new(kind)
    {
        Created = item.At("metadata")?.Text("creationTimestamp") ?? "",
        Annotations = item.At("metadata")?.At("annotations") is { ValueKind: JsonValueKind.Object } annotations
            ? [.. annotations.EnumerateObject().Where(one => one.Name.StartsWith(Prefix, StringComparison.Ordinal) && one.Value.ValueKind == JsonValueKind.String)
                .Select(one => new Label(one.Name[Prefix.Length..], one.Value.GetString()!)).OrderBy(one => one.Name, StringComparer.Ordinal).Take(Most)]
            : [],
    };

    private static ValueList<ClusterPort> PortsOf(JsonElement? owner, string list, string number) =>
    [
        .. from port in (owner?.Items(list) ?? []).Take(Most)
           where port.Text("protocol") is null or "TCP" && NumberOf(port, number) > 0
           select new ClusterPort(port.Text("name") ?? "", NumberOf(port, number)),
    ];

    private static int NumberOf(JsonElement owner, string name) => owner.At(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) && number is > 0 and < 65536 ? number : 0;
}

internal readonly record struct ClusterPort(string Name, int Number);

/// <param name="Pod">Empty where it is not known.</param>
internal readonly record struct ClusterEndpoint(string Address, string Pod)
{
    /// <summary>0: another says it.</summary>
    public int Port { get; init; }
}

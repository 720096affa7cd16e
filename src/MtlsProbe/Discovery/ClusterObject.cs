using System.Text.Json;
using MtlsProbe.Clusters;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>The parts of a Kubernetes object that determine its targets.</summary>
internal sealed record ClusterObject(ClusterKind Kind)
{
    private const string Prefix = "mtlsprobe.io/";

    /// <summary>Of each list of an object. EndpointSlices have up to 1,000 endpoints, other lists of real objects are shorter.</summary>
    private const int Most = 1000;

    /// <summary>What an entry of a list takes in memory besides its text, in characters.</summary>
    private const int EntrySize = 24;

    /// <summary>Ours, without their prefix, sorted by name.</summary>
    public ValueList<Label> Annotations { get; init; } = [];

    /// <summary>The TCP ports; the name of a port may be empty.</summary>
    public ValueList<ClusterPort> Ports { get; init; } = [];

    /// <summary>Of an EndpointSlice or a pod: the IP addresses; of an Ingress or a Gateway: the hosts.</summary>
    public ValueList<ClusterEndpoint> Endpoints { get; init; } = [];

    /// <summary>Of an EndpointSlice: the name of its service.</summary>
    public string Service { get; init; } = "";

    /// <summary>When the object was created, as the API server writes it (RFC 3339, UTC): such texts sort by time.</summary>
    public string Created { get; init; } = "";

    /// <summary>What it takes in memory, in characters.</summary>
    public int Size => 100 + Annotations.Sum(one => one.Name.Length + one.Value.Length + EntrySize) + Ports.Sum(one => one.Name.Length + EntrySize) + Endpoints.Sum(one => one.Address.Length + one.Pod.Length + EntrySize);

    public string? Annotation(string key) => Annotations.FirstOrDefault(one => one.Name == key) is { Name: not null, Value: var value } ? value : null;

    public static ClusterObject ReadService(JsonElement item) => Read(item, ClusterKind.Service) with { Ports = PortsOf([item.At("spec")], "port") };

    public static ClusterObject ReadSlice(JsonElement item) => Read(item, ClusterKind.EndpointSlice) with
    {
        Service = item.At("metadata")?.At("labels")?.Text("kubernetes.io/service-name") ?? "",
        Ports = PortsOf([item], "port"),
        Endpoints = item.Text("addressType") == "FQDN" ? [] :
        [
            .. (from endpoint in item.Items("endpoints")
                where endpoint.At("conditions")?.At("ready") is not { ValueKind: JsonValueKind.False }
                let pod = endpoint.At("targetRef") is { } reference && reference.Text("kind") == "Pod" ? reference.Text("name") : null
                from address in endpoint.Items("addresses")
                where address.ValueKind == JsonValueKind.String
                select new ClusterEndpoint(address.GetString()!, pod ?? "")).Take(Most),
        ],
    };

    public static ClusterObject ReadPod(JsonElement item) => Read(item, ClusterKind.Pod) with
    {
        Ports = PortsOf((item.At("spec")?.Items("containers") ?? []).Cast<JsonElement?>(), "containerPort"),
        Endpoints = item.At("status") is { } status && status.Text("phase") == "Running" && status.Text("podIP") is { Length: > 0 } address && item.At("metadata")?.At("deletionTimestamp") is null
            ? [new ClusterEndpoint(address, item.At("metadata")?.Text("name") ?? "")]
            : [],
    };

    public static ClusterObject ReadIngress(JsonElement item) => Read(item, ClusterKind.Ingress) with
    {
        Endpoints =
        [
            .. (from tls in item.At("spec")?.Items("tls") ?? []
                from host in tls.Items("hosts")
                where host.ValueKind == JsonValueKind.String
                select new ClusterEndpoint(host.GetString()!, "")).Take(Most).Distinct(),
        ],
    };

    public static ClusterObject ReadGateway(JsonElement item) => Read(item, ClusterKind.Gateway) with
    {
        Endpoints =
        [
            .. (from listener in item.At("spec")?.Items("listeners") ?? []
                where listener.Text("protocol") is "HTTPS" or "TLS"
                select new ClusterEndpoint(listener.Text("hostname") ?? "", "") { Port = NumberOf(listener, "port") }).Take(Most).Distinct(),
        ],
    };

    private static ClusterObject Read(JsonElement item, ClusterKind kind) => new(kind)
    {
        Created = item.At("metadata")?.Text("creationTimestamp") ?? "",
        Annotations = item.At("metadata")?.At("annotations") is { ValueKind: JsonValueKind.Object } annotations
            ? [.. annotations.EnumerateObject().Where(one => one.Name.StartsWith(Prefix, StringComparison.Ordinal) && one.Value.ValueKind == JsonValueKind.String)
                .Select(one => new Label(one.Name[Prefix.Length..], one.Value.GetString()!)).Take(Most).OrderBy(one => one.Name, StringComparer.Ordinal)]
            : [],
    };

    /// <param name="owners">Each with a list <c>ports</c>.</param>
    /// <param name="number">The key of the port number.</param>
    private static ValueList<ClusterPort> PortsOf(IEnumerable<JsonElement?> owners, string number) =>
    [
        .. (from owner in owners
            from port in owner?.Items("ports") ?? []
            where port.Text("protocol") is null or "TCP" && NumberOf(port, number) > 0
            select new ClusterPort(port.Text("name") ?? "", NumberOf(port, number))).Take(Most),
    ];

    private static int NumberOf(JsonElement owner, string name) => owner.At(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) && number is > 0 and < 65536 ? number : 0;
}

internal readonly record struct ClusterPort(string Name, int Number);

/// <param name="Pod">The name of its pod; empty if unknown.</param>
internal readonly record struct ClusterEndpoint(string Address, string Pod)
{
    /// <summary>Of a listener of a Gateway; otherwise 0.</summary>
    public int Port { get; init; }
}

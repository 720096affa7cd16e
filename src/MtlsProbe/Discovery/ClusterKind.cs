using System.Text.Json;
using MtlsProbe.Model;

namespace MtlsProbe.Discovery;

/// <summary>A kind of Kubernetes objects that targets are derived from.</summary>
/// <param name="name">In sentences and label names.</param>
/// <param name="api">The path of its group and version.</param>
/// <param name="resource">As in RBAC rules.</param>
internal sealed class ClusterKind(string name, string api, string resource, Func<JsonElement, ClusterObject> read)
{
    public static readonly ClusterKind Service = new("service", "api/v1", "services", ClusterObject.ReadService);
    public static readonly ClusterKind EndpointSlice = new("endpointslice", "apis/discovery.k8s.io/v1", "endpointslices", ClusterObject.ReadSlice);
    public static readonly ClusterKind Pod = new("pod", "api/v1", "pods", ClusterObject.ReadPod);
    public static readonly ClusterKind Ingress = new("ingress", "apis/networking.k8s.io/v1", "ingresses", ClusterObject.ReadIngress);
    public static readonly ClusterKind Gateway = new("gateway", "apis/gateway.networking.k8s.io/v1", "gateways", ClusterObject.ReadGateway);

    public string Name => name;

    /// <summary>The kinds that a role needs, the one with the targets last. Endpoints also need their services, which have the annotations.</summary>
    public static IReadOnlyList<ClusterKind> Of(KubernetesRole role) => role switch
    {
        KubernetesRole.Service => [Service],
        KubernetesRole.EndpointSlice => [Service, EndpointSlice],
        KubernetesRole.Pod => [Pod],
        KubernetesRole.Ingress => [Ingress],
        _ => [Gateway],
    };

    public ClusterObject Read(JsonElement item) => read(item);

    /// <param name="in">A namespace; null for all.</param>
    public string Path(string? @in) => @in is null ? $"{api}/{resource}" : $"{api}/namespaces/{@in}/{resource}";
}

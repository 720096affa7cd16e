using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>Reads the block <c>kubernetes</c> of a discovery source.</summary>
/// <param name="absolute">Makes a path from the file absolute.</param>
internal sealed class KubernetesDiscoveryRules(Func<string, string> absolute)
{
    private const string Form = "kubernetes: { role: service }";
    private const int MaxSelector = 1000;

    public static readonly string[] Keys = ["role", "namespaces", "label_selector", "all", .. KubernetesRules.ClusterKeys];

    /// <summary>Null if something is wrong with it, which is reported.</summary>
    public KubernetesDiscovery? Read(Section block)
    {
        var (role, all) = (block.Read("role", Role), block.Read("all", Grammar.Flag));
        var namespaces = block.ReadList("namespaces", KubernetesRules.Namespace);
        var selector = block.Read("label_selector", Selector);
        if (role is null && block.IsIntelligible) block.Complain("has no role", Form);
        var cluster = new KubernetesRules(absolute).Cluster(block);
        if (cluster is null || !block.IsIntelligible || role is not { Valid: true } || namespaces is { Valid: false } || selector is { Valid: false } || all is { Valid: false }) return null;
        return new KubernetesDiscovery(role.Value)
        {
            Cluster = cluster,
            Namespaces = namespaces?.Value.Distinct().ToValueList() ?? [],
            LabelSelector = selector?.Value ?? "",
            All = all?.Value ?? false,
        };
    }

    private static Reading<KubernetesRole> Role(string text) => text switch
    {
        "service" => KubernetesRole.Service,
        "endpointslice" => KubernetesRole.EndpointSlice,
        "pod" => KubernetesRole.Pod,
        "ingress" => KubernetesRole.Ingress,
        "gateway" => KubernetesRole.Gateway,
        _ => Reading<KubernetesRole>.Wrong("is not a role", "service, endpointslice, pod, ingress or gateway"),
    };

    /// <summary>The API server checks the rest.</summary>
    private static Reading<string> Selector(string text) =>
        text.Length is > 0 and <= MaxSelector && text.All(c => c is >= ' ' and <= '~') ? text : Reading<string>.Wrong("is not a label selector", "for example team=money,env in (prod, stage)");
}

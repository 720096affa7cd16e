using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MtlsProbe.Clusters;
using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// Derives targets from Kubernetes objects. Annotations determine which objects are probed, and how: <c>mtlsprobe.io/probe</c>, <c>mtlsprobe.io/port</c>,
/// <c>mtlsprobe.io/label-NAME</c>, and <c>mtlsprobe.io/KEY</c> for any key of a target.
/// </summary>
internal static class ClusterTargets
{
    private const int MaxShown = 200;
    private const int TlsPort = 443;

    /// <summary>Annotations that are not keys of a target.</summary>
    private const string Probe = "probe";
    private const string Port = "port";
    private const string LabelPrefix = "label-";

    /// <summary>Has no effect for endpoints, which would all have the same name.</summary>
    private const string Name = "name";

    /// <summary>Has no effect: a user who may annotate an object must not direct probes elsewhere.</summary>
    private const string NoAddress = "address";

    /// <summary>Names of ports with TLS, also if followed by a dash and more, as Istio interprets them.</summary>
    private static readonly string[] s_tlsPorts = ["https", "tls", "mtls"];

    /// <param name="objects">Of the kinds that the role needs.</param>
    /// <returns>The targets, as far as there is a limit, and whether there are more.</returns>
    public static (ValueList<DiscoveredTarget> Targets, bool IsCut) Targets(KubernetesDiscovery place, IReadOnlyList<(ObjectName Name, ClusterObject Object)> objects)
    {
        Dictionary<ObjectName, ClusterObject> services = [];
        foreach (var (name, one) in objects.Where(one => one.Object.Kind == ClusterKind.Service)) services[name] = one;

        // As the Gateway API resolves conflicts: a new object does not take over the name of a target.
        var oldestFirst = objects.OrderBy(one => one.Object.Created, StringComparer.Ordinal);

        // EndpointSlices of one service may share an endpoint for a while.
        List<DiscoveredTarget> targets = [.. oldestFirst.Where(one => one.Object.Kind == ClusterKind.Of(place.Role)[^1]).SelectMany(Of).DistinctBy(target => (target.Address, target.Labels)).Take(FoundTargetReader.MostTargets + 1)];
        var isCut = targets.Count > FoundTargetReader.MostTargets;
        return (targets.Take(FoundTargetReader.MostTargets).ToValueList(), isCut);

        IEnumerable<DiscoveredTarget> Of((ObjectName Name, ClusterObject Object) found)
        {
            // The annotations of a service apply to its endpoints.
            var (name, one) = found;
            if (one.Kind != ClusterKind.EndpointSlice) return IsProbed(one, place) ? TargetsOf(name, one, one) : [];
            var service = name with { Name = one.Service };
            return services.TryGetValue(service, out var owner) && IsProbed(owner, place) ? TargetsOf(service, one, owner) : [];
        }
    }

    private static bool IsProbed(ClusterObject owner, KubernetesDiscovery place) => owner.Annotation(Probe) is { } value ? value == "true" : place.All;

    /// <param name="name">Of the owner.</param>
    /// <param name="owner">The object with the annotations.</param>
    private static IEnumerable<DiscoveredTarget> TargetsOf(ObjectName name, ClusterObject one, ClusterObject owner)
    {
        var at = new TextPlace(VisibleText.Of($"{owner.Kind.Name} {name.Namespace}/{name.Name}", MaxShown, ascii: false), 0, 0);
        var host = $"{name.Name}.{name.Namespace}.svc";
        if (one.Kind == ClusterKind.Ingress || one.Kind == ClusterKind.Gateway)
        {
            foreach (var endpoint in one.Endpoints) yield return OfHost(endpoint);
            yield break;
        }

        IEnumerable<ClusterEndpoint> endpoints = one.Kind == ClusterKind.Service ? [new ClusterEndpoint(host, "")] : one.Endpoints;
        var (ports, problem, hint) = PortsOf(one, owner);
        foreach (var endpoint in endpoints)
        {
            if (problem is not null) yield return Found(endpoint.Address, endpoint) with { Problem = problem, Hint = hint };
            foreach (var port in ports) yield return Found(Address(endpoint.Address, port), endpoint);
        }

        DiscoveredTarget OfHost(ClusterEndpoint endpoint)
        {
            var port = endpoint.Port > 0 ? endpoint.Port : TlsPort;
            if (endpoint.Address.Length == 0) return Found(host, endpoint) with { Problem = "has a listener without a hostname, so it is unknown which server to ask for", Hint = "set hostname of the listener" };
            if (endpoint.Address.StartsWith("*.", StringComparison.Ordinal)) return Found(endpoint.Address, endpoint) with { Problem = "is a wildcard, not the name of a server", Hint = "configure the hosts as targets, or list them in another source" };
            if (owner.Annotation(Port) is { Length: > 0 } value && !IsPort(value, out port)) return Found(endpoint.Address, endpoint) with { Problem = $"has no port \"{VisibleText.Of(value, MaxShown, ascii: false)}\" as mtlsprobe.io/port requires", Hint = "a port number from 1 to 65535" };
            return Found(Address(endpoint.Address, port), endpoint);
        }

        DiscoveredTarget Found(string address, ClusterEndpoint endpoint) => new(address, LabelsOf(name, one, owner, endpoint, host)) { At = at };
    }

    private static ValueList<Label> LabelsOf(ObjectName name, ClusterObject one, ClusterObject owner, ClusterEndpoint endpoint, string host)
    {
        var isEndpoint = one.Kind == ClusterKind.EndpointSlice;
        List<Label> labels = [new("kubernetes_namespace", name.Namespace), new("kubernetes_" + owner.Kind.Name, name.Name)];
        if (isEndpoint && endpoint.Pod.Length > 0) labels.Add(new Label("kubernetes_pod", endpoint.Pod));
        if (isEndpoint && owner.Annotation("server_name") is null) labels.Add(new Label(DiscoveredTarget.KeyPrefix + "server_name", host));
        foreach (var (key, value) in owner.Annotations)
        {
            if (key is Probe or Port or NoAddress) continue;
            if (isEndpoint && key is Name or LabelPrefix + Name) continue;
            if (key.StartsWith(LabelPrefix + DiscoveredTarget.Internal, StringComparison.Ordinal)) continue; // would set a key, also one without effect
            labels.Add(key.StartsWith(LabelPrefix, StringComparison.Ordinal) ? new Label(key[LabelPrefix.Length..], value) : new Label(DiscoveredTarget.KeyPrefix + key, value));
        }

        return labels.ToValueList();
    }

    /// <summary>The ports of the annotation; otherwise the only port; otherwise those whose names mean TLS.</summary>
    private static (IReadOnlyList<int> Ports, string? Problem, string? Hint) PortsOf(ClusterObject one, ClusterObject owner)
    {
        if (owner.Annotation(Port) is { Length: > 0 } value)
        {
            List<int> found = [];
            foreach (var wanted in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var named = one.Ports.Where(known => known.Name == wanted).Select(known => known.Number).ToList();
                if (named.Count > 0) found.AddRange(named);
                else if (IsPort(wanted, out var number)) found.Add(number);
                else return ([], $"has no port \"{VisibleText.Of(wanted, MaxShown, ascii: false)}\" as mtlsprobe.io/port requires", "the name or number of a port");
            }

            return ([.. found.Distinct()], null, null);
        }

        if (one.Ports.Count == 1) return ([one.Ports[0].Number], null, null);
        var secure = one.Ports.Where(port => Array.Exists(s_tlsPorts, name => port.Name == name || port.Name.StartsWith(name + "-", StringComparison.Ordinal))).Select(port => port.Number).Distinct().ToList();
        return secure.Count > 0 ? (secure, null, null)
            : ([], one.Ports.Count == 0 ? "has no TCP port" : "has several ports, and none is named https, tls or mtls", "set the annotation mtlsprobe.io/port to the name or number of a port");
    }

    private static bool IsPort(string text, out int port) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and < 65536;

    private static string Address(string host, int port) =>
        string.Create(CultureInfo.InvariantCulture, $"{(IPAddress.TryParse(host, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{host}]" : host)}:{port}");
}

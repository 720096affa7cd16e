using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MtlsProbe.Clusters;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// The targets that objects of a cluster stand for. Which objects are probed, and how, their annotations say: <c>mtlsprobe.io/probe</c>,
/// <c>mtlsprobe.io/port</c>, <c>mtlsprobe.io/label-NAME</c>, and <c>mtlsprobe.io/KEY</c> for any key of a target.
/// </summary>
internal static class ClusterTargets
{
    private const int MaxShown = 200;
    private const int TlsPort = 443;

    /// <summary>Annotations that are no keys of a target.</summary>
    private const string Probe = "probe";
    private const string Port = "port";
    private const string LabelPrefix = "label-";

    /// <summary>It has no effect: whoever may annotate an object must not direct probes elsewhere under its name.</summary>
    private const string Address = "address";

    /// <summary>Names of ports that TLS is spoken at, by themselves or before a dash (as Istio reads them).</summary>
    private static readonly string[] s_tlsPorts = ["https", "tls", "mtls"];

    /// <param name="objects">Of the kinds that the role looks at.</param>
    public static ValueList<DiscoveredTarget> Targets(KubernetesDiscovery place, IReadOnlyList<(ObjectName Name, ClusterObject Object)> objects)
    {
        Dictionary<ObjectName, ClusterObject> services = [];
        foreach (var (name, one) in objects.Where(one => one.Object.Kind == ClusterKind.Service)) services[name] = one;
        List<DiscoveredTarget> targets = [];

        // The oldest first, as the Gateway API resolves conflicts: a new object does not take over the name of a target.
        foreach (var (name, one) in objects.OrderBy(one => one.Object.Created, StringComparer.Ordinal))
        {
            if (one.Kind != ClusterKind.Of(place.Role)[^1]) continue;

            // Endpoints are what their service says.
            var owner = one.Kind == ClusterKind.EndpointSlice ? services.GetValueOrDefault(name with { Name = one.Service }) : one;
            if (owner is null || !IsProbed(owner, place)) continue;
            var described = one.Kind == ClusterKind.EndpointSlice ? name with { Name = one.Service } : name;
            targets.AddRange(Of(described, one, owner));
        }

        // Slices of one service may share an endpoint for a while.
        return targets.DistinctBy(target => (target.Address, target.Labels)).ToValueList();
    }

    private static bool IsProbed(ClusterObject owner, KubernetesDiscovery place) => owner.Annotation(Probe) is { } said ? said == "true" : place.All;

    private static IEnumerable<DiscoveredTarget> Of(ObjectName name, ClusterObject one, ClusterObject owner)
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
            foreach (var port in ports) yield return Found(HostPortOf(endpoint.Address, port), endpoint);
        }

        DiscoveredTarget OfHost(ClusterEndpoint endpoint)
        {
            var port = endpoint.Port > 0 ? endpoint.Port : TlsPort;
            if (owner.Annotation(Port) is { } said && int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var given)) port = given;
            if (endpoint.Address.Length == 0) return Found(host, endpoint) with { Problem = "has a listener without a hostname, so it is not known which server to ask for", Hint = "hostname of the listener" };
            return endpoint.Address.StartsWith("*.", StringComparison.Ordinal)
                ? Found(endpoint.Address, endpoint) with { Problem = "is a wildcard, and not the name of a server", Hint = "a target of the configuration, or a list of hosts by another source" }
                : Found(HostPortOf(endpoint.Address, port), endpoint);
        }

        DiscoveredTarget Found(string address, ClusterEndpoint endpoint) => new(address, LabelsOf(name, one, owner, endpoint, host)) { At = at };
    }

    private static ValueList<Label> LabelsOf(ObjectName name, ClusterObject one, ClusterObject owner, ClusterEndpoint endpoint, string host)
    {
        List<Label> labels = [new("kubernetes_namespace", name.Namespace), new("kubernetes_" + owner.Kind.Name, name.Name)];
        if (one.Kind == ClusterKind.EndpointSlice)
        {
            if (endpoint.Pod.Length > 0) labels.Add(new Label("kubernetes_pod", endpoint.Pod));
            if (owner.Annotation("server_name") is null) labels.Add(new Label(DiscoveredTarget.KeyPrefix + "server_name", host));
        }

        foreach (var (key, value) in owner.Annotations)
        {
            if (key is Probe or Port or Address) continue;
            if (key == "name" && one.Kind == ClusterKind.EndpointSlice) continue; // one name for many
            labels.Add(key.StartsWith(LabelPrefix, StringComparison.Ordinal) ? new Label(key[LabelPrefix.Length..], value) : new Label(DiscoveredTarget.KeyPrefix + key, value));
        }

        return labels.ToValueList();
    }

    /// <summary>The ports that the annotation names; else the only one; else those whose names say that TLS is spoken there.</summary>
    private static (IReadOnlyList<int> Ports, string? Problem, string? Hint) PortsOf(ClusterObject one, ClusterObject owner)
    {
        if (owner.Annotation(Port) is { Length: > 0 } said)
        {
            var wanted = said.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            List<int> found = [];
            foreach (var port in wanted)
            {
                var named = one.Ports.Where(known => known.Name == port).Select(known => known.Number).ToList();
                if (named.Count > 0) found.AddRange(named);
                else if (int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536) found.Add(number);
                else return ([], $"has no port \"{VisibleText.Of(port, MaxShown, ascii: false)}\", which mtlsprobe.io/port names", "the name or the number of a port");
            }

            return ([.. found.Distinct()], null, null);
        }

        if (one.Ports.Count == 1) return ([one.Ports[0].Number], null, null);
        var spoken = one.Ports.Where(port => Array.Exists(s_tlsPorts, name => port.Name == name || port.Name.StartsWith(name + "-", StringComparison.Ordinal))).Select(port => port.Number).Distinct().ToList();
        return spoken.Count > 0 ? (spoken, null, null) : ([], one.Ports.Count == 0 ? "has no port" : "has several ports, and none is named https, tls or mtls", "the annotation mtlsprobe.io/port names one, by its name or number");
    }

    private static string HostPortOf(string host, int port) =>
        string.Create(CultureInfo.InvariantCulture, $"{(IPAddress.TryParse(host, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{host}]" : host)}:{port}");
}

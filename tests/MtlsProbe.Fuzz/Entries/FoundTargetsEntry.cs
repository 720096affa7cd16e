using System.Text;
using System.Text.Json;
using MtlsProbe.Clusters;
using MtlsProbe.Config;
using MtlsProbe.Discovery;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Fuzz;

/// <summary>Lists of targets in files and responses, objects of a cluster, and the targets that are read from them.</summary>
internal sealed class FoundTargetsEntry : FuzzEntry
{
    private static readonly ConfigurationResult s_configuration = ConfigurationFile.Parse(
        """
        identities: { a: { current: { certificate: a.crt, key: a.key } } }
        trust: { t: { files: [root.crt] } }
        discovery: [{ name: s, file: { files: [a.json] }, target: { identity: a, trust: t } }]
        """,
        "/fuzz/mtlsprobe.yml", BuiltInProtocols.All);

    public override string Name => "found";

    public override string Does => "lists of targets in JSON and YAML, and objects of a cluster";

    public override IReadOnlyList<string> Tokens =>
    [
        "\"targets\":", "\"labels\":", "[", "]", "{", "}", ",", "\"a.test:443\"", "\"__mtlsprobe_", "identity", "http_path", "\"[a, b]\"", "\"{ a: b }\"", "\"name\":", "\\u001b", "\\ud800", "- targets: [", "  labels: { ",
        "\"metadata\":", "\"annotations\":", "\"mtlsprobe.io/probe\":\"true\"", "\"mtlsprobe.io/port\":", "\"spec\":", "\"ports\":", "_file", "null",
        .. BuiltInProtocols.All.KeysOfTarget.Select(key => "__mtlsprobe_" + key),
    ];

    public override IReadOnlyList<string> Reached => ["json: two targets", "yaml: two targets", "cluster: two targets"];

    /// <summary>Every target is read by the whole grammar, and every mistake has a hint.</summary>
    public override long MostAllocated(int length) => (32L << 20) + (40_000L * length);

    public override IEnumerable<byte[]> Seeds() => ((string[])
    [
        """[{"targets":["a.test:443","[::1]:8443"],"labels":{"team":"x","job":"y","__meta_a":"b","__mtlsprobe_identity":"a","__mtlsprobe_must_reject":"[none]","__mtlsprobe_http_path":"/h"}}]""",
        """[{"targets":["a","b c"],"labels":{"name":"n","__mtlsprobe_login":"{ user: a, password_file: /etc/passwd }"}},{"labels":null},{}]""",
        "- targets: [a.test:443, 'b.test']\n  labels: { team: x, __mtlsprobe_tls: \"{ min_version: '1.3' }\" }\n",
        """{"metadata":{"resourceVersion":"7","continue":"c"},"items":[{"metadata":{"name":"a","namespace":"b","annotations":{"mtlsprobe.io/probe":"true","mtlsprobe.io/port":"https, 80","mtlsprobe.io/label-team":"x"}},"spec":{"ports":[{"name":"https","port":443,"protocol":"TCP"}],"tls":[{"hosts":["a.test","*.b"]}],"listeners":[{"protocol":"TLS","port":1,"hostname":"h"}],"containers":[{"ports":[{"containerPort":1}]}]},"status":{"phase":"Running","podIP":"10.0.0.1"},"addressType":"IPv4","ports":[{"port":1}],"endpoints":[{"addresses":["10.0.0.1"]}]}]}""",
        """{"type":"MODIFIED","object":{"metadata":{"name":"a","resourceVersion":"7"}}}""",
        """{"type":"ERROR","object":{"kind":"Status","code":410}}""",
    ]).Select(Encoding.UTF8.GetBytes);

    public override string Run(byte[] input)
    {
        var (json, ofJson) = TargetGroups.Read(input, "a.json");
        var (yaml, ofYaml) = TargetGroups.Read(input, "a.yml");
        Check(json, ofJson);
        Check(yaml, ofYaml);
        return OfCluster(input) ?? (ofJson is null ? $"json: {Count(json.Count)}" : ofYaml is null ? $"yaml: {Count(yaml.Count)}" : "none");
    }

    private static string? OfCluster(byte[] input)
    {
        string? said = null;
        foreach (var role in Enum.GetValues<KubernetesRole>())
        {
            var kind = ClusterKind.Of(role)[^1];
            try
            {
                var objects = ObjectJson.Page(input, kind.Read).Objects;
                if (role == KubernetesRole.EndpointSlice) objects = [.. objects, .. ObjectJson.Page(input, ClusterKind.Service.Read).Objects];
                var (targets, _) = ClusterTargets.Targets(new KubernetesDiscovery(role) { All = true }, objects);
                Check(targets, null);
                said ??= $"cluster: {Count(targets.Count)}";
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // Reported as a response that is not a list.
            }

            try
            {
                ObjectJson.Event(input, kind.Read);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // The objects are listed again.
            }
        }

        return said;
    }

    private static void Check(ValueList<DiscoveredTarget> found, string? problem)
    {
        Claim.Visible(problem, "the problem", 2000);
        if (problem is not null) Claim.Holds(found.Count == 0, "targets of a refused list");
        var read = s_configuration.FoundTargets!.Open("s").Read(found);
        Claim.Holds(read.Targets.Count + read.RejectedCount == found.Count, "a target that is neither accepted nor left out");
        foreach (var target in read.Targets)
        {
            Claim.Holds(target.Name.Length > 0 && target.Address.Port > 0, "a target without a name or a port");
            Claim.Holds(target.Way.Proxy?.PasswordFile is null && target.Protocol.Login is not PasswordLogin && target.ExpectedCertificates is { ServerCertificate: not PinnedFile, Issuer: not PinnedFile }, "a target names a file");
            foreach (var label in target.Labels) Claim.Holds(!LabelRules.IsReserved(label.Name) && !label.Name.StartsWith("__", StringComparison.Ordinal), "a reserved label");
        }

        foreach (var rejected in read.Rejected)
        {
            Claim.Visible(rejected.Target, "a target");
            Claim.Visible(rejected.Problem, "a problem");
            Claim.Visible(rejected.Hint, "a hint");
        }
    }

    /// <summary>In words, because figures in outcomes do not count.</summary>
    private static string Count(int count) => count switch { 0 => "no targets", 1 => "one target", 2 => "two targets", _ => "more targets" };
}

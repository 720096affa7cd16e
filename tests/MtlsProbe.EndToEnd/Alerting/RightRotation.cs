using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Rotation;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>A new root for clients and a new server certificate, in the order of docs/rotation.md: neither causes an alert.</summary>
internal sealed class RightRotation
{
    public const string Name = "rotated";

    private readonly RotationPlan _plan;
    private readonly PkiFiles _files;
    private readonly string _expected;

    public RightRotation(Workspace workspace, PkiFiles files)
    {
        _files = files;
        _plan = RotationPlan.OfRoot(workspace, Name);
        _expected = workspace.PathOf("rotated-expected.pem");
        files.Write(TestPki.Shared.NewServer(Name));
        File.Copy(files.ServerLeaf(Name), _expected);
        var server = Endpoint.Https("nginx-http", Name) with { Check = _plan.Check };
        Case = new Case(Name)
        {
            Servers = [server],
            Target = new TargetEntry(Name, server.Port)
            {
                Protocol = "https", Identity = Name,
                More = [$"must_reject: [none, {_plan.Retired}]", $"expect: {{ server_certificate: {_expected} }}"],
            },
            Identities = _plan.Identities,
        };
    }

    public Case Case { get; }

    public Task Begin() => _plan.Begin();

    public async Task Walk(Exporter exporter, LiveServers servers)
    {
        _plan.TrustBoth();
        await servers.Take();
        await _plan.Next.Put(_plan.New);
        await exporter.Until(metrics => Accepted(metrics, "next", _plan.New), "the replacement accepted");

        await _plan.Current.Put(_plan.New);
        _plan.Next.Remove();
        await exporter.Until(metrics => Accepted(metrics, "current", _plan.New), "the replacement in use");

        _plan.Retire();
        await servers.Take();
        await exporter.Until(metrics => metrics.Value("mtlsprobe_rejection_enforced", ("target", Name), ("identity", _plan.Retired)) == 1, "the old one refused");

        var renewed = TestPki.Shared.NewServer(Name);
        _files.Write(renewed);
        await servers.Take();
        await File.WriteAllTextAsync(_expected, renewed.Leaf.CertificatePem);
        await exporter.Until(
            metrics => metrics.Value("mtlsprobe_server_certificate_expected", ("target", Name)) == 1
                && metrics.Value("mtlsprobe_server_certificate_changes_total", ("target", Name)) == 1,
            "the server's new certificate");
    }

    private static bool Accepted(MetricsText metrics, string slot, Issued credential) =>
        metrics.Value("mtlsprobe_client_certificate_accepted", ("target", Name), ("slot", slot)) == 1
        && metrics.Value("mtlsprobe_presented_serial_info", ("target", Name), ("slot", slot), ("side", "client"), ("serial", credential.Serial)) == 1;
}

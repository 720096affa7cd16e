using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Rotation;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>Clients get a credential of a new root, and servers a new leaf, step by step as the guide to rotations says.</summary>
internal sealed class RightRotation(Stage stage)
{
    private const string Name = "rotating";

    private readonly RotationPlan _plan = RotationPlan.OfRoot(stage.Workspace, Name);
    private readonly ServerCredential _renewed = TestPki.Shared.NewServer(Name);

    public LiveServers Servers { get; set; } = null!;

    public string Identities => _plan.Identities;

    public IReadOnlyList<Endpoint> Endpoints { get; } =
        [.. ((string[])["nginx-http", "haproxy-http", "kestrel-https"]).Select(server => Endpoint.Https(server, Name) with { Check = new(stage.Path($"{Name}/authorities.pem")) })];

    public IEnumerable<TargetEntry> Targets => Endpoints.Select(endpoint => new TargetEntry(Target(endpoint), endpoint.Port)
    {
        Protocol = "https", Identity = Name, More = ["must_reject: [none]", $"expect: {{ server_certificate: {Issued} }}"],
    });

    /// <summary>What the issuer of server certificates writes.</summary>
    private string Issued => stage.Path("rotating.pem");

    public async Task Begin()
    {
        var old = TestPki.Shared.NewServer(Name);
        stage.Files.Write(old);
        File.WriteAllText(Issued, old.Leaf.CertificatePem);
        await _plan.Begin();
    }

    /// <summary>Goes on when the exporter says that a step is done.</summary>
    public async Task Run(Exporter exporter)
    {
        // Trust first.
        _plan.TrustBoth();
        await Servers.Take();
        await _plan.Next.Put(_plan.New);
        await Seen(exporter, "the next credential is accepted everywhere", target => metrics =>
            metrics.Value("mtlsprobe_client_certificate_accepted", ("target", target), ("slot", "next")) == 1);

        // Then the clients.
        await _plan.Current.Put(_plan.New);
        _plan.Next.Remove();
        await Seen(exporter, "the new credential is in use", target => metrics =>
            metrics.All("mtlsprobe_presented_serial_info", ("target", target), ("identity", Name), ("side", "client"), ("serial", _plan.New.Serial), ("slot", "current")).Count == 1
            && !metrics.All("mtlsprobe_identity_loaded", ("identity", Name), ("slot", "next")).Any());

        // Then the clean-up.
        _plan.Retire();
        await Servers.Take();

        // And the servers: issued, then loaded.
        File.WriteAllText(Issued, _renewed.Leaf.CertificatePem);
        await Seen(exporter, "what was issued is not served yet", target => metrics =>
            metrics.Value("mtlsprobe_server_certificate_expected", ("target", target)) == 0);
        stage.Files.Write(_renewed);
        await Servers.Take();
        await Seen(exporter, "what was issued is served", target => metrics =>
            metrics.Value("mtlsprobe_server_certificate_expected", ("target", target)) == 1
            && metrics.Value("mtlsprobe_success", ("target", target), ("identity", Name), ("slot", "current")) == 1);
    }

    private Task<MetricsText> Seen(Exporter exporter, string what, Func<string, Func<MetricsText, bool>> of) =>
        exporter.Until(metrics => Endpoints.All(endpoint => of(Target(endpoint))(metrics)), what, TimeSpan.FromSeconds(60));

    private static string Target(Endpoint endpoint) => $"{Name}-{endpoint.Server}";
}

using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;
using static MtlsProbe.EndToEnd.Rotation.RotationTruths;

namespace MtlsProbe.EndToEnd.Rotation;

/// <summary>
/// Clients get a new leaf, a new intermediate and a new root, one of them in the wrong order, and servers get a new leaf. At each step, the series
/// agree with the state of every server within an interval, and no handshake fails that should not.
/// </summary>
public sealed class RotationTests : IAsyncLifetime
{
    private readonly Workspace _workspace = new("rotation");
    private readonly RotationPlan _leaf;
    private readonly RotationPlan _intermediate;
    private readonly RotationPlan _root;
    private readonly RotationPlan _hasty;
    private readonly List<Place> _places = [];
    private PkiFiles _files = null!;
    private LiveServers _servers = null!;
    private Exporter _exporter = null!;

    public RotationTests()
    {
        _leaf = RotationPlan.OfLeaf(_workspace);
        _intermediate = RotationPlan.OfIntermediate(_workspace);
        _root = RotationPlan.OfRoot(_workspace, "root");
        _hasty = RotationPlan.OfRoot(_workspace, "hasty");
    }

    private RotationPlan[] Orderly => [_leaf, _intermediate, _root];

    private RotationPlan[] All => [.. Orderly, _hasty];

    public async Task InitializeAsync()
    {
        if (RealServers.Missing is not null) return;
        _files = new PkiFiles(_workspace, TestPki.Shared);
        foreach (var plan in All)
        {
            _files.Write(TestPki.Shared.NewServer(plan.Name));
            await plan.Begin();
        }

        File.Copy(_files.ServerLeaf("leaf"), Expected);
        _servers = await LiveServers.Start(_workspace, _files, All.SelectMany(Endpoints));
        foreach (var plan in All) _places.AddRange(_servers.Endpoints.Where(e => e.Certificate == plan.Name).SelectMany(Place.Of));
        var configuration = new ConfigFile(_files, [.. _places.Select(Target)])
        {
            Interval = "5s",
            Timeout = "4900ms", // enough for a second handshake that waits for another: openssl s_server serves one connection at a time
            MoreIdentities = string.Concat(All.Select(plan => plan.Identities)),
        };
        _exporter = await Exporter.Start(configuration.WriteTo(_workspace));
    }

    public async Task DisposeAsync()
    {
        if (RealServers.Missing is null)
        {
            await _exporter.DisposeAsync();
            await _servers.DisposeAsync();
        }

        _workspace.Dispose();
    }

    [RealServersFact]
    public async Task Each_step_of_a_rotation_is_reported_truthfully()
    {
        await _exporter.Says(
            [
                .. All.SelectMany(plan => Loaded(plan, "current", plan.Old)),
                .. All.SelectMany(plan => Loaded(plan, "next", null)),
                .. Of(All, (place, plan) => [.. Slot(place, "current", plan.Old, true), NotStaged(place), NeverFailed(place)]),
                .. Of(Orderly, (place, plan) => [Enforced(place, plan.Retired, false)]),
            ], "before");

        // Trust first, the right order. For the new root, it comes after the new credential is staged, so the missing trust shows.
        _intermediate.TrustBoth();
        await _servers.Take();
        foreach (var plan in Orderly) await plan.Next.Put(plan.New);
        await _exporter.Says(
            [
                .. Orderly.SelectMany(plan => Loaded(plan, "next", plan.New)),
                .. Of(Orderly, (place, plan) => [.. Slot(place, "next", plan.New, accepted: plan != _root), .. Slot(place, "current", plan.Old, true), NeverFailed(place)]),
                .. Of([_hasty], (place, _) => [NotStaged(place)]),
            ], "staged");

        _root.TrustBoth();
        await _servers.Take();
        await _exporter.SaysWithinAnInterval(
            [.. Of(Orderly, (place, plan) => [.. Slot(place, "next", plan.New, true), NeverFailed(place), Enforced(place, plan.Retired, false)])], "trusted");

        foreach (var plan in All) await plan.Current.Put(plan.New);
        foreach (var plan in Orderly.Where(plan => plan != _leaf)) plan.Next.Remove(); // as mv does; cp would leave them
        await _exporter.Says(
            [
                .. All.SelectMany(plan => Loaded(plan, "current", plan.New)),
                .. Loaded(_leaf, "next", _leaf.New), .. Loaded(_root, "next", null), .. Loaded(_intermediate, "next", null),
                .. Of(Orderly, (place, plan) => [.. Slot(place, "current", plan.New, true), NeverFailed(place), Enforced(place, plan.Retired, false)]),
                .. Of([_leaf], (place, plan) => Slot(place, "next", plan.New, true)),
                .. Of([_root, _intermediate], (place, _) => [NotStaged(place)]),

                // The clients went first: every server refuses them, each in its own way.
                .. Of([_hasty], (place, plan) => [.. Slot(place, "current", plan.New, false), NotStaged(place)]),
                .. Orderly.Select(plan => Logged(plan, $"Credential of {plan.Name} promoted")),
            ], "promoted");
        Assert.Empty(Lines($"Credential of {_hasty.Name} promoted"));

        _leaf.Next.Remove();
        foreach (var plan in Orderly) plan.Retire();
        _hasty.TrustBoth();
        await _servers.Take();
        await _exporter.SaysWithinAnInterval(
            [
                .. Of(Orderly, (place, plan) => [.. Slot(place, "current", plan.New, true), NeverFailed(place)]),
                .. Of(Orderly, (place, plan) => [Enforced(place, plan.Retired, plan != _leaf || place.ChecksRevocation)]),
                .. Of([_hasty], (place, plan) => Slot(place, "current", plan.New, true)),
            ], "cleaned up");
        await _exporter.Says([.. Loaded(_leaf, "next", null), .. Of(Orderly, (place, _) => [NotStaged(place), NeverFailed(place)])], "the end");

        await RenewServers();
    }

    /// <summary>The servers' own certificate, in the wrong order: the new file exists, but the servers do not serve it yet.</summary>
    private async Task RenewServers()
    {
        var (old, renewed) = (X509Serial(Expected), TestPki.Shared.NewServer("leaf"));
        File.WriteAllText(Expected, renewed.Leaf.CertificatePem);
        await _exporter.Says([.. Of([_leaf], (place, _) => Leaf(place, old, changes: 0, isExpected: false))], "renewed, not served");

        _files.Write(renewed);
        await _servers.Take();
        var metrics = await _exporter.SaysWithinAnInterval([.. Of([_leaf], (place, _) => Leaf(place, renewed.Leaf.Serial, changes: 1, isExpected: true))], "served");
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        foreach (var place in PlacesOf(_leaf))
            Assert.InRange(metrics.Value("mtlsprobe_server_certificate_last_change_timestamp_seconds", ("target", place.Target))!.Value, now - 300, now + 1);
        await _exporter.Says([.. Of([_leaf], (place, plan) => [Logged(plan, $"{place.Target} serves another certificate", old, renewed.Leaf.Serial)])], "logged");
    }

    private static IEnumerable<Truth> Leaf(Place place, string serial, int changes, bool isExpected)
    {
        (string, string)[] job = [("identity", place.Endpoint.Certificate), ("slot", "current")];
        return
        [
            Is(isExpected ? 1 : 0, "mtlsprobe_success", job),
            Is(1, "mtlsprobe_client_certificate_accepted", job),
            Is(isExpected ? null : 1, "mtlsprobe_failure_info", [.. job, ("class", "server_certificate"), ("reason", "not_expected")]),
            Is(1, "mtlsprobe_presented_serial_info", [.. job, ("side", "server"), ("serial", serial)]),
            Is(1, "mtlsprobe_server_certificate_info", [("position", "leaf"), ("serial", serial)]),
            Is(isExpected ? 1 : 0, "mtlsprobe_server_certificate_expected", []),
            Is(changes, "mtlsprobe_server_certificate_changes_total", []),
            Is(1, "mtlsprobe_server_certificate_leaves", []),
        ];

        Truth Is(double? value, string name, params IReadOnlyList<(string, string)> labels) =>
            Truth.Value(place.Target, place.Endpoint.Certificate, "current", value, name, labels);
    }

    private string Expected => _workspace.PathOf("expected.pem");

    private static string X509Serial(string file)
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(File.ReadAllText(file));
        return Convert.ToHexStringLower(certificate.SerialNumberBytes.Span);
    }

    private IEnumerable<Truth> Of(IEnumerable<RotationPlan> plans, Func<Place, RotationPlan, IEnumerable<Truth>> truths) =>
        plans.SelectMany(plan => PlacesOf(plan).SelectMany(place => truths(place, plan)));

    private IEnumerable<Place> PlacesOf(RotationPlan plan) => _places.Where(place => place.Endpoint.Certificate == plan.Name);

    /// <summary>One line of the log contains all of these.</summary>
    private Truth Logged(RotationPlan plan, string text, params IReadOnlyList<string> more) => new(
        "", plan.Name, "current", $"a line: {text}", _ => Lines(text).Count(line => more.All(part => line.Contains(part, StringComparison.Ordinal))) == 1);

    private IEnumerable<string> Lines(string text) => _exporter.Process.Output.Split('\n').Where(line => line.Contains(text, StringComparison.Ordinal));

    private static IEnumerable<Endpoint> Endpoints(RotationPlan plan) => new[]
    {
        Endpoint.Https("nginx-http", plan.Name), Endpoint.Tls("nginx-stream", plan.Name),
        Endpoint.Https("haproxy-http", plan.Name), Endpoint.Tls("haproxy-tcp", plan.Name),
        Endpoint.Https("apache-host", plan.Name), Endpoint.Tls("stunnel", plan.Name), Endpoint.Https("kestrel-https", plan.Name),

        // It serves one connection at a time.
        Endpoint.Tls("s_server", plan.Name) with { Version = "1.2" }, Endpoint.Tls("s_server", plan.Name) with { Version = "1.3" },
    }.Select(endpoint => endpoint with { Check = plan.Check });

    private TargetEntry Target(Place place)
    {
        var plan = All.Single(plan => plan.Name == place.Endpoint.Certificate);
        List<string> more = [];
        if (plan != _hasty) more.Add($"must_reject: [{plan.Retired}]");
        if (plan == _leaf) more.Add($"expect: {{ server_certificate: {Expected} }}");
        if (place.Endpoint.Server == "s_server") more.AddRange(["interval: 6s", "timeout: 5s"]);
        return new TargetEntry(place.Target, place.Endpoint.Port)
        {
            Protocol = place.Endpoint.Protocol, Path = place.Endpoint.Path, Identity = plan.Name, Version = place.Version, More = more,
        };
    }
}

using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Rotation;

/// <summary>
/// Whether servers refuse clients without a certificate or with one of a stranger: reported within an interval after their settings change, and
/// unknown if the servers cannot be probed.
/// </summary>
public sealed class EnforcementTests : IAsyncLifetime
{
    private const string Nobody = "none";
    private const string Stranger = "wrong_ca";

    private readonly Workspace _workspace = new("enforcement");
    private readonly FaultServer _plain = FaultServer.Start(FaultRange.All.Single(fault => fault.Name == "speaks HTTP without TLS").Script);
    private BlackHole _hole = null!;
    private LiveServers _servers = null!;
    private Exporter _exporter = null!;
    private IReadOnlyList<Place> _places = [];

    /// <summary>Targets that cannot show whether they enforce anything.</summary>
    private IReadOnlyList<string> _unknowable = [];

    public async Task InitializeAsync()
    {
        if (RealServers.Missing is not null) return;
        var files = new PkiFiles(_workspace, TestPki.Shared);
        var check = new ClientCheck(files.Root);
        _hole = await BlackHole.Open();
        _servers = await LiveServers.Start(_workspace, files, Endpoints.Select(endpoint => endpoint with { Check = check }));
        _places = [.. _servers.Endpoints.Where(endpoint => endpoint.Certificate == "good").SelectMany(Place.Of)];
        TargetEntry[] others =
        [
            .. _servers.Endpoints.Where(endpoint => endpoint.Certificate == "expired").SelectMany(Place.Of).Select(Target),
            Refusing(new TargetEntry("down", Ports.Free())), Refusing(new TargetEntry("hole", _hole.Port)), Refusing(new TargetEntry("plain", _plain.Port)),
        ];
        _unknowable = [.. others.Select(target => target.Name)];
        var configuration = new ConfigFile(files, [.. _places.Select(Target), .. others]) { Interval = "4s", Timeout = "3900ms" };
        _exporter = await Exporter.Start(configuration.WriteTo(_workspace));
    }

    public async Task DisposeAsync()
    {
        if (RealServers.Missing is null)
        {
            await _exporter.DisposeAsync();
            await _servers.DisposeAsync();
            _hole.Dispose();
        }

        await _plain.DisposeAsync();
        _workspace.Dispose();
    }

    [RealServersFact]
    public async Task Whom_a_server_accepts_is_known_within_an_interval_and_never_guessed()
    {
        await _exporter.Says([.. _places.SelectMany(place => Enforced(place.Target, true, true)), .. Unknowable(_unknowable)], "required");

        await Switch(Enforcement.Optional);
        await _exporter.SaysWithinAnInterval([.. _places.SelectMany(place => Enforced(place.Target, false, true)), .. Unknowable(_unknowable)], "optional");

        await Switch(Enforcement.Ignored);
        await _exporter.SaysWithinAnInterval([.. _places.SelectMany(place => Enforced(place.Target, false, false)), .. Unknowable(_unknowable)], "ignored");

        await Switch(Enforcement.Required);
        await _exporter.SaysWithinAnInterval([.. _places.SelectMany(place => Enforced(place.Target, true, true)), .. Unknowable(_unknowable)], "required again");

        // They were known to enforce, and then they go down: the state becomes unknown.
        await _servers.Stop("haproxy-tcp");
        await _servers.Stop("s_server");
        string[] stopped = [.. _places.Where(place => place.Endpoint.Server is "haproxy-tcp" or "haproxy-http" or "s_server").Select(place => place.Target)];
        await _exporter.SaysWithinAnInterval([.. Unknowable(stopped), .. Unknowable(_unknowable)], "down");

        var metrics = await _exporter.Scrape();
        foreach (var place in _places.Where(place => !stopped.Contains(place.Target)))
            Assert.Equal(0, metrics.Sum("mtlsprobe_handshakes_total", ("target", place.Target), ("identity", "good"), ("outcome", "rejected")));
    }

    private Task Switch(Enforcement enforcement) => _servers.Take(endpoint =>
        endpoint.Certificate == "good" ? endpoint with { Check = endpoint.Check! with { Enforcement = enforcement } } : endpoint);

    private static IEnumerable<Truth> Enforced(string target, bool? nobody, bool? stranger) =>
        from asked in new[] { (Identity: Nobody, Refused: nobody), (Identity: Stranger, Refused: stranger) }
        from truth in new[]
        {
            Truth.Value(target, asked.Identity, "current", asked.Refused is { } refused ? (refused ? 1 : 0) : null, "mtlsprobe_rejection_enforced", ("identity", asked.Identity)),
            new Truth(target, asked.Identity, "current", "probed", metrics => metrics.Sum("mtlsprobe_handshakes_total", ("target", target), ("identity", asked.Identity)) > 0),
        }
        select truth;

    private static IEnumerable<Truth> Unknowable(IEnumerable<string> targets) => targets.SelectMany(target => Enforced(target, null, null));

    /// <summary>With a good server certificate; those with an expired one refuse in the same way.</summary>
    private static IEnumerable<Endpoint> Endpoints => ((string[])["good", "expired"]).SelectMany(certificate => new[]
    {
        Endpoint.Https("nginx-http", certificate), Endpoint.Tls("nginx-stream", certificate),
        Endpoint.Https("haproxy-http", certificate), Endpoint.Tls("haproxy-tcp", certificate),
        Endpoint.Https("apache-host", certificate), Endpoint.Https("apache-location", certificate, "/private/"),
        Endpoint.Tls("stunnel", certificate), Endpoint.Https("kestrel-https", certificate),
        Endpoint.Tls("s_server", certificate) with { Version = "1.2" }, Endpoint.Tls("s_server", certificate) with { Version = "1.3" },
    });

    private static TargetEntry Target(Place place) =>
        Refusing(new TargetEntry(place.Target, place.Endpoint.Port) { Protocol = place.Endpoint.Protocol, Path = place.Endpoint.Path, Version = place.Version });

    private static TargetEntry Refusing(TargetEntry target) => target with
    {
        // s_server serves one connection at a time, and is silent for a while to those that it accepts.
        More = [$"must_reject: [{Nobody}, {Stranger}]", .. target.Name.StartsWith("s_server", StringComparison.Ordinal) ? ["interval: 6s", "timeout: 5s"] : Array.Empty<string>()],
    };
}

using System.Globalization;
using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Rotation;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>The files that the cases are played with: credentials of every age, authorities that are trusted and others that are not.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly Authority _newClients = Authority.Root("New Clients");
    private readonly Dictionary<string, int> _ports = [];
    private readonly List<IAsyncDisposable> _running = [];
    private BlackHole? _hole;
    private Relay _way = null!;
    private Relay _detour = null!;
    private int _destination;

    public Stage()
    {
        Files = new PkiFiles(Workspace, TestPki.Shared);
        Known = new ClientCheck(Files.Root);
        Strangers = new ClientCheck(Workspace.Write("strangers.pem", Authority.Root("Strangers").CertificatePem));
        KnownAndNew = new ClientCheck(Workspace.Write("known-and-new.pem", TestPki.Shared.Root.CertificatePem + _newClients.CertificatePem));

        var template = CertificateTemplate.Server("server");
        Write("expiring", template with { NotBefore = Days(-80), NotAfter = Days(10) });
        Write("expiring_today", template with { NotBefore = Hours(-22), NotAfter = Hours(2) }); // of those that live for a day
        foreach (var name in (string[])["straggler", "served"]) Files.Write(TestPki.Shared.NewServer(name));
        var others = TestPki.Shared.Root.Intermediate("Other Servers");
        var leaf = others.Issue(template);
        Files.Write(new ServerCredential("other_issuer", leaf, leaf.Issuers));
        Workspace.Write("issuer.pem", TestPki.Shared.Servers["good"].Rest[0].CertificatePem);
    }

    public Workspace Workspace { get; } = new("alerting");

    public PkiFiles Files { get; }

    /// <summary>Servers that know the clients of the test.</summary>
    public ClientCheck Known { get; }

    /// <summary>Servers that know other clients only.</summary>
    public ClientCheck Strangers { get; }

    /// <summary>Servers that know the clients of the test, and those with a credential of <see cref="NewClient"/>.</summary>
    public ClientCheck KnownAndNew { get; }

    /// <summary>A credential with most of its life ahead.</summary>
    public static Issued Fresh() => Client(TimeSpan.FromDays(1), TimeSpan.FromDays(89));

    public static Issued Client(TimeSpan age, TimeSpan left) => TestPki.Shared.NewClient(
        CertificateTemplate.Client("client") with { NotBefore = DateTimeOffset.UtcNow - age, NotAfter = DateTimeOffset.UtcNow + left });

    /// <summary>A root that ends after this time.</summary>
    public static string Root(TimeSpan left) => Authority.SelfSigned(
        CertificateTemplate.Authority("Old Root") with { NotAfter = DateTimeOffset.UtcNow + left }).CertificatePem;

    /// <summary>A credential of an authority that not every server knows.</summary>
    public Issued NewClient() => _newClients.Issue(CertificateTemplate.Client("client"));

    public CredentialFiles Current(string identity) => new(Workspace, $"identities/{identity}/current", CredentialForm.TwoFiles);

    public CredentialFiles Next(string identity) => new(Workspace, $"identities/{identity}/next", CredentialForm.TwoFiles);

    /// <summary>Of the target of a case.</summary>
    public int Port(string target)
    {
        if (!_ports.TryGetValue(target, out var port)) _ports[target] = port = Ports.Free();
        return port;
    }

    /// <summary>From now on attempts to connect to this target are dropped; its server must have left the port.</summary>
    public async Task OpenHole(string target) => _hole = await BlackHole.Open(Port(target));

    public Task CloseHole()
    {
        _hole?.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Puts a load balancer before this target and returns its port.</summary>
    public async Task<int> Balance(string target, params IEnumerable<string> hosts)
    {
        var (balancer, port) = await Haproxy.StartBalancer(Workspace, [.. hosts.Select(host => string.Create(CultureInfo.InvariantCulture, $"{host}:{Port(target)}"))]);
        _running.Add(balancer);
        return port;
    }

    /// <summary>Puts a relay before this target and returns its port; a detour by it takes most of a second.</summary>
    public Task<int> Lead(string target)
    {
        _destination = Port(target);
        _running.AddRange([_way = Relay.Plain(_destination), _detour = Relay.SlowToDecide(_destination, TimeSpan.FromSeconds(0.9))]);
        return Task.FromResult(_way.Port);
    }

    public Task TakeDetour() => _way.MoveTo(_detour.Port);

    public Task LeaveDetour() => _way.MoveTo(_destination);

    public string Path(string file) => Workspace.PathOf(file);

    public async ValueTask DisposeAsync()
    {
        foreach (var running in _running) await running.DisposeAsync();
        _hole?.Dispose();
        Workspace.Dispose();
    }

    private static DateTimeOffset Days(double days) => DateTimeOffset.UtcNow.AddDays(days);

    private static DateTimeOffset Hours(double hours) => DateTimeOffset.UtcNow.AddHours(hours);

    private void Write(string name, CertificateTemplate template) => Files.Write(TestPki.Shared.NewServer(name, template));
}

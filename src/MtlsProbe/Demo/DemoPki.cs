using MtlsProbe.Certificates;

namespace MtlsProbe.Demo;

/// <summary>
/// The authorities of the demo, created at every start: a root with one authority for servers and one for clients below it, two authorities for the
/// clients of the rotation, that of the mesh, and a foreign root with an authority that nothing here trusts.
/// </summary>
internal sealed class DemoPki
{
    /// <summary>How long an SVID is valid. Every workload of the mesh gets a new one after half of this time.</summary>
    public static readonly TimeSpan SvidLife = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    private readonly TimeProvider _time;

    public DemoPki(TimeProvider time)
    {
        _time = time;
        var now = time.GetUtcNow();
        var years = new ValidityPeriod(now - Year, now + (10 * Year));
        Root = DemoCertificates.Root("Demo Root", years);
        Servers = Root.IssueAuthority("Demo Servers", years);
        Clients = Root.IssueAuthority("Demo Clients", years);
        OldClients = DemoCertificates.Root("Demo Old Clients", years);
        NewClients = DemoCertificates.Root("Demo New Clients", years);
        Mesh = DemoCertificates.TrustDomain("Demo Mesh", DemoMesh.TrustDomain, years);
        ForeignRoot = DemoCertificates.Root("Foreign Root", years);
        ForeignServers = ForeignRoot.IssueAuthority("Foreign Servers", years);
        RevokedServer = Servers.IssueServer(DemoTarget.NameOf("server-revoked"), Valid);
        RevokedClient = Clients.IssueClient("checkout", Valid);
        var week = Around(TimeSpan.FromDays(7), left: TimeSpan.FromDays(6));
        ClientsList = Clients.List(week, RevokedClient);
        Lists = [Root.List(week), Servers.List(week, RevokedServer), ClientsList];
        EndingList = Servers.List(Around(TimeSpan.FromDays(7), left: TimeSpan.FromHours(3)), RevokedServer);
    }

    public MintedCertificate Root { get; }

    public MintedCertificate Servers { get; }

    public MintedCertificate Clients { get; }

    /// <summary>The authority that a rotation replaces.</summary>
    public MintedCertificate OldClients { get; }

    /// <summary>The authority that replaces it.</summary>
    public MintedCertificate NewClients { get; }

    /// <summary>The authority of the trust domain.</summary>
    public MintedCertificate Mesh { get; }

    public MintedCertificate ForeignRoot { get; }

    public MintedCertificate ForeignServers { get; }

    /// <summary>The certificate of the target <c>server-revoked</c>.</summary>
    public MintedCertificate RevokedServer { get; }

    public MintedCertificate RevokedClient { get; }

    /// <summary>The revocation lists of the root and of the two authorities below it, in DER.</summary>
    public IReadOnlyList<byte[]> Lists { get; }

    /// <summary>The list among them that servers check.</summary>
    public byte[] ClientsList { get; }

    /// <summary>A list of the authority for servers that expires soon.</summary>
    public byte[] EndingList { get; }

    public ValidityPeriod Valid => For(TimeSpan.FromDays(90));

    /// <summary>A validity that starts now, as long as that of an SVID.</summary>
    public ValidityPeriod Brief => new(_time.GetUtcNow(), _time.GetUtcNow() + SvidLife);

    /// <summary>Valid, with two thirds of its lifetime used: due for renewal.</summary>
    public ValidityPeriod Aged => new(_time.GetUtcNow() - TimeSpan.FromDays(60), _time.GetUtcNow() + TimeSpan.FromDays(30));

    /// <summary>Expired two days ago.</summary>
    public ValidityPeriod Past => new(_time.GetUtcNow() - TimeSpan.FromDays(90), _time.GetUtcNow() - TimeSpan.FromDays(2));

    /// <summary>A validity period of this length, with this much time left.</summary>
    public ValidityPeriod Around(TimeSpan length, TimeSpan left) => new(_time.GetUtcNow() + left - length, _time.GetUtcNow() + left);

    /// <summary>The time of a clock that is this much ahead.</summary>
    public DateTimeOffset Ahead(TimeSpan by) => _time.GetUtcNow() + by;

    /// <summary>Valid now and for this long.</summary>
    public ValidityPeriod For(TimeSpan left) => new(_time.GetUtcNow() - TimeSpan.FromHours(1), _time.GetUtcNow() + left);
}

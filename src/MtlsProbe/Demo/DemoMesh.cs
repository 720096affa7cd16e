using MtlsProbe.Certificates;

namespace MtlsProbe.Demo;

/// <summary>A mesh: a trust domain whose Workload API issues the prober its SVID and the anchors for the servers.</summary>
internal sealed class DemoMesh : IAsyncDisposable
{
    public static readonly SpiffeId TrustDomain = new("demo.test", "");

    /// <summary>The ID of the prober, and of any other process that asks.</summary>
    public static readonly SpiffeId Client = TrustDomain with { Path = "/checkout" };

    public static readonly SpiffeId Payments = TrustDomain with { Path = "/payments" };
    public static readonly SpiffeId Orders = TrustDomain with { Path = "/orders" };
    public static readonly SpiffeId Ledger = TrustDomain with { Path = "/ledger" };

    private readonly DemoPki _pki;
    private readonly DemoWorkloadApi _api;

    private DemoMesh(DemoPki pki, DemoWorkloadApi api) => (_pki, _api) = (pki, api);

    /// <param name="socket">The path of the Workload API's socket; it must not exist.</param>
    public static async Task<DemoMesh> OpenAsync(DemoPki pki, string socket) => new(pki, await DemoWorkloadApi.StartAsync(socket, Issue(pki)));

    /// <summary>Gives the prober a new SVID: the API sends it to all its clients.</summary>
    public void Renew() => _api.Say(Issue(_pki));

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    private static WorkloadAnswers Issue(DemoPki pki) => WorkloadAnswers.Of(Client, pki.Mesh.IssueSvid(Client, pki.Brief), TrustDomain, pki.Mesh);
}

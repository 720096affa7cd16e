using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>Servers that accept many connections at once, for repeated verdicts: nginx, haproxy and apache as fronts, and with uncommon chains.</summary>
internal sealed class RepeatedServers : IAsyncDisposable
{
    private static readonly string[] s_common = ["good", "incomplete_chain"];

    private readonly Sink _sink = new();
    private readonly List<IAsyncDisposable> _running = [];
    private Dictionary<string, Endpoint> _endpoints = [];

    private RepeatedServers(PkiFiles files, string otherStringsIssuer) => (Files, OtherStringsIssuer) = (files, otherStringsIssuer);

    public PkiFiles Files { get; }

    /// <summary>The file of the issuer of the leaf of <see cref="UncommonChains.InOtherStrings"/>.</summary>
    public string OtherStringsIssuer { get; }

    /// <summary>By the names of <see cref="HttpFronts"/>, or as <c>nginx-http twenty</c>.</summary>
    public Endpoint this[string name] => _endpoints[name];

    public static async Task<RepeatedServers> Start(Workspace workspace)
    {
        var files = new PkiFiles(workspace, TestPki.Shared);
        var (chains, otherStrings) = (new UncommonChains(), UncommonChains.InOtherStrings);
        ServerCredential[] uncommon =
            [chains.UnderNewRoot, chains.DirectlyUnderNewRoot, chains.OfTwenty, chains.OfTwentyShuffled, otherStrings, UncommonChains.WithOddDates];
        foreach (var credential in uncommon) files.Write(credential);

        var servers = new RepeatedServers(files, workspace.Write("other-strings-issuer.pem", otherStrings.Rest[0].CertificatePem));
        await servers.Start(workspace, [.. s_common, .. uncommon.Select(credential => credential.Name)]);
        return servers;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _running) await server.DisposeAsync();
        await _sink.DisposeAsync();
    }

    private async Task Start(Workspace workspace, IReadOnlyList<string> certificates)
    {
        var fronts = await HttpFronts.Start(workspace, Files, _sink.Port);
        _running.Add(fronts);
        var nginx = await Nginx.Start(workspace, Files, certificates, _sink.Port);
        _running.Add(nginx);
        var haproxy = await Haproxy.Start(workspace, Files, certificates, _sink.Port);
        _running.Add(haproxy);
        _endpoints = nginx.Endpoints.Concat(haproxy.Endpoints).ToDictionary(endpoint => $"{endpoint.Server} {endpoint.Certificate}");
        foreach (var (name, endpoint) in fronts.Endpoints) _endpoints[name] = endpoint;
    }
}

using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>Credentials that are replaced on disk are in use within seconds; a mixed pair never is.</summary>
public sealed class CredentialReplacementTests : IAsyncLifetime
{
    private const string Loaded = "mtlsprobe_identity_loaded";

    /// <summary>The promise is ten seconds; the rest is for a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Issued _old = TestPki.Shared.NewClient("old");
    private readonly Issued _new = TestPki.Shared.NewClient("new");
    private FleetServers _servers = null!;

    public async Task InitializeAsync()
    {
        if (RealServers.Missing is null) _servers = await FleetServers.Start("replacement", 1);
    }

    public async Task DisposeAsync()
    {
        if (RealServers.Missing is null) await _servers.DisposeAsync();
    }

    [RealServersFact]
    public async Task Overwritten_files_are_used()
    {
        WritePair("rotating", _old, _old);
        await using var exporter = await Serve($"certificate: {Path("rotating/tls.crt")}, key: {Path("rotating/tls.key")}");
        await Presents(exporter, _old);

        WritePair("rotating", _new, _new);
        await Presents(exporter, _new);
    }

    [RealServersFact]
    public async Task A_secret_that_Kubernetes_swaps_is_used()
    {
        WritePair("secret/..1", _old, _old);
        Link("..1", "secret/..data");
        Link("..data/tls.crt", "secret/tls.crt");
        Link("..data/tls.key", "secret/tls.key");
        await using var exporter = await Serve($"directory: {Path("secret")}");
        await Presents(exporter, _old);

        // As kubelet does: a new directory, a link to it, and one rename over the old link.
        WritePair("secret/..2", _new, _new);
        Link("..2", "secret/..data_tmp");
        await using (var rename = ChildProcess.Start("mv", "mv", ["-T", Path("secret/..data_tmp"), Path("secret/..data")])) // File.Move requires a file
            Assert.Equal(0, await rename.Exit(Patience));
        Directory.Delete(Path("secret/..1"), recursive: true);
        await Presents(exporter, _new);
    }

    [RealServersFact]
    public async Task A_half_written_pair_is_reported_and_the_last_good_one_stays_in_use()
    {
        WritePair("half", _old, _old);
        await using var exporter = await Serve($"certificate: {Path("half/tls.crt")}, key: {Path("half/tls.key")}");
        await Presents(exporter, _old);

        WritePair("half", _new, _old); // the certificate is new, the key is still the old one
        await exporter.Until(m => m.Value(Loaded, ("identity", "rotating")) == 0, "a report of the broken pair", Patience);
        var counted = Accepted(await exporter.Scrape());
        await exporter.Until(m => Accepted(m) > counted, "further probes with the old credential", Patience);
        await Presents(exporter, _old);

        WritePair("half", _new, _new);
        var whole = await Presents(exporter, _new);
        Assert.Equal(1, whole.Value(Loaded, ("identity", "rotating")));
    }

    private Task<Exporter> Serve(string source)
    {
        var target = new TargetEntry("server", _servers.FirstPort) { Identity = "rotating" };
        var configuration = new ConfigFile(_servers.Files, [target])
        {
            Interval = "1s",
            Timeout = "1s",
            MoreIdentities = $"  rotating:\n    current: {{ {source} }}\n",
        };
        return Exporter.Start(configuration.WriteTo(_servers.Workspace));
    }

    /// <summary>The server saw and accepted this certificate, and the metrics show its expiry.</summary>
    private static Task<MetricsText> Presents(Exporter exporter, Issued issued) => exporter.Until(
        m => m.Value("mtlsprobe_presented_serial_info", ("side", "client"), ("serial", issued.Serial)) == 1
            && m.Value("mtlsprobe_success", ("target", "server")) == 1
            && m.Value("mtlsprobe_client_certificate_info", ("identity", "rotating"), ("position", "leaf"), ("serial", issued.Serial)) == 1,
        $"the certificate {issued.Certificate.Subject} in use",
        Patience);

    private static double Accepted(MetricsText metrics) => metrics.Sum("mtlsprobe_handshakes_total", ("outcome", "accepted"));

    private string Path(string relative) => _servers.Workspace.PathOf(relative);

    private void WritePair(string folder, Issued certificate, Issued key)
    {
        _servers.Workspace.Write($"{folder}/tls.crt", certificate.ChainPem);
        _servers.Workspace.Write($"{folder}/tls.key", key.KeyPem);
    }

    private void Link(string to, string at) => File.CreateSymbolicLink(Path(at), to);
}

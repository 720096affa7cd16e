using System.Globalization;
using System.Text;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>The targets of all cases with their servers, and the exporter that probes them.</summary>
internal sealed class AlertingFleet : IAsyncDisposable
{
    private const string Replicas = "replicas.test";

    private readonly Stage _stage;
    private readonly Dictionary<(string Host, int Port), (Case Case, Endpoint Before)> _cases;
    private readonly string _configuration;
    private LiveServers _servers = null!;

    private AlertingFleet(Stage stage)
    {
        _stage = stage;
        _cases = Cases.All.SelectMany(Endpoints).ToDictionary(entry => (entry.Before.Host, entry.Before.Port));
        Rotation = new RightRotation(stage);
        _configuration = Configuration();
    }

    public Exporter Exporter { get; private set; } = null!;

    /// <summary>One that is done as it should be, on further targets.</summary>
    public RightRotation Rotation { get; }

    public static async Task<AlertingFleet> Start(Stage stage)
    {
        var fleet = new AlertingFleet(stage);
        try
        {
            await fleet.Start();
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>All faults at once.</summary>
    public async Task Break()
    {
        await Take((entry, now) => entry.Case.Broken is { } broken ? broken(_stage, now) : now);
        foreach (var @case in Cases.All.Where(@case => @case.Break is not null)) await @case.Break!(_stage);
        _stage.Workspace.Write("mtlsprobe.yml", "targets: [");
    }

    /// <summary>All faults are gone.</summary>
    public async Task Mend()
    {
        _stage.Workspace.Write("mtlsprobe.yml", _configuration);
        foreach (var @case in Cases.All.Where(@case => @case.Mend is not null)) await @case.Mend!(_stage);
        await Take((entry, now) => entry.Case.After is { } after ? after(_stage, now) : entry.Before);
    }

    public async ValueTask DisposeAsync()
    {
        if (Exporter is not null) await Exporter.DisposeAsync();
        if (_servers is not null) await _servers.DisposeAsync();
    }

    private async Task Start()
    {
        foreach (var revoked in (bool[])[false, true]) await OcspResponse.Sign(_stage.Workspace, _stage.Files, TestPki.Shared.Servers["good"], revoked);
        File.Copy(_stage.Files.ServerLeaf("served"), _stage.Path("expected.pem"));
        foreach (var @case in Cases.All)
        {
            if (@case.Identity is null) await _stage.Current(@case.Credential).Put(Stage.Fresh());
            if (@case.Trust is { } trust) _stage.Workspace.Write($"{trust}.pem", TestPki.Shared.Root.CertificatePem);
        }

        await Rotation.Begin();
        _servers = await LiveServers.Start(_stage.Workspace, _stage.Files, [.. _cases.Values.Select(entry => entry.Before), .. Rotation.Endpoints]);
        Rotation.Servers = _servers;
        var hosts = new HostsFile(_stage.Workspace);
        hosts.Write(Cases.All.SelectMany(@case => @case.Hosts.Where(_ => @case.Hosts.Count > 1)).Select(host => $"{host} {Replicas}"));
        Exporter = await Exporter.Start(hosts, _stage.Workspace.Write("mtlsprobe.yml", _configuration));
    }

    private Task Take(Func<(Case Case, Endpoint Before), Endpoint, Endpoint> change) => _servers.Take(endpoint =>
        _cases.TryGetValue((endpoint.Host, endpoint.Port), out var entry) ? change(entry, endpoint) : endpoint);

    private IEnumerable<(Case Case, Endpoint Before)> Endpoints(Case @case) => @case.Hosts.Select(host =>
    {
        var endpoint = new Endpoint(@case.Server, "good", _stage.Port(@case.Name), @case.Server == "haproxy-tcp" ? "tls" : "https") { Host = host, Check = _stage.Known };
        return (@case, @case.Before is { } before ? before(_stage, endpoint) : endpoint);
    });

    private string Configuration()
    {
        var (identities, trusts) = (new StringBuilder(Rotation.Identities), new StringBuilder());
        foreach (var name in Cases.All.Where(@case => @case.Identity is null).Select(@case => @case.Credential))
        {
            identities.AppendLine(CultureInfo.InvariantCulture, $"  {name}:")
                .AppendLine(CultureInfo.InvariantCulture, $"    current: {_stage.Current(name).Yaml}")
                .AppendLine(CultureInfo.InvariantCulture, $"    next: {_stage.Next(name).Yaml}");
        }

        foreach (var name in Cases.All.Select(@case => @case.Trust).OfType<string>())
            trusts.AppendLine(CultureInfo.InvariantCulture, $"  {name}: {{ files: [{_stage.Path($"{name}.pem")}] }}");

        return new ConfigFile(_stage.Files, [.. Cases.All.Select(Target), .. Rotation.Targets])
        {
            Interval = "1s",
            Timeout = "1s",
            Identities = ["good", "revoked", "wrong_ca"],
            MoreIdentities = identities.ToString(),
            MoreTrust = trusts.ToString(),
        }.Yaml();
    }

    private TargetEntry Target(Case @case) => new(@case.Name, _stage.Port(@case.Name))
    {
        Host = @case.Hosts.Count > 1 ? Replicas : @case.Hosts[0],
        Protocol = @case.Server == "haproxy-tcp" ? "tls" : "https",
        Identity = @case.Credential,
        ExpectStatus = @case.ExpectStatus,
        More = [$"labels: {{ team: {Team} }}", .. @case.Trust is { } trust ? [$"trust: {trust}"] : (string[])[], .. @case.More(_stage)],
    };

    /// <summary>The label of every target, by which its alerts would be routed.</summary>
    public const string Team = "money";
}

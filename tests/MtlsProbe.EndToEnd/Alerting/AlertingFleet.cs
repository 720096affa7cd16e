using System.Globalization;
using System.Text;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>The targets of all cases with their servers, and the exporter that probes them.</summary>
internal sealed class AlertingFleet : IAsyncDisposable
{
    /// <summary>The label of the exporter.</summary>
    public const string Instance = "fleet";

    /// <summary>The label of every target, by which its alerts would be routed.</summary>
    public const string Team = "money";

    private const string Replicas = "replicas.test";

    private readonly Stage _stage;
    private readonly Dictionary<(string Host, int Port), (TargetCase Case, Endpoint Before)> _cases;
    private readonly Dictionary<string, int> _fronts = [];
    private string _configuration = "";
    private LiveServers _servers = null!;

    private AlertingFleet(Stage stage)
    {
        _stage = stage;
        _cases = Cases.Targets.SelectMany(Endpoints).ToDictionary(entry => (entry.Before.Host, entry.Before.Port));
        Rotation = new RightRotation(stage);
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
        foreach (var @case in Cases.Targets.Where(@case => @case.Break is not null)) await @case.Break!(_stage);
        _stage.Workspace.Write("mtlsprobe.yml", "targets: [");
    }

    /// <summary>All faults are gone.</summary>
    public async Task Mend()
    {
        _stage.Workspace.Write("mtlsprobe.yml", _configuration);
        foreach (var @case in Cases.Targets.Where(@case => @case.Mend is not null)) await @case.Mend!(_stage);
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
        foreach (var @case in Cases.Targets)
        {
            if (@case.Identity is null) await _stage.Current(@case.Credential).Put(Stage.Fresh());
            if (@case.Front is { } front) _fronts[@case.Name] = await front(_stage);
            if (@case.Trust is { } trust) _stage.Workspace.Write($"{trust}.pem", TestPki.Shared.Root.CertificatePem);
        }

        await Rotation.Begin();
        _servers = await LiveServers.Start(_stage.Workspace, _stage.Files, [.. _cases.Values.Select(entry => entry.Before), .. Rotation.Endpoints, OtherExporters.Endpoint(_stage), LonelyExporter.Endpoint(_stage)]);
        Rotation.Servers = _servers;
        var hosts = new HostsFile(_stage.Workspace);
        hosts.Write(Cases.Targets.Where(HasName).SelectMany(@case => @case.Hosts).Select(host => $"{host} {Replicas}"));
        _configuration = Configuration();
        Exporter = await Exporter.Start(hosts, _stage.Workspace.Write("mtlsprobe.yml", _configuration));
    }

    private Task Take(Func<(TargetCase Case, Endpoint Before), Endpoint, Endpoint> change) => _servers.Take(endpoint =>
        _cases.TryGetValue((endpoint.Host, endpoint.Port), out var entry) ? change(entry, endpoint) : endpoint);

    private IEnumerable<(TargetCase Case, Endpoint Before)> Endpoints(TargetCase @case) => @case.Hosts.Select(host =>
    {
        var endpoint = new Endpoint(@case.Server, "good", _stage.Port(@case.Name), @case.Protocol) { Host = host, Check = _stage.Known };
        return (@case, @case.Before is { } before ? before(_stage, endpoint) : endpoint);
    });

    private string Configuration()
    {
        var (identities, trusts) = (new StringBuilder(Rotation.Identities), new StringBuilder());
        foreach (var name in Cases.Targets.Where(@case => @case.Identity is null).Select(@case => @case.Credential))
        {
            identities.AppendLine(CultureInfo.InvariantCulture, $"  {name}:")
                .AppendLine(CultureInfo.InvariantCulture, $"    current: {_stage.Current(name).Yaml}")
                .AppendLine(CultureInfo.InvariantCulture, $"    next: {_stage.Next(name).Yaml}");
        }

        foreach (var name in Cases.Targets.Select(@case => @case.Trust).OfType<string>())
            trusts.AppendLine(CultureInfo.InvariantCulture, $"  {name}: {{ files: [{_stage.Path($"{name}.pem")}] }}");

        return new ConfigFile(_stage.Files, [.. Cases.Targets.Select(Target), .. Rotation.Targets])
        {
            Interval = "2s",
            Timeout = "2s",
            Identities = ["good", "revoked", "wrong_ca"],
            MoreIdentities = identities.ToString(),
            MoreTrust = trusts.ToString(),
        }.Yaml();
    }

    private TargetEntry Target(TargetCase @case) => new(@case.Name, _fronts.GetValueOrDefault(@case.Name, _stage.Port(@case.Name)))
    {
        Host = HasName(@case) ? Replicas : "127.0.0.1",
        Protocol = @case.Protocol,
        Version = @case.Version,
        Identity = @case.Credential,
        ExpectStatus = @case.ExpectStatus,
        More = [$"labels: {{ team: {Team} }}", .. @case.Trust is { } trust ? [$"trust: {trust}"] : (string[])[], .. @case.More(_stage)],
    };

    /// <summary>Several addresses that we are to see.</summary>
    private static bool HasName(TargetCase @case) => @case.Hosts.Count > 1 && @case.Front is null;
}

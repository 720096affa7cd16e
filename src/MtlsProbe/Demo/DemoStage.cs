using System.Net;
using System.Net.Sockets;
using MtlsProbe.Model;

namespace MtlsProbe.Demo;

/// <summary>The running servers of the demo, and the files that a prober needs for them.</summary>
internal sealed class DemoStage : IAsyncDisposable
{
    /// <summary>The interval of all renewals in the demo.</summary>
    private static readonly TimeSpan RenewalInterval = DemoPki.SvidLife / 2;

    private readonly TimeProvider _time;
    private readonly Socket _unused = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Dictionary<DemoTarget, TlsServer> _servers = [];
    private readonly List<(DemoTarget Target, HostPort Address)> _targets = [];
    private DemoMesh? _mesh;
    private ITimer? _renewal;

    private DemoStage(TimeProvider time) => _time = time;

    public DemoFiles Files { get; } = new();

    /// <summary>What a rotation can change.</summary>
    public DemoRollout Rollout { get; private set; } = null!;

    public IReadOnlyList<(DemoTarget Target, HostPort Address)> Targets => _targets;

    /// <summary>Starts the servers and writes the files.</summary>
    /// <exception cref="IOException">The temporary directory cannot be written; the same for <see cref="UnauthorizedAccessException"/>.</exception>
    public static async Task<DemoStage> OpenAsync(TimeProvider time)
    {
        var stage = new DemoStage(time);
        try
        {
            await stage.StartAsync();
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_renewal is not null) await _renewal.DisposeAsync();
        if (_mesh is not null) await _mesh.DisposeAsync();
        await Task.WhenAll(_servers.Values.Select(server => server.DisposeAsync().AsTask()));
        _unused.Dispose();
        Files.Dispose();
    }

    private async Task StartAsync()
    {
        _unused.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound but not listening: connections to the port are refused, and no other process gets it
        var pki = new DemoPki(_time);
        foreach (var target in new DemoTargets(pki).All())
        {
            if (target.Behaviour is { } behaviour) _servers.Add(target, new TlsServer(target.Tls, behaviour, _time));
            var port = _servers.TryGetValue(target, out var server) ? server.Port : ((IPEndPoint)_unused.LocalEndPoint!).Port;
            _targets.Add((target, new HostPort("127.0.0.1", port)));
        }

        foreach (var (target, server) in _servers)
        {
            if (target.Replicas.Count > 0) server.Replace([target.Tls!, .. target.Replicas]);
        }

        Files.Write(pki, _targets);
        Rollout = new DemoRollout(pki, Files, [.. DemoRollout.Servers.Select(name => _servers.Single(entry => entry.Key.Name == name)).Select(entry => (entry.Value, entry.Key.Tls!))]);
        _mesh = await DemoMesh.OpenAsync(pki, Files.WorkloadApi.Path!);
        _renewal = _time.CreateTimer(_ => Renew(), null, RenewalInterval, RenewalInterval);
    }

    private void Renew()
    {
        foreach (var (target, server) in _servers)
        {
            if (target.Renew is { } renew) server.Replace(renew());
        }

        _mesh?.Renew();
    }
}

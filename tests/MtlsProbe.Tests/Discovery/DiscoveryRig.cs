using MtlsProbe.Discovery;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Tests.Probing;

namespace MtlsProbe.Tests.Discovery;

/// <summary>A fleet with one target of the file and one source of targets, <c>catalogue</c>, on a clock moved by hand.</summary>
public abstract class DiscoveryRig : IAsyncDisposable
{
    private FleetRig? _rig;

    private protected FleetRig Rig => _rig!;

    /// <summary>The clock, which servers of a test may read before the fleet is built.</summary>
    private protected ManualTime Time { get; } = new();

    private protected Fleet Fleet => Rig.Fleet;

    private protected TempFiles Files { get; } = new();

    private protected IEnumerable<string> Shown => Fleet.Snapshot().Targets.Select(target => target.Name);

    private protected TargetSet Set => Fleet.Snapshot().TargetSets.Single(set => set.Name == "catalogue");

    public virtual async ValueTask DisposeAsync()
    {
        if (_rig is not null) await _rig.DisposeAsync();
        Files.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The configuration, completed by <see cref="FleetRig"/>.</summary>
    /// <param name="place">Where the source finds its targets.</param>
    private protected static string Configuration(string place, string target = "") =>
        FleetRig.Targets("of-file") + $"discovery:\n  - name: catalogue\n    {place}\n    target: {{ protocol: tls, {target} }}\n";

    private protected void Start(string place, string target = "") => _rig = new FleetRig(Configuration(place, target), time: Time);

    /// <summary>Moves the clock until the condition is true.</summary>
    /// <param name="stands">While it is true, probes in progress take no time.</param>
    private protected async Task Until(Func<bool> holds, Func<bool>? stands = null)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!holds())
        {
            if (stands?.Invoke() != true) Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1, patience.Token);
        }
    }
}

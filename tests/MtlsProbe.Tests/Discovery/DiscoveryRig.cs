using MtlsProbe.Discovery;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Tests.Probing;

namespace MtlsProbe.Tests.Discovery;

/// <summary>A fleet with one target in the configuration file and one discovery source, <c>catalogue</c>, on a clock that tests move.</summary>
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

    /// <summary>The configuration, which <see cref="FleetRig"/> completes.</summary>
    /// <param name="place">The kind of the source and its keys.</param>
    private protected static string Configuration(string place, string target = "") =>
        FleetRig.Targets("of-file") + $"discovery:\n  - name: catalogue\n    {place}\n    target: {{ protocol: tls, {target} }}\n";

    private protected void Start(string place, string target = "") => _rig = new FleetRig(Configuration(place, target), time: Time);

    /// <summary>Moves the clock until the condition holds. It stands while a request is in progress.</summary>
    /// <param name="hangs">Whether requests never end, so the clock has to move.</param>
    private protected async Task Until(Func<bool> holds, bool hangs = false)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!holds())
        {
            if (hangs || !Time.IsLimited) Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1, patience.Token);
        }
    }
}

using System.Globalization;
using System.Security.Cryptography;
using MtlsProbe.Probing;
using MtlsProbe.Status;

namespace MtlsProbe.Web;

/// <summary>The view of the fleet as it is now, made anew only when something has changed. Thread-safe.</summary>
internal sealed class FleetViews(Fleet fleet, TimeProvider time)
{
    /// <summary>A view is made anew after this even where nothing has changed, since some of it depends on the clock.</summary>
    public static readonly TimeSpan LongestAge = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private Held? _held;

    /// <summary>Another one in each process, so that nothing of an earlier one is taken for known.</summary>
    public string Instance { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>The view, and the tag of answers made from it.</summary>
    public (FleetView View, EntityTag Tag) Now()
    {
        lock (_gate)
        {
            // The version first: what changes between the two is then found to be new the next time.
            var version = fleet.Version;
            if (_held is null || _held.Version != version || time.GetElapsedTime(_held.Since) >= LongestAge)
                _held = new Held(version, time.GetTimestamp(), (_held?.Number ?? 0) + 1, new FleetView(fleet.Snapshot(withProcess: false)));
            return (_held.View, Tag($"{_held.Number}"));
        }
    }

    /// <summary>The tag of answers about one target: they change with its own handshakes and with the configuration alone.</summary>
    public EntityTag TagOf(FleetView view, string target)
    {
        var handshakes = view.ByTarget[target];
        var revision = handshakes.Select(entry => entry.State.Revision).DefaultIfEmpty().Max();
        var minute = view.Snapshot.At.UtcTicks / LongestAge.Ticks;
        return Tag($"{view.Snapshot.Reload.LastSuccess.UtcTicks:x}-{handshakes.Count():x}-{revision:x}-{minute:x}");
    }

    private EntityTag Tag(FormattableString state) => EntityTag.Of($"{Instance}-{state.ToString(CultureInfo.InvariantCulture)}");

    /// <param name="Since">A timestamp of the clock.</param>
    private sealed record Held(long Version, long Since, long Number, FleetView View);
}

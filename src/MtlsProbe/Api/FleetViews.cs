using System.Globalization;
using System.Security.Cryptography;
using MtlsProbe.Feed;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Api;

/// <summary>
/// The current view of the fleet. It is made again only on a request after a change, and dropped after some time without requests, because it keeps
/// results alive that the fleet has replaced. Thread-safe.
/// </summary>
internal sealed class FleetViews : IDisposable
{
    /// <summary>
    /// After this time a view is made again even without a change, because some of it depends on the clock. After this time without requests it is
    /// dropped, because it would be made again anyway.
    /// </summary>
    public static readonly TimeSpan LongestAge = TimeSpan.FromMinutes(1);

    private readonly Fleet _fleet;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly ITimer _idle;
    private Held? _held;
    private long _made;
    private long _asked;

    public FleetViews(Fleet fleet, TimeProvider time)
    {
        (_fleet, _time) = (fleet, time);
        _idle = time.CreateTimer(_ => Forget(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Different in each process, so that a client does not take a state of an earlier process for the current one.</summary>
    public string Instance { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>The view, and the tag of answers made from it.</summary>
    public (FleetView View, EntityTag Tag) Now()
    {
        lock (_gate)
        {
            // The version first: a change between the two reads then makes the next read see a new version.
            var version = _fleet.Version;
            if (_held is null || _held.Version != version || _time.GetElapsedTime(_held.Since) >= LongestAge)
                _held = new Held(version, _time.GetTimestamp(), ++_made, new FleetView(_fleet.Snapshot()));
            _asked = _time.GetTimestamp();
            _idle.Change(LongestAge, Timeout.InfiniteTimeSpan);
            return (_held.View, Tag($"{_held.Number}"));
        }
    }

    /// <summary>The tag of answers about one target: they change only with its own handshakes and with the configuration.</summary>
    public EntityTag TagOf(FleetView view, string target)
    {
        var handshakes = view.ByTarget[target];
        var revision = handshakes.Select(entry => entry.State.Revision).DefaultIfEmpty().Max();
        var minute = view.Snapshot.At.UtcTicks / LongestAge.Ticks;
        return Tag($"{view.Snapshot.Reload.LastSuccess.UtcTicks:x}-{handshakes.Count:x}-{revision:x}-{minute:x}");
    }

    /// <summary>The events, and the state of their file.</summary>
    public (IReadOnlyList<FleetEvent> Events, StorageState? Storage, EntityTag Tag) Changes()
    {
        var version = _fleet.Events.Version; // first, for the same reason as above
        var storage = _fleet.Storage();
        return (_fleet.Events.All, storage, Tag($"e{version:x}-{storage?.Since?.UtcTicks ?? 0:x}"));
    }

    public DateTimeOffset Time => _time.GetUtcNow();

    public void Dispose() => _idle.Dispose();

    private void Forget()
    {
        lock (_gate)
        {
            // There may be time left if a request came after the timer had fired, or if it fired a little early: timers and timestamps do not agree
            // exactly.
            var rest = LongestAge - _time.GetElapsedTime(_asked);
            if (rest <= TimeSpan.Zero) _held = null;
            else _idle.Change(rest + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
    }

    private EntityTag Tag(FormattableString state) => EntityTag.Of($"{Instance}-{state.ToString(CultureInfo.InvariantCulture)}");

    /// <param name="Since">A timestamp of the clock.</param>
    private sealed record Held(long Version, long Since, long Number, FleetView View);
}

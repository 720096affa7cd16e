using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>The source of a target.</summary>
/// <param name="Name">The name of the source; for the configuration, its file.</param>
/// <param name="Kind">The key in the configuration: <c>file</c>, <c>http</c>; <c>configuration</c> if the target itself is defined there.</param>
/// <param name="Place">Where the source finds its targets.</param>
internal sealed record TargetSourceFacts(string Name, string Kind, string Place)
{
    public static TargetSourceFacts Of(Target target, FleetSnapshot snapshot)
    {
        // A name belongs to the first set that has it.
        var set = snapshot.TargetSets.FirstOrDefault(set => set.Targets.Any(one => ReferenceEquals(one, target) || one.Name == target.Name));
        return set?.Place is { } place ? new(set.Name, place.Kind, Shown.Text(place.Shown)) : new(snapshot.ConfigFile, "configuration", snapshot.ConfigFile);
    }
}

/// <summary>A source of targets, and its state.</summary>
/// <param name="Targets">Targets that are probed.</param>
/// <param name="Up">Whether all of its targets were delivered at the last attempt; null before the first.</param>
/// <param name="Since">Since when that is so.</param>
/// <param name="Fault">Why they were not; null if they were.</param>
/// <param name="LeftOut">Targets that are not probed.</param>
/// <param name="Rejected">The first of those that cannot be probed.</param>
/// <param name="Duplicates">The first of those whose name is already used.</param>
internal sealed record DiscoveryFacts(
    string Name, string Kind, string Place, int Targets, bool? Up, DateTimeOffset? Since, DateTimeOffset? LastSuccess, string? Fault, int LeftOut, ValueList<RejectedTarget> Rejected, ValueList<string> Duplicates)
{
    public static DiscoveryFacts Of(TargetSet set) => new(
        set.Name, set.Place!.Kind, Shown.Text(set.Place.Shown), set.Probed, set.IsKnown ? set.Fault is null : null, set.Since, set.LastSuccess,
        set.Fault is { } fault ? Shown.Text(fault) : null, set.RejectedCount + set.LeftOut.Count,
        set.Rejected.Take(Shown.Most).Select(one => new RejectedTarget(one.Target, Shown.Text(one.Place), Shown.Text(one.Problem), one.Hint)).ToValueList(),
        set.LeftOut.Take(Shown.Most).ToValueList());
}

using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>Where a target is configured or discovered.</summary>
/// <param name="Name">Of the discovery source; for a configured target, the configuration file.</param>
/// <param name="Kind">The kind of the source, for example <c>file</c>; <c>configuration</c> for a configured target.</param>
/// <param name="Place">Where the source finds its targets.</param>
internal sealed record TargetSourceFacts(string Name, string Kind, string Place)
{
    public static TargetSourceFacts Of(Target target, FleetSnapshot snapshot)
    {
        var set = snapshot.TargetSets.FirstOrDefault(set => set.Name == target.Source);
        return set?.Place is { } place ? new(set.Name, place.Kind, Shown.Text(place.Shown)) : new(snapshot.ConfigFile, "configuration", snapshot.ConfigFile);
    }
}

/// <summary>A discovery source and its state.</summary>
/// <param name="Targets">How many of its targets are probed.</param>
/// <param name="Up">Whether it delivered all of its targets at the last attempt; null before the first attempt has ended.</param>
/// <param name="Since">Since when this is the case.</param>
/// <param name="Fault">Why it did not; null if it did.</param>
/// <param name="LeftOut">How many of its targets are not probed.</param>
/// <param name="Rejected">The first of them that cannot be probed.</param>
/// <param name="Duplicates">The first of them that have the name of another target.</param>
internal sealed record DiscoveryFacts(
    string Name, string Kind, string Place, int Targets, bool? Up, DateTimeOffset? Since, DateTimeOffset? LastSuccess, string? Fault, int LeftOut, ValueList<RejectedTarget> Rejected, ValueList<string> Duplicates)
{
    public static DiscoveryFacts Of(TargetSet set) => new(
        set.Name, set.Place!.Kind, Shown.Text(set.Place.Shown), set.Probed, set.IsKnown ? set.Fault is null : null, set.Since, set.LastSuccess,
        set.Fault is { } fault ? Shown.Text(fault) : null, set.RejectedCount + set.LeftOut.Count,
        set.Rejected.Take(Shown.Most).Select(one => new RejectedTarget(one.Target, Shown.Text(one.Place), Shown.Text(one.Problem), one.Hint)).ToValueList(),
        set.LeftOut.Take(Shown.Most).ToValueList());
}

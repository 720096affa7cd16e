using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>The names of the targets in which two lists differ, for people.</summary>
internal sealed record TargetDifference(ValueList<string> Added, ValueList<string> Removed, ValueList<string> Changed)
{
    /// <summary>How many names a line holds.</summary>
    private const int MostNames = 10;

    public static TargetDifference Between(ValueList<Target> before, ValueList<Target> after)
    {
        // A source may name one twice, which is left out later.
        var (old, now) = (ByName(before), ByName(after));
        return new(
            [.. now.Keys.Where(name => !old.ContainsKey(name))],
            [.. old.Keys.Where(name => !now.ContainsKey(name))],
            [.. now.Where(target => old.TryGetValue(target.Key, out var was) && was != target.Value).Select(target => target.Key)]);
    }

    /// <summary>The first of these names, and how many more there are.</summary>
    public static string Names(IEnumerable<string> targets)
    {
        var names = targets.ToList();
        return names.Count switch
        {
            0 => "none",
            <= MostNames => string.Join(", ", names),
            _ => $"{string.Join(", ", names.Take(MostNames))} and {names.Count - MostNames} more",
        };
    }

    private static Dictionary<string, Target> ByName(ValueList<Target> targets)
    {
        var byName = new Dictionary<string, Target>(targets.Count, StringComparer.Ordinal);
        foreach (var target in targets) byName.TryAdd(target.Name, target);
        return byName;
    }
}

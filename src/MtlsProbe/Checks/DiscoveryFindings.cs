using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Checks;

/// <summary>What is wrong with the discovery sources: insecure settings, and the result of looking at them.</summary>
internal static class DiscoveryFindings
{
    /// <summary>Omitted targets of a source that are named.</summary>
    private const int MostNamed = 20;

    /// <param name="sets">Including that of the configuration file; empty if the sources were not looked at.</param>
    public static IEnumerable<Finding> Of(Configuration configuration, IEnumerable<TargetSet> sets)
    {
        foreach (var source in configuration.Discoveries)
        {
            if (source.Place.Caution is var (problem, hint)) yield return new Finding(false, Where(source.Name), problem, hint);
        }

        foreach (var set in sets.Where(set => set.Place is not null))
        {
            if (set.Fault is { } fault) yield return new Finding(true, Where(set.Name), $"delivers {(set.Targets.Count == 0 ? "no targets" : "only some of its targets")}: {fault}", null);
            else if (set.Targets.Count + set.RejectedCount == 0) yield return new Finding(false, Where(set.Name), "delivers no targets at present", null);
            foreach (var one in set.Rejected.Take(MostNamed)) yield return new Finding(false, Where(set.Name), $"{one.Target} is left out: {one.Place}: {one.Problem}", one.Hint);
            if (set.RejectedCount > MostNamed) yield return new Finding(false, Where(set.Name), $"{Counts.Of(set.RejectedCount - MostNamed, "more target")} cannot be probed", null);
            if (set.LeftOut.Count > 0)
                yield return new Finding(false, Where(set.Name), $"left out, because other targets have the same names: {string.Join(", ", set.LeftOut.Take(MostNamed))}{(set.LeftOut.Count > MostNamed ? $" and {set.LeftOut.Count - MostNamed} more" : "")}", "set the label name, or __mtlsprobe_name, to give a target another name");
        }
    }

    private static string Where(string source) => $"discovery.{source}";
}

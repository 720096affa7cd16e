using System.Globalization;
using MtlsProbe.Model;

namespace MtlsProbe.Checks;

/// <summary>Warns if <c>others</c> makes more handshakes than the file suggests.</summary>
internal static class LoadFindings
{
    /// <summary>Handshakes per second, of all targets: about what one core has been measured to handle with reserve (docs/benchmarks.md).</summary>
    private const double Most = 200;

    /// <param name="nextIsStaged">Whether the replacement of an identity exists.</param>
    public static IEnumerable<Finding> Of(Configuration configuration, Func<string, bool> nextIsStaged)
    {
        var others = configuration.Targets.Where(target => target.MustRejectOthers).ToList();
        if (others.Count == 0) yield break;
        var rate = configuration.Targets.Sum(target => Handshakes(target) / target.Interval.TotalSeconds);
        if (rate <= Most) yield break;
        var more = others.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" and of {others.Count - 1:N0} more");
        yield return new Finding(false, $"targets.{others[0].Name}.must_reject", string.Create(CultureInfo.InvariantCulture,
            $"\"others\" of this target{more} makes {others.Sum(target => (long)target.MustReject.Count):N0} handshakes a round; with the rest the fleet takes {rate:N0} a second, for each address of a name"),
            "give these targets a longer interval, or a list in must_reject; mtlsprobe matrix --all probes all pairs once, slowly");

        int Handshakes(Target target) => target.Accepted.Sum(identity => nextIsStaged(identity) ? 2 : 1) + target.MustReject.Count;
    }
}

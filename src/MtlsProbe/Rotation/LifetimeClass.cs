using System.Globalization;
using MtlsProbe.Certificates;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>
/// The lifetime of certificates shows how they are renewed: automatically every day, automatically every few months, or by hand once a year. A
/// certificate with an unusual lifetime is easily forgotten.
/// </summary>
internal static class LifetimeClass
{
    private const int NamesShown = 5;

    private static readonly (int Days, string Name)[] s_classes = [(7, "up to 7 days"), (100, "up to 100 days"), (400, "up to 400 days")];

    /// <summary>From <c>notBefore</c> to <c>notAfter</c>, whatever part of it is left.</summary>
    public static string Of(Certificate certificate)
    {
        var days = (certificate.NotAfter - certificate.NotBefore).TotalDays;
        return Array.Find(s_classes, one => days <= one.Days).Name ?? "more than 400 days";
    }

    /// <summary>Null if all have similar lifetimes.</summary>
    public static PreflightWarning? Mixed(Certificate leaf, ValueList<(string Name, Certificate Leaf)> others)
    {
        var ours = Of(leaf);
        var different = others.Where(other => Of(other.Leaf) != ours).ToList();
        if (different.Count == 0) return null;
        var names = string.Join(", ", different.Take(NamesShown).Select(other => $"{other.Name} ({Of(other.Leaf)})"));
        if (different.Count > NamesShown) names += FormattableString.Invariant($" and {different.Count - NamesShown:N0} more");
        return new("lifetime_mixed", $"the new certificate is valid for {Lifetime(leaf.NotAfter - leaf.NotBefore)} ({ours}), unlike {names}: check that its renewal is monitored too");
    }

    /// <summary>Issuers whose certificates are in several classes: one that is renewed differently is easily overlooked. One sentence for each.</summary>
    public static IEnumerable<PreflightWarning> MixedWithinIssuers(IEnumerable<Certificate> leaves) =>
        from issued in leaves.Distinct().GroupBy(leaf => leaf.Issuer, StringComparer.Ordinal)
        let classes = issued.GroupBy(Of, StringComparer.Ordinal).OrderByDescending(one => one.Count()).ToList()
        where classes.Count > 1
        let words = classes.Select(one => FormattableString.Invariant($"{one.Count():N0} {(one.Count() == 1 ? "lives" : "live")} {one.Key}{(one.Count() == 1 ? $" ({one.First().Subject})" : "")}"))
        orderby issued.Key
        select new PreflightWarning("lifetime_mixed", $"the certificates of {issued.Key} have different lifetimes: {string.Join(", ", words)}; check that all of them are renewed");

    /// <summary>Short lifetimes with one decimal place: a day is not a day and a half.</summary>
    private static string Lifetime(TimeSpan life) => life.TotalDays > 400 ? Counts.Of(life) : string.Create(CultureInfo.InvariantCulture, $"{life.TotalDays:0.#} days");
}

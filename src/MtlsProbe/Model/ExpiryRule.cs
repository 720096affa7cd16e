using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// When a certificate counts as expiring: the thresholds of <c>alerts/</c>. What is amber on the page has a warning alert, and what is red has a
/// critical one. A test compares the two. Pure.
/// </summary>
internal static class ExpiryRule
{
    /// <summary>Share of the lifetime, for lifetimes too short for <see cref="WarningMost"/>.</summary>
    public const double WarningShare = 0.25;

    public const double CriticalShare = 0.1;

    /// <summary>The share of its life that a certificate has used when its renewal counts as late.</summary>
    public const double LateShare = 0.8;

    public static readonly TimeSpan WarningMost = TimeSpan.FromDays(14);

    public static readonly TimeSpan CriticalMost = TimeSpan.FromDays(3);

    /// <summary>A root takes months to replace.</summary>
    public static readonly TimeSpan AnchorWarning = TimeSpan.FromDays(90);

    public static readonly TimeSpan AnchorCritical = TimeSpan.FromDays(14);

    /// <summary>The level of a certificate that is presented; null if its expiry is not near.</summary>
    public static ExpiryLevel? Of(DateTimeOffset notBefore, DateTimeOffset notAfter, DateTimeOffset now)
    {
        var (left, life) = (notAfter - now, notAfter - notBefore);
        return left <= TimeSpan.Zero ? ExpiryLevel.Expired
            : left < Least(CriticalShare * life, CriticalMost) ? ExpiryLevel.Critical
            : left < Least(WarningShare * life, WarningMost) ? ExpiryLevel.Warning
            : null;
    }

    public static ExpiryLevel? Of(Certificate certificate, DateTimeOffset now) => Of(certificate.NotBefore, certificate.NotAfter, now);

    /// <summary>The level of a trust anchor, for which only the expiry counts.</summary>
    public static ExpiryLevel? OfAnchor(Certificate anchor, DateTimeOffset now)
    {
        var left = anchor.NotAfter - now;
        return left <= TimeSpan.Zero ? ExpiryLevel.Expired : left < AnchorCritical ? ExpiryLevel.Critical : left < AnchorWarning ? ExpiryLevel.Warning : null;
    }

    /// <summary>
    /// The level of a chain, leaf first: that of its leaf, or of the issuer that expires first. An expired issuer is only a warning, because the
    /// verdict on the chain says whether anyone needs it.
    /// </summary>
    public static ExpiryLevel? OfChain(ValueList<Certificate> chain, DateTimeOffset now)
    {
        if (chain.Count == 0) return null;
        var level = Of(chain[0], now);
        for (var i = 1; i < chain.Count; i++)
        {
            if (chain[i] == chain[0]) continue; // a second copy of the leaf
            var issuer = Of(chain[i], now);
            level = Worse(level, issuer == ExpiryLevel.Expired ? ExpiryLevel.Warning : issuer);
        }

        return level;
    }

    /// <summary>Whether the last renewal came late.</summary>
    /// <param name="renewedAt">The share of its lifetime that the previous certificate had used; null if it was never renewed.</param>
    public static ExpiryLevel? OfRenewal(double? renewedAt) => renewedAt > LateShare ? ExpiryLevel.Late : null;

    /// <summary>The worse of two levels; null is the best.</summary>
    public static ExpiryLevel? Worse(ExpiryLevel? one, ExpiryLevel? other) =>
        one is null ? other : other is null || one <= other ? one : other;

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}

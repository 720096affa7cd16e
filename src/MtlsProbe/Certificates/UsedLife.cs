namespace MtlsProbe.Certificates;

/// <summary>The share of its lifetime that a certificate had used at some time.</summary>
internal static class UsedLife
{
    /// <summary>0 at its start, 1 at its end, more after that; null if it has no lifetime.</summary>
    public static double? At(DateTimeOffset notBefore, DateTimeOffset notAfter, DateTimeOffset time) =>
        notAfter > notBefore ? (time - notBefore) / (notAfter - notBefore) : null;
}

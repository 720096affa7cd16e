namespace MtlsProbe.Certificates;

/// <summary>How much of its life a certificate had used at some time.</summary>
internal static class UsedLife
{
    /// <summary>0 at its beginning, 1 at its end, more beyond it; null where it has no life.</summary>
    public static double? At(DateTimeOffset notBefore, DateTimeOffset notAfter, DateTimeOffset time) =>
        notAfter > notBefore ? (time - notBefore) / (notAfter - notBefore) : null;
}

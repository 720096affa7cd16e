using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>One path, and everything whose expiry ends it.</summary>
/// <param name="All">In the order of the path, leaf first, then everything that is not a certificate.</param>
internal sealed record PathEnds(CertificatePath Path, ValueList<OutlookEnd> All)
{
    /// <summary>The first time at which all of its certificates are valid.</summary>
    public DateTimeOffset From { get; } = Path.Certificates.Max(certificate => certificate.NotBefore);

    /// <summary>The last time at which all of it is valid.</summary>
    public DateTimeOffset Until { get; } = All.Min(end => end.At);
}

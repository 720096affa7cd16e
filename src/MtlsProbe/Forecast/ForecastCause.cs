using System.Text.Json.Serialization;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>Something that expires, and every handshake that depends on it. In JSON the order of the members is the order of the object.</summary>
internal sealed record ForecastCause
{
    /// <summary>
    /// Made from the place, not from the certificate: after a renewal, the successor has the same one. So has the cause in another exporter with the
    /// same names.
    /// </summary>
    public required string Id { get; init; }

    public required EndCause Cause { get; init; }

    /// <summary>The last second of its validity.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Null if it is not a certificate.</summary>
    public required EndingCertificate? Certificate { get; init; }

    /// <summary>When two thirds of its lifetime are over, the usual time to renew a leaf; null if it is not a leaf, or if that time has passed.</summary>
    public DateTimeOffset? RenewalExpected { get; init; }

    /// <summary>Number of handshakes that fail because of it, and not earlier for another cause.</summary>
    public required int Fails { get; init; }

    /// <summary>Number of handshakes that depend on it, including those that fail earlier for another cause.</summary>
    public required int Total { get; init; }

    /// <summary>What to renew, and where, as a sentence.</summary>
    public required string Remedy { get; init; }

    /// <summary>Where it comes from: our files, or another source; none for what servers present.</summary>
    public required ValueList<string> Sources { get; init; }

    /// <summary>The handshakes that depend on it; those that fail because of it first, in the order of the configuration.</summary>
    public required ValueList<ForecastPlace> Handshakes { get; init; }

    /// <summary>The identities with these credentials, or the trust bundles; none for what servers present.</summary>
    [JsonIgnore]
    public ValueList<string> Owners { get; init; } = [];
}

/// <summary>A handshake that depends on a cause.</summary>
/// <param name="First">Whether it fails because of this cause, and not earlier for another.</param>
internal sealed record ForecastPlace(string Target, string Address, string Identity, Slot Slot, bool First);

/// <summary>The shown facts of a certificate that expires.</summary>
internal sealed record EndingCertificate(string Subject, string Issuer, string Serial, string Sha256, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    public static EndingCertificate Of(Certificate certificate) => new(
        Text.Shown.Name(certificate.Subject), Text.Shown.Name(certificate.Issuer), certificate.Serial, certificate.Sha256, certificate.NotBefore, certificate.NotAfter);
}

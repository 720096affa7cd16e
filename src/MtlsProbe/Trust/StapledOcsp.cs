using System.Security.Cryptography;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Text;

namespace MtlsProbe.Trust;

/// <summary>
/// Judges the stapled OCSP response (RFC 6066 §8). A verified and current one is believed; a bad one is noted but is no fault, for clients
/// go by the certificates. The same goes for one that is missing although the certificate demands it (RFC 7633), which few clients heed.
/// </summary>
internal sealed class StapledOcsp
{
    private const string MissingNote = "the certificate demands a stapled OCSP response, but the server sent none";

    /// <summary>What the clocks of a responder and of this machine may differ.</summary>
    private static readonly TimeSpan s_leeway = TimeSpan.FromMinutes(5);

    /// <summary>Bytes of what is remembered, of which there are twice as many at most: ten thousand responses without a delegate.</summary>
    private const long MostRemembered = 4 << 20;

    /// <summary>A reading without its delegate, with the hash of its response and its entry.</summary>
    private const int Overhead = 400;

    private readonly BoundedCache<(string Response, string Certificate, string Issuer), OcspReading> _readings = new(
        MostRemembered, reading => Overhead + (reading.Statement?.Delegate is { } responder ? CertificateCost.Of(responder) : CertificateCost.Of(reading.Problem)));

    /// <summary>What is remembered of responses, in bytes.</summary>
    public long Cost => _readings.Cost;

    /// <param name="response">DER; empty where none was stapled.</param>
    /// <param name="leaf">The certificate that it should be about.</param>
    /// <param name="issuer">Its issuer; null where that is not known.</param>
    /// <param name="now">The probe's clock.</param>
    public StapledVerdict Judge(ReadOnlyMemory<byte> response, Certificate leaf, Certificate? issuer, DateTimeOffset now)
    {
        if (response.IsEmpty)
            return new(null, leaf.Rules.MustStaple ? MissingNote : null, null);
        if (issuer is null) return Invalid("cannot be verified without the issuer of the server's certificate");
        var reading = Read(response, leaf, issuer);
        if (reading.Statement is not { } statement) return Invalid(reading.Problem!);
        if (statement.ThisUpdate > now + s_leeway) return Invalid($"is from the future ({Times.Iso(statement.ThisUpdate)})");
        if (statement.NextUpdate is { } end && end < now - s_leeway)
            return Invalid($"is out of date: it says {Label(statement)} and was to be replaced by {Times.Iso(end)}");
        if (statement.Delegate is { } responder && Validity.Faults(responder, now).FirstOrDefault() is { } fault)
            return Invalid($"is signed by a responder that is not current: {fault.Detail}");
        return statement.Status switch
        {
            OcspStatus.Revoked => new(Label(statement), null, new(Reasons.Revoked, leaf.Subject,
                $"{leaf.Named()} was revoked{When(statement)}{Why(statement)}, says the stapled OCSP response")),
            OcspStatus.Unknown => new(Label(statement), "the OCSP responder does not know the server's certificate", null),
            _ => new(Label(statement), null, null),
        };
    }

    private static StapledVerdict Invalid(string why) => new("invalid", $"the stapled OCSP response {why}", null);

    private OcspReading Read(ReadOnlyMemory<byte> response, Certificate leaf, Certificate issuer)
    {
        var key = (Convert.ToHexStringLower(SHA256.HashData(response.Span)), leaf.Sha256, issuer.Sha256);
        if (_readings.TryGet(key, out var known)) return known;
        var reading = OcspResponse.Read(response.Span, leaf.Der.Span, issuer.Der.Span);
        _readings.Add(key, reading);
        return reading;
    }

    private static string Label(OcspStatement statement) => statement.Status.Label();

    private static string When(OcspStatement statement) => statement.RevokedAt is { } time ? $" at {Times.Iso(time)}" : "";

    private static string Why(OcspStatement statement) => statement.Reason is { } reason ? $" ({reason})" : "";
}

/// <summary>What a stapled response means for the verdict.</summary>
/// <param name="Status"><c>good</c>, <c>revoked</c>, <c>unknown</c> or <c>invalid</c>; null where none was stapled.</param>
/// <param name="Note">Null where there is nothing odd.</param>
/// <param name="Fault">The revocation.</param>
internal readonly record struct StapledVerdict(string? Status, string? Note, ChainFault? Fault);

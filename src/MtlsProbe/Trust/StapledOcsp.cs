using System.Security.Cryptography;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Text;

namespace MtlsProbe.Trust;

/// <summary>
/// Judges the stapled OCSP response (RFC 6066 §8). A verified and current response counts. A bad one is noted but is not a fault, because clients use
/// the certificate anyway. The same applies if it is missing although the certificate requires it (RFC 7633), which few clients enforce.
/// </summary>
internal sealed class StapledOcsp
{
    private static readonly StapledVerdict s_missing = new()
    {
        Note = "not_stapled: the certificate requires a stapled OCSP response, but the server sent none",
        NoteName = ChainNotes.NotStapled,
    };

    /// <summary>Bytes of cached responses; at most twice as many are kept: ten thousand responses without a delegate.</summary>
    private const long MostRemembered = 4 << 20;

    /// <summary>The memory of a result without its delegate, including the hash of its response and its entry.</summary>
    private const int Overhead = 400;

    private readonly BoundedCache<(string Response, string Certificate, string Issuer), OcspReading> _readings = new(
        MostRemembered, reading => Overhead + (reading.Statement?.Delegate is { } responder ? CertificateCost.Of(responder) : CertificateCost.Of(reading.Problem)));

    /// <summary>The memory of the cached responses, in bytes.</summary>
    public long Cost => _readings.Cost;

    /// <param name="response">DER; empty if none was stapled.</param>
    /// <param name="leaf">The certificate that it should be about.</param>
    /// <param name="issuer">Its issuer; null if it is not known.</param>
    /// <param name="now">The clock of the probe.</param>
    /// <param name="isAnchored">Whether the issuer leads to a trust anchor: otherwise anyone could have created it and its responses.</param>
    /// <param name="lists">Lists for the revocation of responders; null: there are none.</param>
    public StapledVerdict Judge(ReadOnlyMemory<byte> response, Certificate leaf, Certificate? issuer, DateTimeOffset now, bool isAnchored = true, IRevocationEvidence? lists = null)
    {
        if (response.IsEmpty) return leaf.Rules.MustStaple ? s_missing : default;
        if (issuer is null) return Invalid("cannot be verified without the issuer of the server's certificate");
        var reading = Read(response, leaf, issuer);
        if (reading.Statement is not { } statement) return Invalid(reading.Problem!);
        var verdict = isAnchored ? Judge(statement, leaf, issuer, lists, now) : Invalid("is from an issuer that does not lead to a trust anchor");
        return verdict with { Period = new StaplePeriod(statement.ThisUpdate, statement.NextUpdate) };
    }

    /// <summary>For a response with a valid signature.</summary>
    private static StapledVerdict Judge(OcspStatement statement, Certificate leaf, Certificate issuer, IRevocationEvidence? lists, DateTimeOffset now)
    {
        if ((OcspBelief.Problem(statement, now) ?? OcspBelief.RevokedDelegate(statement, issuer, lists, now)) is { } problem) return Invalid(problem);
        var verdict = new StapledVerdict { Status = Label(statement), Finding = Finding(statement) };
        return statement.Status switch
        {
            OcspStatus.Revoked => verdict with
            {
                Fault = new(Reasons.Revoked, leaf.Subject, $"{leaf.Named()} was revoked{When(statement)}{Why(statement)}, says the stapled OCSP response"),
            },
            OcspStatus.Unknown => verdict with { Note = "the OCSP responder does not know the server's certificate", NoteName = ChainNotes.StapleUnknown },
            _ => verdict,
        };
    }

    private static StapledVerdict Invalid(string why) => new()
    {
        Status = "invalid",
        Note = $"the stapled OCSP response {why}",
        NoteName = ChainNotes.StapleInvalid,
        Finding = RevocationFinding.Unknown($"the stapled OCSP response {why}"),
    };

    private static RevocationFinding Finding(OcspStatement statement) => new()
    {
        Status = statement.Status switch { OcspStatus.Good => RevocationStatus.Good, OcspStatus.Revoked => RevocationStatus.Revoked, _ => RevocationStatus.Unknown },
        ThisUpdate = statement.ThisUpdate,
        NextUpdate = statement.NextUpdate,
        RevokedAt = statement.RevokedAt,
        Reason = statement.Reason,
        Missing = statement.Status == OcspStatus.Unknown ? "the OCSP responder does not know the certificate" : null,
    };

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
internal readonly record struct StapledVerdict
{
    /// <summary><c>good</c>, <c>revoked</c>, <c>unknown</c> or <c>invalid</c>; null if none was stapled.</summary>
    public string? Status { get; init; }

    /// <summary>Null if its signature is invalid.</summary>
    public StaplePeriod? Period { get; init; }

    /// <summary>Null if there is nothing odd.</summary>
    public string? Note { get; init; }

    /// <summary>One of <see cref="ChainNotes"/>; null if there is no note.</summary>
    public string? NoteName { get; init; }

    /// <summary>The fault, if the certificate is revoked.</summary>
    public ChainFault? Fault { get; init; }

    /// <summary>For the record of the chain; null if none was stapled.</summary>
    public RevocationFinding? Finding { get; init; }
}

using System.Text.Json.Serialization;
using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// What an accepted handshake depends on, and when each part expires, for the best known chain of each side. After the first expiry, the handshake
/// fails if nothing is renewed.
/// </summary>
/// <param name="Ends">
/// In the order of time, at least one. Of two with the same time, the one nearer to the anchor comes first, because renewing certificates below it
/// changes nothing.
/// </param>
internal sealed record Outlook(ValueList<OutlookEnd> Ends)
{
    /// <summary>Maximum number of expiries kept: a chain has at most five in practice.</summary>
    public const int Most = 16;

    /// <summary>The first expiry. A scrape reads it for every handshake.</summary>
    public OutlookEnd First => Ends[0];

    /// <summary>
    /// If a list expires first, the first expiry that is not of a list. Lists are replaced automatically every day, and must not hide what has to be
    /// renewed. Null if the first expiry is not of a list, or if there are only lists.
    /// </summary>
    public OutlookEnd? Behind
    {
        get
        {
            if (First.Cause != EndCause.Crl) return null;
            foreach (var end in Ends)
            {
                if (end.Cause != EndCause.Crl) return end;
            }

            return null;
        }
    }

    /// <summary>The same, without the bytes of the certificates.</summary>
    public Outlook WithoutContent(int mostNames) => new(Ends.Select(end => end with { Certificate = end.Certificate?.WithoutContent(mostNames) }).ToValueList());
}

/// <summary>One thing that a handshake depends on.</summary>
/// <param name="At">The last second of its validity (RFC 5280 §4.1.2.5: notAfter is included).</param>
/// <param name="Certificate">The certificate that expires; null if it is not a certificate.</param>
internal readonly record struct OutlookEnd(EndCause Cause, DateTimeOffset At, Certificate? Certificate)
{
    private readonly long _at = At.UtcTicks;

    public DateTimeOffset At
    {
        get => Instant.Known(_at);
        init => _at = value.UtcTicks;
    }

    /// <summary>The file or URL, for what is not a certificate; null otherwise.</summary>
    public string? Place { get; init; }

    public static OutlookEnd Of(EndCause cause, Certificate certificate) => new(cause, certificate.NotAfter, certificate);
}

/// <summary>What expires. The names are a contract: a label of the metrics and a field of the API.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<EndCause>))]
internal enum EndCause
{
    /// <summary>The leaf that we present.</summary>
    ClientCertificate,

    /// <summary>An issuer of the leaf that we present, either sent with it or known from a trust bundle.</summary>
    ClientIssuer,

    /// <summary>The leaf that the server presents.</summary>
    ServerCertificate,

    /// <summary>An issuer of that leaf, sent by the server.</summary>
    ServerIssuer,

    /// <summary>The certificate of our trust bundle at the end of the server's chain.</summary>
    TrustAnchor,

    /// <summary>A revocation list without which a certificate is refused.</summary>
    Crl,
}

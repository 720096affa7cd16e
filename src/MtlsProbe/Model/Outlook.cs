using System.Text.Json.Serialization;
using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// What an accepted handshake rests on, and when each of it ends by itself: the best chain of each side, as it is known. Nobody has to do
/// anything for the handshake to fail after the first of these ends.
/// </summary>
/// <param name="Ends">In the order of time, one at least; of two that end at the same time the one nearer to the anchor first, since renewing what stands below it changes nothing.</param>
internal sealed record Outlook(ValueList<OutlookEnd> Ends)
{
    /// <summary>Ends that are kept: a chain has five at most in practice.</summary>
    public const int Most = 16;

    /// <summary>The first of them; a scrape reads it of every handshake.</summary>
    public OutlookEnd First { get; } = Ends[0];

    /// <summary>
    /// What ends first that is no list, where a list ends before it: a list is replaced by a machine every day, and must not hide what somebody has
    /// to renew. Null where the first end is no list, or lists are all there is.
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

    /// <summary>The same without the bytes of its certificates.</summary>
    public Outlook WithoutContent(int mostNames) => new(Ends.Select(end => end with { Certificate = end.Certificate?.WithoutContent(mostNames) }).ToValueList());
}

/// <summary>One thing that a handshake rests on.</summary>
/// <param name="At">The last second in which it is good (RFC 5280 §4.1.2.5: notAfter is part of the validity).</param>
/// <param name="Certificate">The one that ends; null where it is no certificate.</param>
internal readonly record struct OutlookEnd(EndCause Cause, DateTimeOffset At, Certificate? Certificate)
{
    /// <summary>The file or URL of what is no certificate; null otherwise.</summary>
    public string? Place { get; init; }

    public static OutlookEnd Of(EndCause cause, Certificate certificate) => new(cause, certificate.NotAfter, certificate);
}

/// <summary>What ends. The words are a contract: a label of the metrics and a field of the API.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<EndCause>))]
internal enum EndCause
{
    /// <summary>The leaf that we present.</summary>
    ClientCertificate,

    /// <summary>An issuer of the leaf that we present, sent with it or known from a trust bundle.</summary>
    ClientIssuer,

    /// <summary>The leaf that the server presents.</summary>
    ServerCertificate,

    /// <summary>An issuer of it that the server sends.</summary>
    ServerIssuer,

    /// <summary>The certificate of our trust bundle that the server's chain leads to.</summary>
    TrustAnchor,

    /// <summary>A revocation list without which a certificate is refused.</summary>
    Crl,
}

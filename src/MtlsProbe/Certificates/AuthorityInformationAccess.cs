using System.Formats.Asn1;

namespace MtlsProbe.Certificates;

/// <summary>
/// Where the issuer's certificate can be had (RFC 5280 §4.2.2.1). It is shown to people and never fetched: what a server tells us to
/// fetch decides nothing.
/// </summary>
internal static class AuthorityInformationAccess
{
    private const string Id = "1.3.6.1.5.5.7.1.1";
    private const string CaIssuers = "1.3.6.1.5.5.7.48.2";

    /// <summary>The first URI of caIssuers as safe text; null where there is none, or the extension cannot be read.</summary>
    public static string? IssuerUri(IReadOnlyList<CertificateExtension> extensions)
    {
        foreach (var extension in extensions)
        {
            if (extension.Id == Id) return IssuerUri(extension.Content);
        }

        return null;
    }

    private static string? IssuerUri(ReadOnlyMemory<byte> content)
    {
        try
        {
            for (var places = new AsnReader(content, CertificateFields.Encoding).ReadSequence(); places.HasData;)
            {
                var place = places.ReadSequence();
                var method = place.ReadObjectIdentifier();
                if (method == CaIssuers && GeneralName.Read(place) is { Form: GeneralName.Uri, IsAscii: true } uri) return uri.Text;
            }
        }
        catch (AsnContentException)
        {
            // It only advises: a malformed one is no fault of the chain.
        }

        return null;
    }
}

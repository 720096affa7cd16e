using System.Formats.Asn1;

namespace MtlsProbe.Certificates;

/// <summary>
/// Where to get the issuer's certificate, and which responder to ask about revocation (RFC 5280 §4.2.2.1). The first is shown to people and never
/// fetched: a URL from a server must not decide anything. The second is used only if the configuration allows it.
/// </summary>
internal static class AuthorityInformationAccess
{
    private const string Id = "1.3.6.1.5.5.7.1.1";
    private const string CaIssuers = "1.3.6.1.5.5.7.48.2";
    private const string Ocsp = "1.3.6.1.5.5.7.48.1";

    /// <summary>The first URI of caIssuers as safe text; null if there is none, or if the extension cannot be read.</summary>
    public static string? IssuerUri(IReadOnlyList<CertificateExtension> extensions) => First(CaIssuers, extensions);

    /// <summary>The first URI of an OCSP responder, over HTTP, as safe text; null if there is none, or if the extension cannot be read.</summary>
    public static string? ResponderUri(IReadOnlyList<CertificateExtension> extensions) => First(Ocsp, extensions, "http");

    private static string? First(string wanted, IReadOnlyList<CertificateExtension> extensions, string scheme = "")
    {
        foreach (var extension in extensions)
        {
            if (extension.Id == Id) return First(wanted, extension.Content, scheme);
        }

        return null;
    }

    private static string? First(string wanted, ReadOnlyMemory<byte> content, string scheme)
    {
        try
        {
            for (var places = new AsnReader(content, CertificateFields.Encoding).ReadSequence(); places.HasData;)
            {
                var place = places.ReadSequence();
                var method = place.ReadObjectIdentifier();
                if (method == wanted && GeneralName.Read(place) is { Form: GeneralName.Uri, IsAscii: true } uri
                    && uri.Text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return uri.Text;
            }
        }
        catch (AsnContentException)
        {
            // It is only advisory: a malformed one is not a fault of the chain.
        }

        return null;
    }
}

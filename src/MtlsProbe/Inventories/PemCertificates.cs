using System.Formats.Asn1;
using MtlsProbe.Certificates;

namespace MtlsProbe.Inventories;

/// <summary>The certificates of a file in PEM (RFC 7468) or DER. Of all other blocks, including keys, only the position is read.</summary>
internal static class PemCertificates
{
    /// <summary>Maximum certificates of one file; the bundles of distributions have about 150.</summary>
    public const int MostInFile = 1000;

    /// <summary>Its readable certificates, up to the limit.</summary>
    public static StoredContent Read(ReadOnlySpan<byte> content)
    {
        if (content is [0x30, ..])
            return Certificate.TryParse(content.ToArray()) is { } one ? new StoredContent([one], 0) : StoredContent.Broken("is neither PEM nor one certificate in DER");
        var certificates = new List<Certificate>();
        var leftOut = 0;
        foreach (var block in PemBlocks.Scan(content))
        {
            if (!block.IsCertificate) continue;
            if (certificates.Count < MostInFile && Read(content, block) is { } certificate) certificates.Add(certificate);
            else leftOut++;
        }

        return new StoredContent([.. certificates], leftOut) { Problem = certificates.Count == 0 && leftOut > 0 ? "is damaged: no certificate in it can be read" : null };
    }

    /// <summary>OpenSSL's "trusted certificate" is followed by its trust settings, which are not part of it.</summary>
    private static Certificate? Read(ReadOnlySpan<byte> content, PemBlock block)
    {
        if (PemBlocks.Decode(content, block) is not { } bytes) return null;
        if (block.Label != "TRUSTED CERTIFICATE") return Certificate.TryParse(bytes);
        return AsnDecoder.TryReadEncodedValue(bytes, AsnEncodingRules.DER, out _, out _, out _, out var length) ? Certificate.TryParse(bytes.AsMemory(0, length)) : null;
    }
}

using System.Security.Cryptography;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>
/// Reads the certificates of a PEM file (RFC 7468), all of them or none: a damaged one means that the file is half written.
/// </summary>
internal static class CertificateFile
{
    /// <param name="path">For sentences.</param>
    public static (ValueList<Certificate> Certificates, MaterialFault? Fault) Parse(ReadOnlySpan<byte> content, string path)
    {
        var certificates = new List<Certificate>();
        var announced = content.Count("-----BEGIN CERTIFICATE-----"u8);
        var rest = content;
        while (PemEncoding.TryFindUtf8(rest, out var block))
        {
            if (rest[block.Label].SequenceEqual("CERTIFICATE"u8))
            {
                if (Decode(rest[block.Base64Data], block.DecodedDataLength) is not { } certificate)
                    return ([], Bad(path, $"is damaged: certificate {certificates.Count + 1} of {announced} is none"));
                certificates.Add(certificate);
            }

            rest = rest[block.Location.End..];
        }

        if (certificates.Count < announced)
            return ([], Bad(path, $"is damaged: {announced} certificates begin, {certificates.Count} are complete"));
        return certificates.Count > 0 ? (certificates.ToValueList(), null) : ([], Bad(path, Absence(content)));
    }

    private static Certificate? Decode(ReadOnlySpan<byte> base64, int length)
    {
        var der = new byte[length];
        return System.Buffers.Text.Base64.DecodeFromUtf8(base64, der, out _, out var written) == System.Buffers.OperationStatus.Done
            ? Certificate.TryParse(der.AsMemory(0, written))
            : null;
    }

    private static string Absence(ReadOnlySpan<byte> content) => content switch
    {
        [] => "is empty",
        [0x30, ..] => "is no PEM file; if it is DER: openssl x509 -inform der -in FILE -out FILE.pem",
        _ when content.IndexOf("-----BEGIN TRUSTED CERTIFICATE-----"u8) >= 0 =>
            "has OpenSSL's own format: openssl x509 -in FILE -out FILE.pem",
        _ => "holds no certificate in PEM",
    };

    private static MaterialFault Bad(string path, string problem) => new(Reasons.BadFormat, $"{path} {problem}");
}

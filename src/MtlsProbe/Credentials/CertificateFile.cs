using System.Formats.Asn1;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>The certificates of a PEM file (RFC 7468), and what else stands in it.</summary>
/// <param name="Others">Blocks that are no certificates.</param>
/// <param name="Settings">How many certificates have OpenSSL's own settings of trust behind them, which are not read.</param>
/// <param name="Broken">For each certificate that cannot be read, a sentence that begins with the path.</param>
internal sealed record CertificateFile(
    ValueList<Certificate> Certificates, ValueList<PemBlock> Others, int Settings, ValueList<string> Broken, MaterialFault? Fault)
{
    /// <summary>All certificates or none: a damaged one means that the file is half written.</summary>
    /// <param name="path">For sentences.</param>
    public static CertificateFile Parse(ReadOnlySpan<byte> content, string path)
    {
        var file = ParseWhatCanBeRead(content, path);
        return file.Broken.Count == 0 ? file : file with { Certificates = [], Fault = new MaterialFault(Reasons.BadFormat, file.Broken[0]) };
    }

    /// <summary>A fault only where no certificate can be read.</summary>
    public static CertificateFile ParseWhatCanBeRead(ReadOnlySpan<byte> content, string path)
    {
        var blocks = PemBlocks.Scan(content);
        List<PemBlock> announced = [.. blocks.Where(block => block.IsCertificate)];
        var certificates = new List<Certificate>();
        var broken = new List<string>();
        var settings = 0;
        foreach (var (index, block) in announced.Index())
        {
            if (Read(content, block, out var hasSettings) is { } certificate) certificates.Add(certificate);
            else
            {
                broken.Add($"{path} is damaged: " + (block.IsWhole
                    ? $"certificate {index + 1} of {announced.Count}, at line {block.Line}, is none"
                    : $"{announced.Count} certificates begin, {announced.Count(one => one.IsWhole)} are complete; number {index + 1}, at line {block.Line}, is not"));
            }

            if (hasSettings) settings++;
        }

        ValueList<PemBlock> others = [.. blocks.Where(block => !block.IsCertificate)];
        var fault = (certificates.Count, broken.Count) switch
        {
            (0, 0) => new MaterialFault(Reasons.BadFormat, $"{path} {Absence(content, others)}"),
            (0, _) => new MaterialFault(Reasons.BadFormat, broken[0]),
            _ => null,
        };
        return new CertificateFile([.. certificates], others, settings, [.. broken], fault);
    }

    /// <param name="hasSettings">OpenSSL's "trusted certificate" is followed by its purposes and its alias (<c>X509_CERT_AUX</c>).</param>
    private static Certificate? Read(ReadOnlySpan<byte> content, PemBlock block, out bool hasSettings)
    {
        hasSettings = false;
        if (PemBlocks.Decode(content, block) is not { } bytes) return null;
        if (block.Label != "TRUSTED CERTIFICATE") return Certificate.TryParse(bytes);
        if (!AsnDecoder.TryReadEncodedValue(bytes, AsnEncodingRules.DER, out _, out _, out _, out var length)) return null;
        hasSettings = length < bytes.Length;
        return Certificate.TryParse(bytes.AsMemory(0, length));
    }

    private static string Absence(ReadOnlySpan<byte> content, ValueList<PemBlock> others) => content switch
    {
        [] => "is empty",
        [0x30, ..] => "is no PEM file; if it is DER: openssl x509 -inform der -in FILE -out FILE.pem",
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "holds no certificate in PEM: it is text in UTF-16; iconv -f UTF-16 -t UTF-8 FILE > FILE.pem",
        _ when others.Count > 0 => $"holds no certificate in PEM, only {LeftOut.Labels(others)}",
        _ => "holds no certificate in PEM",
    };
}

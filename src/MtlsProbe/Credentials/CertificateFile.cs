using System.Formats.Asn1;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>The certificates of a PEM file (RFC 7468), and its other content.</summary>
/// <param name="Others">Blocks that are not certificates.</param>
/// <param name="Settings">Number of certificates with OpenSSL's own trust settings, which are not read.</param>
/// <param name="Broken">If certificates cannot be read: a sentence about the first of them, which begins with the path.</param>
/// <param name="BrokenCount">Number of unreadable certificates: only a number, because a file of 1 MiB can have forty thousand.</param>
internal sealed record CertificateFile(
    ValueList<Certificate> Certificates, ValueList<PemBlock> Others, int Settings, string? Broken, int BrokenCount, MaterialFault? Fault)
{
    /// <summary>All certificates or none: a damaged one means that the file is still being written.</summary>
    /// <param name="path">For sentences.</param>
    public static CertificateFile Parse(ReadOnlySpan<byte> content, string path)
    {
        var file = ParseWhatCanBeRead(content, path);
        return file.Broken is not { } broken ? file : file with { Certificates = [], Fault = new MaterialFault(Reasons.BadFormat, broken) };
    }

    /// <summary>A fault only if no certificate can be read.</summary>
    public static CertificateFile ParseWhatCanBeRead(ReadOnlySpan<byte> content, string path)
    {
        var blocks = PemBlocks.Scan(content);
        List<PemBlock> announced = [.. blocks.Where(block => block.IsCertificate)];
        var certificates = new List<Certificate>();
        string? broken = null;
        var (brokenCount, settings) = (0, 0);
        foreach (var (index, block) in announced.Index())
        {
            if (Read(content, block, out var hasSettings) is { } certificate) certificates.Add(certificate);
            else if (brokenCount++ == 0) broken = Damage(path, announced, index);

            if (hasSettings) settings++;
        }

        ValueList<PemBlock> others = [.. blocks.Where(block => !block.IsCertificate)];
        var fault = certificates.Count > 0 ? null : new MaterialFault(Reasons.BadFormat, broken ?? $"{path} {Absence(content, others)}");
        return new CertificateFile([.. certificates], others, settings, broken, brokenCount, fault);
    }

    private static string Damage(string path, List<PemBlock> announced, int index)
    {
        var block = announced[index];
        return $"{path} is damaged: " + (block.IsWhole
            ? $"certificate {index + 1} of {announced.Count}, at line {block.Line}, is not a certificate"
            : $"{announced.Count} certificates begin, {announced.Count(one => one.IsWhole)} are complete; number {index + 1}, at line {block.Line}, is not");
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
        [0x30, ..] => "is not a PEM file; if it is DER: openssl x509 -inform der -in FILE -out FILE.pem",
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "contains no PEM certificate: it is UTF-16 text; iconv -f UTF-16 -t UTF-8 FILE > FILE.pem",
        _ when others.Count > 0 => $"contains no PEM certificate, only {LeftOut.Labels(others)}",
        _ => "contains no PEM certificate",
    };
}

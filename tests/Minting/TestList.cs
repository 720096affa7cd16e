using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;

namespace MtlsProbe.Minting;

/// <summary>The content of a revocation list; change the part that should be at fault.</summary>
internal sealed record TestList
{
    public DateTimeOffset ThisUpdate { get; init; } = TestTemplate.Now.AddHours(-1);

    /// <summary>Null: absent.</summary>
    public DateTimeOffset? NextUpdate { get; init; } = TestTemplate.Now.AddDays(7);

    /// <summary>Null: no number, and no extension for it.</summary>
    public int? Number { get; init; } = 1;

    /// <summary>Not null: a delta list, and the number of its base list.</summary>
    public int? DeltaBase { get; init; }

    /// <summary>The revoked certificates.</summary>
    public IReadOnlyList<TestEntry> Entries { get; init; } = [];

    /// <summary>Value of the issuing distribution point; null: none.</summary>
    public byte[]? IssuingPoint { get; init; }

    /// <summary>Added unchanged.</summary>
    public IReadOnlyList<X509Extension> More { get; init; } = [];

    /// <summary>A name other than the signer's.</summary>
    public byte[]? IssuerDer { get; init; }

    public HashAlgorithmName Hash { get; init; } = HashAlgorithmName.SHA256;

    /// <summary>Flips a bit of the signature.</summary>
    public bool BreakSignature { get; init; }

    /// <summary>DER of the list, signed by the key of <paramref name="issuer"/>.</summary>
    public byte[] SignedBy(TestCertificate issuer)
    {
        var signer = new TestSigner(issuer.Key, Hash);
        var algorithm = signer.GetSignatureAlgorithmIdentifier(Hash);
        var capacity = 1024 + (80 * Entries.Count); // otherwise it grows by a kilobyte each time, and copies its content
        var tbs = new AsnWriter(AsnEncodingRules.DER, capacity);
        using (tbs.PushSequence())
        {
            tbs.WriteInteger(1);
            tbs.WriteEncodedValue(algorithm);
            tbs.WriteEncodedValue(IssuerDer ?? issuer.Bare.SubjectName.RawData);
            tbs.WriteUtcTime(ThisUpdate);
            if (NextUpdate is { } end) tbs.WriteUtcTime(end);
            if (Entries.Count > 0)
            {
                using var list = tbs.PushSequence();
                foreach (var entry in Entries) entry.Write(tbs);
            }

            List<X509Extension> extensions = [.. More];
            if (Number is { } number) extensions.Add(new("2.5.29.20", Integer(number), critical: false));
            if (DeltaBase is { } from) extensions.Add(new("2.5.29.27", Integer(from), critical: true));
            if (IssuingPoint is { } point) extensions.Add(new("2.5.29.28", point, critical: true));
            if (extensions.Count > 0)
            {
                using var outer = tbs.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0));
                using var all = tbs.PushSequence();
                foreach (var extension in extensions) TestEntry.Write(tbs, extension);
            }
        }

        var signed = tbs.Encode();
        var whole = new AsnWriter(AsnEncodingRules.DER, capacity);
        using (whole.PushSequence())
        {
            whole.WriteEncodedValue(signed);
            whole.WriteEncodedValue(algorithm);
            whole.WriteBitString(signer.SignData(signed, Hash));
        }

        var der = whole.Encode();
        if (BreakSignature) der[^1] ^= 1;
        return der;
    }

    /// <summary>One PEM text with the lists.</summary>
    public static string Pem(params IEnumerable<byte[]> lists) => string.Concat(lists.Select(list => PemEncoding.WriteString("X509 CRL", list) + "\n"));

    /// <summary>The reading of a content that arrives in pieces.</summary>
    /// <param name="cut">Octets of each piece; the last piece is the rest.</param>
    public static ListReading Read(ReadOnlySpan<byte> content, int cut = int.MaxValue)
    {
        var reader = new RevocationListReader();
        for (; content.Length > cut; content = content[cut..]) reader.Take(content[..cut]);
        reader.Take(content);
        return reader.End();
    }

    private static byte[] Integer(BigInteger number)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteInteger(number);
        return writer.Encode();
    }
}

/// <summary>An entry of a revocation list.</summary>
/// <param name="Serial">Content octets of the INTEGER.</param>
internal sealed record TestEntry(ReadOnlyMemory<byte> Serial)
{
    /// <summary>CRLReason; null: absent.</summary>
    public int? Reason { get; init; }

    public DateTimeOffset RevokedAt { get; init; } = TestTemplate.Now.AddHours(-2);

    /// <summary>DER of the name of the certificate's issuer; null: the same as in the entry before.</summary>
    public byte[]? Issuer { get; init; }

    /// <summary>Added unchanged.</summary>
    public IReadOnlyList<X509Extension> More { get; init; } = [];

    public static TestEntry Of(TestCertificate certificate) => new(certificate.Certificate.Rules.SerialNumber);

    public void Write(AsnWriter writer)
    {
        using var entry = writer.PushSequence();
        writer.WriteInteger(Serial.Span);
        writer.WriteUtcTime(RevokedAt);
        List<X509Extension> extensions = [.. More];
        if (Reason is { } reason) extensions.Add(new("2.5.29.21", [0x0a, 1, (byte)reason], critical: false));
        if (Issuer is { } issuer) extensions.Add(new("2.5.29.29", Names(issuer), critical: true));
        if (extensions.Count == 0) return;
        using var list = writer.PushSequence();
        foreach (var extension in extensions) Write(writer, extension);
    }

    public static void Write(AsnWriter writer, X509Extension extension)
    {
        using var sequence = writer.PushSequence();
        writer.WriteObjectIdentifier(extension.Oid!.Value!);
        if (extension.Critical) writer.WriteBoolean(true);
        writer.WriteOctetString(extension.RawData);
    }

    /// <summary>GeneralNames with one directory name.</summary>
    public static byte[] Names(byte[] name)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 4))) writer.WriteEncodedValue(name);
        }

        return writer.Encode();
    }
}

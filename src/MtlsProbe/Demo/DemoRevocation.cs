using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;

namespace MtlsProbe.Demo;

/// <summary>The revocations in the demo: lists, and OCSP responses that servers staple.</summary>
internal static class DemoRevocation
{
    private const string Sha256 = "2.16.840.1.101.3.4.2.1";
    private const string EcdsaWithSha256 = "1.2.840.10045.4.3.2";
    private const string BasicResponse = "1.3.6.1.5.5.7.48.1.1";

    /// <summary>A list in DER, valid for <paramref name="period"/> (RFC 5280 §5).</summary>
    public static byte[] List(this MintedCertificate issuer, ValidityPeriod period, params IEnumerable<MintedCertificate> revoked)
    {
        using var bare = X509CertificateLoader.LoadCertificate(issuer.Der.Span);
        using var own = bare.CopyWithPrivateKey((ECDsa)issuer.Key);
        var list = new CertificateRevocationListBuilder();
        foreach (var one in revoked)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(one.Der.Span);
            list.AddEntry(certificate, period.NotBefore, X509RevocationReason.KeyCompromise);
        }

        return list.Build(own, crlNumber: 1, period.NotAfter, HashAlgorithmName.SHA256, thisUpdate: period.NotBefore);
    }

    public static string ListPem(byte[] list) => PemEncoding.WriteString("X509 CRL", list) + "\n";

    /// <summary>An OCSP response in DER which says that <paramref name="leaf"/> is good (RFC 6960 §4.2.1).</summary>
    public static byte[] Staple(this MintedCertificate issuer, MintedCertificate leaf, ValidityPeriod period)
    {
        var data = ResponseData(issuer, leaf, period);
        var basic = Written(writer =>
        {
            using var sequence = writer.PushSequence();
            writer.WriteEncodedValue(data);
            using (writer.PushSequence()) writer.WriteObjectIdentifier(EcdsaWithSha256);
            writer.WriteBitString(((ECDsa)issuer.Key).SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        });
        return Written(writer =>
        {
            using var response = writer.PushSequence();
            writer.WriteEncodedValue([0x0a, 1, 0]); // successful
            using var tagged = writer.PushSequence(Context(0));
            using var bytes = writer.PushSequence();
            writer.WriteObjectIdentifier(BasicResponse);
            writer.WriteOctetString(basic);
        });
    }

    private static byte[] ResponseData(MintedCertificate issuer, MintedCertificate leaf, ValidityPeriod period)
    {
        using var authority = X509CertificateLoader.LoadCertificate(issuer.Der.Span);
        using var certificate = X509CertificateLoader.LoadCertificate(leaf.Der.Span);
        return Written(writer =>
        {
            using var data = writer.PushSequence();
            using (writer.PushSequence(Context(1))) writer.WriteEncodedValue(authority.SubjectName.RawData);
            writer.WriteGeneralizedTime(period.NotBefore, omitFractionalSeconds: true);
            using var responses = writer.PushSequence();
            using var single = writer.PushSequence();
            using (writer.PushSequence())
            {
                using (writer.PushSequence()) writer.WriteObjectIdentifier(Sha256);
                writer.WriteOctetString(SHA256.HashData(authority.SubjectName.RawData));
                writer.WriteOctetString(SHA256.HashData(authority.GetPublicKey()));
                writer.WriteInteger(BigInteger.Parse(certificate.SerialNumber, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            }

            writer.WriteNull(new Asn1Tag(TagClass.ContextSpecific, 0)); // good
            writer.WriteGeneralizedTime(period.NotBefore, omitFractionalSeconds: true);
            using var next = writer.PushSequence(Context(0));
            writer.WriteGeneralizedTime(period.NotAfter, omitFractionalSeconds: true);
        });
    }

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number, isConstructed: true);

    private static byte[] Written(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return writer.Encode();
    }
}

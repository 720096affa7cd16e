using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.Minting;

/// <summary>OCSP responses (RFC 6960 §4.2.1), signed by an issuer or by its responder.</summary>
internal static class TestOcsp
{
    public static readonly DateTimeOffset ThisUpdate = TestTemplate.Now.AddHours(-1);

    /// <summary>A responder's error, which is not signed: 3 tryLater, 6 unauthorized …</summary>
    public static byte[] Error(byte status) => [0x30, 3, 0x0a, 1, status];

    /// <summary>The extension of a certificate that names its responder (RFC 5280 §4.2.2.1).</summary>
    public static X509Extension Responder(string url) => new("1.3.6.1.5.5.7.1.1", Written(writer =>
    {
        using var list = writer.PushSequence();
        using var place = writer.PushSequence();
        writer.WriteObjectIdentifier("1.3.6.1.5.5.7.48.1");
        writer.WriteCharacterString(UniversalTagNumber.IA5String, url, new Asn1Tag(TagClass.ContextSpecific, 6));
    }), critical: false);

    /// <param name="status">0 good, 1 revoked, 2 unknown.</param>
    /// <param name="responder">Null: the issuer itself.</param>
    /// <param name="made">Null: <see cref="ThisUpdate"/>.</param>
    /// <param name="period">From there to its end; null: seven days; infinite: without an end.</param>
    /// <param name="hash">The hash of its signature; null: SHA-256.</param>
    public static byte[] Response(
        TestCertificate leaf, TestCertificate issuer, int status, TestCertificate? responder = null, DateTimeOffset? made = null, TimeSpan? period = null,
        HashAlgorithmName? hash = null)
    {
        var since = made ?? ThisUpdate;
        var digest = hash ?? HashAlgorithmName.SHA256;
        var signer = new TestSigner((responder ?? issuer).Key, digest);
        var data = Data(leaf, issuer, responder ?? issuer, status, since, period ?? TimeSpan.FromDays(7));
        var basic = Written(writer =>
        {
            using var sequence = writer.PushSequence();
            writer.WriteEncodedValue(data);
            writer.WriteEncodedValue(signer.GetSignatureAlgorithmIdentifier(digest));
            writer.WriteBitString(signer.SignData(data, digest));
            if (responder is null) return;
            using var tagged = writer.PushSequence(Context(0));
            using var certificates = writer.PushSequence();
            writer.WriteEncodedValue(responder.Der);
        });
        return Written(writer =>
        {
            using var response = writer.PushSequence();
            writer.WriteEncodedValue([0x0a, 1, 0]); // successful
            using var tagged = writer.PushSequence(Context(0));
            using var bytes = writer.PushSequence();
            writer.WriteObjectIdentifier("1.3.6.1.5.5.7.48.1.1");
            writer.WriteOctetString(basic);
        });
    }

    private static byte[] Data(
        TestCertificate leaf, TestCertificate issuer, TestCertificate signer, int status, DateTimeOffset since, TimeSpan period) => Written(writer =>
    {
        using var data = writer.PushSequence();
        using (writer.PushSequence(Context(1))) writer.WriteEncodedValue(signer.Bare.SubjectName.RawData);
        writer.WriteGeneralizedTime(since, omitFractionalSeconds: true);
        using var responses = writer.PushSequence();
        using var single = writer.PushSequence();
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("2.16.840.1.101.3.4.2.1");
                writer.WriteNull();
            }

            writer.WriteOctetString(SHA256.HashData(issuer.Bare.SubjectName.RawData));
            writer.WriteOctetString(SHA256.HashData(issuer.Bare.GetPublicKey()));
            writer.WriteInteger(new BigInteger(leaf.Bare.SerialNumberBytes.Span, isUnsigned: false, isBigEndian: true));
        }

        if (status == 1)
        {
            using var revoked = writer.PushSequence(Context(1));
            writer.WriteGeneralizedTime(since.AddDays(-1), omitFractionalSeconds: true);
            using var reason = writer.PushSequence(Context(0));
            writer.WriteEncodedValue([0x0a, 1, 1]); // keyCompromise
        }
        else writer.WriteNull(new Asn1Tag(TagClass.ContextSpecific, status));

        writer.WriteGeneralizedTime(since, omitFractionalSeconds: true);
        if (period == Timeout.InfiniteTimeSpan) return;
        using var next = writer.PushSequence(Context(0));
        writer.WriteGeneralizedTime(since + period, omitFractionalSeconds: true);
    });

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number, isConstructed: true);

    private static byte[] Written(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return writer.Encode();
    }
}

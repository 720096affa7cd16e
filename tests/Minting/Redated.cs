using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace MtlsProbe.Minting;

/// <summary>Certificates with dates that no library would write.</summary>
internal static class Redated
{
    /// <summary>The same certificate with exactly these dates, signed again.</summary>
    /// <param name="dates"><c>U:</c> and a UTCTime, or <c>G:</c> and a GeneralizedTime.</param>
    public static byte[] By(TestSigner signer, ReadOnlyMemory<byte> der, (string NotBefore, string NotAfter) dates)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        var fields = outer.ReadSequence();
        var algorithm = outer.ReadEncodedValue();
        var tbs = new AsnWriter(AsnEncodingRules.DER);
        using (tbs.PushSequence())
        {
            for (var field = 0; fields.HasData; field++)
            {
                var value = fields.ReadEncodedValue();
                if (field != 4) tbs.WriteEncodedValue(value.Span); // version, serial, signature, issuer, then the validity
                else
                {
                    using var validity = tbs.PushSequence();
                    foreach (var text in (string[])[dates.NotBefore, dates.NotAfter])
                    {
                        var kind = text.StartsWith("U:", StringComparison.Ordinal) ? UniversalTagNumber.UtcTime : UniversalTagNumber.GeneralizedTime;
                        var content = Encoding.ASCII.GetBytes(text[2..]);
                        tbs.WriteEncodedValue((byte[])[(byte)kind, (byte)content.Length, .. content]);
                    }
                }
            }
        }

        var signed = tbs.Encode();
        var certificate = new AsnWriter(AsnEncodingRules.DER);
        using (certificate.PushSequence())
        {
            certificate.WriteEncodedValue(signed);
            certificate.WriteEncodedValue(algorithm.Span);
            certificate.WriteBitString(signer.SignData(signed, HashAlgorithmName.SHA256));
        }

        return certificate.Encode();
    }
}

using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace MtlsProbe.EndToEnd.Pki;

/// <summary>Certificates with dates that no library would write.</summary>
internal static class Redated
{
    /// <summary>The same certificate with GeneralizedTimes of this text, signed anew by the key of <paramref name="authority"/>.</summary>
    public static byte[] By(ECDsa authority, byte[] der, string notBefore, string notAfter)
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
                if (field == 4) Write(tbs, notBefore, notAfter); // after version, serial, signature and issuer
                else tbs.WriteEncodedValue(value.Span);
            }
        }

        var signed = tbs.Encode();
        var certificate = new AsnWriter(AsnEncodingRules.DER);
        using (certificate.PushSequence())
        {
            certificate.WriteEncodedValue(signed);
            certificate.WriteEncodedValue(algorithm.Span);
            certificate.WriteBitString(authority.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }

        return certificate.Encode();
    }

    private static void Write(AsnWriter writer, params ReadOnlySpan<string> times)
    {
        using var validity = writer.PushSequence();
        foreach (var time in times) writer.WriteEncodedValue((byte[])[(byte)UniversalTagNumber.GeneralizedTime, (byte)time.Length, .. Encoding.ASCII.GetBytes(time)]);
    }
}

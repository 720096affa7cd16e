using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MtlsProbe.Minting;

/// <summary>The costliest certificate that a server can send: 96 kB of names of one letter, which need 1 MB if each is kept as text.</summary>
internal static class CrowdedCertificate
{
    public const int Names = 32_000;

    /// <summary>The extension; its other names come last.</summary>
    public static X509Extension AlternativeNames(params string[] last)
    {
        var tag = new Asn1Tag(TagClass.ContextSpecific, 2);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            for (var i = 0; i < Names - last.Length; i++) writer.WriteOctetString([(byte)('a' + (i % 26))], tag);
            foreach (var name in last) writer.WriteOctetString(Encoding.ASCII.GetBytes(name), tag);
        }

        return new("2.5.29.17", writer.Encode(), critical: false);
    }

    /// <summary>
    /// DER of another certificate for each number, without the cost of issuing each. The last octets belong to the signature, which is then invalid.
    /// </summary>
    public static byte[] Varied(ReadOnlyMemory<byte> der, int number)
    {
        var varied = der.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(varied.AsSpan(varied.Length - sizeof(int)), number);
        return varied;
    }
}

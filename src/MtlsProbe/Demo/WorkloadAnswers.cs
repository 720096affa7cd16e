using System.Text;
using MtlsProbe.Certificates;

namespace MtlsProbe.Demo;

/// <summary>
/// The answers of a Workload API to a workload that has one SVID and one trust domain (SPIFFE Workload API §5.1), in the wire format of Protocol
/// Buffers (https://protobuf.dev/programming-guides/encoding). Every field of these messages is text, bytes or another message.
/// </summary>
/// <param name="Svids">X509SVIDResponse.</param>
/// <param name="Bundles">X509BundlesResponse.</param>
internal sealed record WorkloadAnswers(ReadOnlyMemory<byte> Svids, ReadOnlyMemory<byte> Bundles)
{
    public static WorkloadAnswers Of(SpiffeId id, MintedCertificate svid, SpiffeId trustDomain, MintedCertificate authority) => new(
        Field(1, [.. Field(1, id), .. Field(2, svid.Der.Span), .. Field(3, svid.Key.ExportPkcs8PrivateKey()), .. Field(4, authority.Der.Span)]),
        Field(2, [.. Field(1, trustDomain), .. Field(2, authority.Der.Span)])); // an entry of a map

    private static byte[] Field(int number, SpiffeId id) => Field(number, Encoding.ASCII.GetBytes(id.ToString()));

    private static byte[] Field(int number, ReadOnlySpan<byte> content) => [(byte)((number << 3) | 2), .. Varint(content.Length), .. content];

    /// <summary>Seven bits per byte, the lowest first.</summary>
    private static IEnumerable<byte> Varint(int value)
    {
        for (; value >= 0x80; value >>= 7) yield return (byte)(value | 0x80);
        yield return (byte)value;
    }
}

using System.Formats.Asn1;

namespace MtlsProbe.Fuzz;

/// <summary>Values of DER in a row.</summary>
internal static class DerRow
{
    private const int Most = 200;

    /// <summary>Each with its header; bytes that are no value are the last part.</summary>
    public static List<byte[]> Split(ReadOnlySpan<byte> bytes)
    {
        List<byte[]> parts = [];
        while (!bytes.IsEmpty && parts.Count < Most)
        {
            if (!AsnDecoder.TryReadEncodedValue(bytes, AsnEncodingRules.DER, out _, out _, out _, out var length)) length = bytes.Length;
            parts.Add(bytes[..length].ToArray());
            bytes = bytes[length..];
        }

        return parts;
    }
}

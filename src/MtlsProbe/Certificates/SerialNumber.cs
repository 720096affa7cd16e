using System.Numerics;

namespace MtlsProbe.Certificates;

/// <summary>The serial number of a certificate as text.</summary>
internal static class SerialNumber
{
    /// <summary>Maximum octets shown. RFC 5280 §4.1.2.2 allows 20; a hostile certificate can have thousands.</summary>
    private const int MaxOctets = 64;

    /// <summary>
    /// Lower-case hex of the magnitude, two digits per octet, without the sign octet that DER puts before a high bit, and with a minus sign for a
    /// negative number. <c>openssl x509 -serial</c> shows the same in upper case.
    /// </summary>
    /// <param name="content">Content octets of the INTEGER.</param>
    public static string Text(ReadOnlySpan<byte> content)
    {
        var isNegative = !content.IsEmpty && content[0] >= 0x80;
        ReadOnlySpan<byte> magnitude = isNegative
            ? BigInteger.Negate(new BigInteger(content, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true)
            : content;
        while (magnitude.Length > 1 && magnitude[0] == 0) magnitude = magnitude[1..];
        var hex = Convert.ToHexStringLower(magnitude[..Math.Min(magnitude.Length, MaxOctets)]);
        return (isNegative ? "-" : "") + hex + (magnitude.Length > MaxOctets ? "…" : "");
    }
}

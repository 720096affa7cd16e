using System.Buffers.Binary;

namespace MtlsProbe.Config;

/// <summary>
/// Recognizes a key or a certificate that was pasted instead of a name or a path. Such a value is never quoted, because it would appear in logs and
/// on pages.
/// </summary>
internal static class PastedSecret
{
    /// <summary>Continues a sentence that begins with the key.</summary>
    public const string Problem = "holds a key or a certificate itself, not the path of a file";

    public const string Hint = "write it to a file that only this user may read, and name that file here";

    /// <summary>Whether the text is PEM (RFC 7468), or the base64 of a DER structure without the lines around it.</summary>
    public static bool Is(string text) => text.Contains("-----BEGIN", StringComparison.Ordinal) || IsBase64OfDer(text);

    /// <summary>A sequence (ITU-T X.690 §8.9) that ends where the text ends: no path looks like this by accident.</summary>
    private static bool IsBase64OfDer(string text)
    {
        if (!text.StartsWith('M')) return false; // 0x30, a sequence
        var der = new byte[text.Length];
        return Convert.TryFromBase64String(text, der, out var length) && der.AsSpan(0, length) is [0x30, var first, .. var rest] && (first switch
        {
            0x81 when rest.Length > 1 => rest[0] + 1 == rest.Length,
            0x82 when rest.Length > 2 => BinaryPrimitives.ReadUInt16BigEndian(rest) + 2 == rest.Length,
            _ => first is > 16 and < 0x80 && first == rest.Length,
        });
    }
}

using System.Globalization;
using System.Text;

namespace MtlsProbe.DnsQueries;

/// <summary>Reads names with their compression pointers (RFC 1035 §4.1.4).</summary>
internal static class DnsName
{
    private const int MaxOctets = 255;
    private const int MaxLabel = 63;
    private const int Pointer = 0xc0; // the two highest bits

    /// <param name="at">Where the name begins; afterwards, where it ends.</param>
    /// <returns>Lower-case, without the final dot; octets that are not printable as <c>\DDD</c>. Null if it is not a name.</returns>
    public static string? Read(ReadOnlySpan<byte> message, ref int at)
    {
        var name = new StringBuilder();
        var (position, limit, octets) = (at, at, 1);
        var end = -1; // behind the first pointer
        while (position < message.Length)
        {
            int length = message[position];
            if (length == 0)
            {
                at = end < 0 ? position + 1 : end;
                return name.ToString();
            }

            if ((length & Pointer) == Pointer)
            {
                // Backwards only, so each pointer can be followed only once.
                if (position + 1 >= message.Length) return null;
                var target = ((length & ~Pointer) << 8) | message[position + 1];
                if (target >= limit) return null;
                if (end < 0) end = position + 2;
                (position, limit) = (target, target);
                continue;
            }

            octets += length + 1;
            if (length > MaxLabel || octets > MaxOctets || message.Length - position - 1 < length) return null;
            if (name.Length > 0) name.Append('.');
            foreach (var octet in message.Slice(position + 1, length)) Append(name, octet);
            position += length + 1;
        }

        return null;
    }

    private static void Append(StringBuilder name, byte octet)
    {
        if (octet is > (byte)' ' and <= (byte)'~' and not (byte)'.' and not (byte)'\\') name.Append(char.ToLowerInvariant((char)octet));
        else name.Append(CultureInfo.InvariantCulture, $"\\{octet:000}");
    }
}

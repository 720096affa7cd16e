using System.Formats.Asn1;
using System.Globalization;
using System.Text;

namespace MtlsProbe.Certificates;

/// <summary>
/// One end of a validity period. RFC 5280 §4.1.2.5 allows two encodings: <c>YYMMDDHHMMSSZ</c> as a UTCTime and <c>YYYYMMDDHHMMSSZ</c> as a
/// GeneralizedTime, with seconds, without fractions, in UTC.
/// </summary>
/// <param name="Time">
/// Its value. For a malformed one, the most likely value, so that a date can be shown: without a zone it counts as UTC, whatever the zone of this
/// machine.
/// </param>
/// <param name="Malformed">The encoded text, escaped; null if it is well formed.</param>
internal readonly record struct CertificateTime(DateTimeOffset Time, string? Malformed)
{
    /// <summary>Two-digit years from here on are in the last century.</summary>
    private const int FirstYearOf1900 = 50;

    /// <exception cref="AsnContentException">It is not a time.</exception>
    public static CertificateTime Read(AsnReader reader)
    {
        var tag = reader.PeekTag();
        var yearDigits = tag.HasSameClassAndValue(Asn1Tag.UtcTime) ? 2 : tag.HasSameClassAndValue(Asn1Tag.GeneralizedTime) ? 4 : throw NoTime();
        var encoded = reader.ReadEncodedValue().Span;
        AsnDecoder.ReadEncodedValue(encoded, CertificateFields.Encoding, out var start, out var length, out _);
        var content = encoded.Slice(start, length);
        if (tag.IsConstructed) throw NoTime();
        return Parse(content, yearDigits) is { } time
            ? new(time, content.Length == yearDigits + 11 && content[^1] == 'Z' && !content[..^1].ContainsAnyExceptInRange((byte)'0', (byte)'9') ? null : DistinguishedName.Visible(Encoding.Latin1.GetString(content)))
            : throw NoTime();
    }

    /// <summary>The digits from year to minute, optional seconds and fraction, and then Z, an offset, or nothing.</summary>
    private static DateTimeOffset? Parse(ReadOnlySpan<byte> text, int yearDigits)
    {
        if (Take(ref text, yearDigits) is not { } year || Take(ref text, 2) is not { } month || Take(ref text, 2) is not { } day
            || Take(ref text, 2) is not { } hour) return null;
        var minute = Take(ref text, 2) ?? 0;
        var second = Take(ref text, 2) ?? 0;
        if (text is [(byte)'.' or (byte)',', ..])
        {
            var digits = text[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            text = digits < 0 ? [] : text[(1 + digits)..];
        }

        if (yearDigits == 2) year += year < FirstYearOf1900 ? 2000 : 1900;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) return null;
        if (Offset(text) is not { } offset) return null;
        var local = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Unspecified);
        var ticks = local.Ticks - offset.Ticks;
        return ticks < DateTimeOffset.MinValue.Ticks || ticks > DateTimeOffset.MaxValue.Ticks ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
    }

    private static TimeSpan? Offset(ReadOnlySpan<byte> text)
    {
        if (text is [] or [(byte)'Z']) return TimeSpan.Zero;
        var sign = text[0] switch { (byte)'+' => 1, (byte)'-' => -1, _ => 0 };
        text = text[1..];
        if (sign == 0 || Take(ref text, 2) is not { } hours) return null;
        var minutes = Take(ref text, 2) ?? 0;
        return text.IsEmpty && hours < 24 && minutes < 60 ? sign * new TimeSpan(hours, minutes, 0) : null;
    }

    /// <summary>
    /// Takes a number with this many digits from the front of <paramref name="text"/>. If there is none, it returns null and takes nothing.
    /// </summary>
    private static int? Take(ref ReadOnlySpan<byte> text, int digits)
    {
        if (text.Length < digits || text[..digits].ContainsAnyExceptInRange((byte)'0', (byte)'9')) return null;
        var number = int.Parse(text[..digits], CultureInfo.InvariantCulture);
        text = text[digits..];
        return number;
    }

    private static AsnContentException NoTime() => new("no time");
}

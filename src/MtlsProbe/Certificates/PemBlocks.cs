using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace MtlsProbe.Certificates;

/// <summary>
/// The positions of the blocks of a PEM text (RFC 7468). Nothing is decoded until it is requested, so a private key is not copied. A byte order mark
/// before a block is skipped: editors write one, and <c>cat</c> keeps it in the middle.
/// </summary>
internal static class PemBlocks
{
    /// <summary>The longest label in use is half as long.</summary>
    private const int MaxLabel = 64;

    private static readonly SearchValues<byte> LabelLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "u8);

    private static ReadOnlySpan<byte> Begin => "-----BEGIN "u8;

    private static ReadOnlySpan<byte> Mark => "\uFEFF"u8;

    /// <summary>The beginnings of all blocks, in the order of the text.</summary>
    public static IReadOnlyList<PemBlock> Scan(ReadOnlySpan<byte> text)
    {
        var blocks = new List<PemBlock>();
        var (start, line) = (text.IndexOf(Begin), 1);
        var counted = 0;
        while (start >= 0)
        {
            // No block extends beyond the beginning of the next one. A text that consists of beginnings is therefore read once, not once for each of
            // them.
            var next = text[(start + Begin.Length)..].IndexOf(Begin);
            var end = next < 0 ? text.Length : start + Begin.Length + next;
            line += text[counted..start].Count((byte)'\n');
            counted = start;
            if (Read(text, start, end, line) is { } block) blocks.Add(block);
            start = next < 0 ? -1 : end;
        }

        return blocks;
    }

    /// <summary>The bytes in a block; null if it is incomplete.</summary>
    public static byte[]? Decode(ReadOnlySpan<byte> text, PemBlock block)
    {
        if (!block.IsWhole) return null;
        var base64 = text[block.Base64];
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        return Base64.DecodeFromUtf8(base64, bytes, out _, out var written) == OperationStatus.Done ? bytes[..written] : null;
    }

    private static PemBlock? Read(ReadOnlySpan<byte> text, int start, int end, int line)
    {
        var rest = text[start..end];
        var length = rest[Begin.Length..].IndexOf("-----"u8);
        var label = length < 0 ? rest[Begin.Length..] : rest.Slice(Begin.Length, length);
        if (length is <= 0 or > MaxLabel || label.ContainsAnyExceptInRange((byte)' ', (byte)'~')) return Damaged(label, line, start);
        var block = new PemBlock(Encoding.ASCII.GetString(label), line, start);
        if (!BeginsLine(text[..start]) || !PemEncoding.TryFindUtf8(rest, out var fields) || fields.Location.Start.Value > 0) return block;
        var (offset, count) = fields.Base64Data.GetOffsetAndLength(rest.Length);
        return block with { IsWhole = true, Base64 = (start + offset)..(start + offset + count) };
    }

    /// <summary>A block whose first line is incomplete: the words in that line are its label, so that it is reported.</summary>
    private static PemBlock? Damaged(ReadOnlySpan<byte> line, int number, int start)
    {
        var words = line.IndexOfAnyExcept(LabelLetters);
        var label = Encoding.ASCII.GetString(words < 0 ? line[..Math.Min(line.Length, MaxLabel)] : line[..Math.Min(words, MaxLabel)]).TrimEnd();
        return label.Length == 0 ? null : new PemBlock(label, number, start);
    }

    private static bool BeginsLine(ReadOnlySpan<byte> before) =>
        before.IsEmpty || before[^1] is (byte)'\n' or (byte)'\r' or (byte)' ' or (byte)'\t' || before.EndsWith(Mark);
}

/// <summary>A block of a PEM text.</summary>
/// <param name="Label">The words after BEGIN: printable ASCII.</param>
/// <param name="Line">The line of its beginning; the first is 1.</param>
/// <param name="Start">Its first octet.</param>
internal sealed record PemBlock(string Label, int Line, int Start)
{
    /// <summary>
    /// A certificate: by the label of RFC 7468 §2, by the former label of OpenSSL, or by its label for a certificate with trust settings.
    /// </summary>
    public bool IsCertificate => Label is "CERTIFICATE" or "X509 CERTIFICATE" or "TRUSTED CERTIFICATE";

    /// <summary>A key in a format that libcrypto reads; that of OpenSSH is different.</summary>
    public bool IsPrivateKey => Label.EndsWith("PRIVATE KEY", StringComparison.Ordinal) && Label != "OPENSSH PRIVATE KEY";

    /// <summary>Whether it has an end, with only base64 in between. Keys with the old encryption have headers and are not whole.</summary>
    public bool IsWhole { get; init; }

    public Range Base64 { get; init; }
}

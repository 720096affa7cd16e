using System.Buffers;
using System.Buffers.Text;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Certificates;

/// <summary>From the bytes of a file, or of an answer, to the revocation lists in them: one in DER, or any number in PEM.</summary>
internal static class RevocationListText
{
    /// <summary>Of one file. A server that checks lists has one for each authority, mostly in one file.</summary>
    public const int Most = 256;

    private const byte Sequence = 0x30;

    /// <param name="content">Kept where it is DER.</param>
    /// <returns>The lists, and what is wrong with the rest, as the end of a sentence; null where nothing is.</returns>
    public static (ValueList<RevocationList> Lists, string? Problem) Read(ReadOnlyMemory<byte> content)
    {
        if (content.IsEmpty) return ([], "is empty");
        if (content.Span[0] == Sequence) return RevocationList.Read(content) is var read && read.List is { } one ? ([one], null) : ([], read.Problem);
        List<RevocationList> lists = [];
        string? problem = null;
        foreach (var block in PemBlocks.Scan(content.Span).Where(block => block.Label is "X509 CRL" or "CRL"))
        {
            if (lists.Count >= Most) return (lists.ToValueList(), FormattableString.Invariant($"holds more than {Most} lists: the others are left out"));
            var reading = Decode(content.Span, block) is { } der ? RevocationList.Read(der) : new(null, "is not whole");
            if (reading.List is { } list) lists.Add(list);
            else problem ??= FormattableString.Invariant($"has a list in line {block.Line} that {reading.Problem}");
        }

        return lists.Count == 0 ? ([], problem ?? "holds no revocation list, neither in DER nor in PEM (X509 CRL)") : (lists.ToValueList(), problem);
    }

    private static ReadOnlyMemory<byte>? Decode(ReadOnlySpan<byte> text, PemBlock block)
    {
        if (!block.IsWhole) return null;
        var base64 = text[block.Base64];
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        return Base64.DecodeFromUtf8(base64, bytes, out _, out var written) == OperationStatus.Done ? bytes.AsMemory(0, written) : null;
    }
}

using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Certificates;

/// <summary>
/// Reads the revocation lists in a file or a response: one in DER, or any number in PEM. It takes the bytes as they arrive, and keeps only the DER of
/// each list. For one thread and one content.
/// </summary>
internal sealed class RevocationListReader
{
    /// <summary>
    /// Maximum number of lists in one file, readable or not. A server that checks lists has one for each authority, usually all in one file.
    /// </summary>
    public const int Most = 256;

    private const byte Sequence = 0x30;
    private const string Unreadable = "is not a readable revocation list";

    private readonly List<RevocationList> _lists = [];
    private DerBytes? _der;
    private PemLists? _pem;
    private string? _problem;
    private int _blocks;
    private bool _isFull;

    /// <param name="piece">The caller can reuse it afterwards.</param>
    public void Take(ReadOnlySpan<byte> piece)
    {
        if (piece.IsEmpty) return;
        if (_der is null && _pem is null)
        {
            if (piece[0] == Sequence) _der = new DerBytes(RevocationList.MaxSize);
            else _pem = new PemLists(Add);
        }

        _der?.Add(piece);
        if (!_isFull) _pem?.Take(piece);
    }

    /// <summary>Call when everything has arrived.</summary>
    public ListReading End()
    {
        if (_der is { } der)
        {
            var reading = Read(der);
            return reading.List is { } one ? new([one], null) : new([], reading.Problem);
        }

        if (_pem is null) return new([], "is empty");
        if (!_isFull) _pem.End();
        return new(_lists.ToValueList(), _problem ?? (_lists.Count == 0 ? "contains no revocation list, neither in DER nor in PEM (X509 CRL)" : null));
    }

    /// <param name="der">Null: the block is incomplete.</param>
    /// <param name="line">The line of its beginning.</param>
    private void Add(DerBytes? der, int line)
    {
        if (_isFull) return;
        if (++_blocks > Most)
        {
            (_isFull, _problem) = (true, FormattableString.Invariant($"contains more than {Most} lists: the others are ignored"));
            return;
        }

        var reading = der is null ? new(null, "is incomplete") : Read(der);
        if (reading.List is { } list) _lists.Add(list);
        else _problem ??= FormattableString.Invariant($"has a list in line {line} that {reading.Problem}");
    }

    private static RevocationReading Read(DerBytes der) =>
        der.Whole is { } whole ? RevocationList.Read(whole) : new(null, der.IsTooLarge ? $"is larger than {RevocationList.MaxSize >> 20} MiB" : Unreadable);
}

/// <summary>The lists of a content, and what is wrong with the rest, as the end of a sentence; null if nothing is.</summary>
internal readonly record struct ListReading(ValueList<RevocationList> Lists, string? Problem);

namespace MtlsProbe.Inventories;

/// <summary>A pattern and the files that it named last. Looking may hang, so that it is done on a thread which may be lost.</summary>
/// <param name="kind">How its files are read.</param>
/// <param name="most">Files that it may name.</param>
/// <param name="failed">Told what nobody foresaw.</param>
internal sealed class PatternLook(string pattern, PlaceKind kind, int most, Action<Exception> failed)
{
    private volatile IReadOnlyList<string> _found = [];
    private volatile bool _isUnderWay;
    private volatile bool _isCut;

    public PlaceKind Kind => kind;

    /// <summary>The path, where it is one and no pattern; null: it may name several files, or none.</summary>
    public string? Path { get; } = FilePattern.Is(pattern) ? null : pattern;

    public IReadOnlyList<string> Found => _found;

    /// <summary>Whether a look is under way, which may hang: no other may begin.</summary>
    public bool IsUnderWay => _isUnderWay;

    /// <summary>Whether it names more files than are taken.</summary>
    public bool IsCut => _isCut;

    /// <summary>Never throws.</summary>
    public void Look()
    {
        _isUnderWay = true;
        try
        {
            _found = FilePattern.Expand(pattern, most, out var isCut);
            _isCut = isCut;
        }
        catch (Exception e) // also where there is no memory, as there may be at the next turn
        {
            failed(e);
        }
        finally
        {
            _isUnderWay = false;
        }
    }
}

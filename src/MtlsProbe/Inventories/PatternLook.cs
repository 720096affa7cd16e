namespace MtlsProbe.Inventories;

/// <summary>A pattern and its last matching files. The search may hang, so it runs on a thread that may be lost.</summary>
/// <param name="kind">How its files are read.</param>
/// <param name="most">The maximum number of files.</param>
/// <param name="failed">Called with unexpected errors.</param>
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
        catch (Exception e) // also if there is no memory, because there may be in the next cycle
        {
            failed(e);
        }
        finally
        {
            _isUnderWay = false;
        }
    }
}

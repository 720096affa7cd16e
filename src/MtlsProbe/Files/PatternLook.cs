namespace MtlsProbe.Files;

/// <summary>A pattern and the files that it last matched. The search can hang, so it runs on a thread that may be lost.</summary>
/// <param name="most">The maximum number of files.</param>
/// <param name="failed">Called with unexpected errors.</param>
internal sealed class PatternLook(string pattern, int most, Action<Exception> failed)
{
    private volatile FoundFiles _found = new([]);
    private volatile bool _isUnderWay;
    private volatile bool _hasLooked;

    public string Pattern => pattern;

    /// <summary>The path, if it is not a pattern; null: it can match several files, or none.</summary>
    public string? Path { get; } = FilePattern.Is(pattern) ? null : pattern;

    public FoundFiles Found => _found;

    /// <summary>Whether a search is in progress; it may hang. No other may begin.</summary>
    public bool IsUnderWay => _isUnderWay;

    /// <summary>Whether a search has ended yet.</summary>
    public bool HasLooked => _hasLooked;

    /// <summary>Searches for several patterns; those that hang keep their previous files.</summary>
    public static void LookAt(IEnumerable<PatternLook> looks, CancellationToken stop) =>
        PatientReads.Run([.. looks.Where(look => !look.IsUnderWay).Select(look => (Action)look.Look)], PatientReads.Patience, stop);

    /// <summary>Never throws.</summary>
    public void Look()
    {
        _isUnderWay = true;
        try
        {
            _found = FilePattern.Expand(pattern, most);
            _hasLooked = true;
        }
        catch (Exception e) // even if there is no memory: there may be in the next cycle
        {
            failed(e);
        }
        finally
        {
            _isUnderWay = false;
        }
    }
}

namespace MtlsProbe.Files;

/// <summary>A pattern and its last matching files. The search may hang, so it runs on a thread that may be lost.</summary>
/// <param name="most">The maximum number of files.</param>
/// <param name="failed">Called with unexpected errors.</param>
internal sealed class PatternLook(string pattern, int most, Action<Exception> failed)
{
    private volatile FoundFiles _found = new([]);
    private volatile bool _isUnderWay;
    private volatile bool _hasLooked;

    public string Pattern => pattern;

    /// <summary>The path, where it is one and no pattern; null: it may name several files, or none.</summary>
    public string? Path { get; } = FilePattern.Is(pattern) ? null : pattern;

    public FoundFiles Found => _found;

    /// <summary>Whether a look is under way, which may hang: no other may begin.</summary>
    public bool IsUnderWay => _isUnderWay;

    /// <summary>Whether a look has ended yet.</summary>
    public bool HasLooked => _hasLooked;

    /// <summary>Looks at several; those that hang keep what they had.</summary>
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

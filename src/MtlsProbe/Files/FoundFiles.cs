namespace MtlsProbe.Files;

/// <summary>The files that a pattern names.</summary>
internal sealed record FoundFiles(IReadOnlyList<string> Paths)
{
    /// <summary>Which bound the search has met, so that there may be more; the end of a sentence that begins with the pattern. Null: none.</summary>
    public string? Cut { get; init; }

    /// <summary>
    /// The first folder or file that is there and cannot be read, so that there may be more; or that the folder which the pattern looks into is not there.
    /// </summary>
    public PathProblem? Problem { get; init; }
}

/// <summary>Why a file or a folder cannot be read.</summary>
internal sealed record PathProblem(string Path, FileProblem Problem)
{
    public override string ToString() => $"{Path} {Problem.Text}";
}

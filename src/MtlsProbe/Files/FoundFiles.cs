namespace MtlsProbe.Files;

/// <summary>The files that a pattern matches.</summary>
internal sealed record FoundFiles(IReadOnlyList<string> Paths)
{
    /// <summary>
    /// The limit that the search has reached, so that there may be more files; the end of a sentence that begins with the pattern. Null: none.
    /// </summary>
    public string? Cut { get; init; }

    /// <summary>
    /// The first directory or file that cannot be read, so that there may be more files; or that the directory in which the pattern starts is
    /// missing.
    /// </summary>
    public PathProblem? Problem { get; init; }
}

/// <summary>Why a file or a folder cannot be read.</summary>
internal sealed record PathProblem(string Path, FileProblem Problem)
{
    public override string ToString() => $"{Path} {Problem.Text}";
}

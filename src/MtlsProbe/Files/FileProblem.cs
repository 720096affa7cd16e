namespace MtlsProbe.Files;

/// <summary>Why a file could not be read.</summary>
/// <param name="Text">The end of a sentence that begins with the file's path.</param>
internal sealed record FileProblem(FileProblemKind Kind, string Text)
{
    /// <summary>It did not answer in time.</summary>
    public static readonly FileProblem NoAnswer =
        new(FileProblemKind.Unreadable, "cannot be read: no answer (a pipe without a writer, or a file system that hangs)");

    /// <summary>The problem that corresponds to an exception from opening or reading a file; null if it is not a problem of the file.</summary>
    public static FileProblem? Of(string path, Exception thrown) => thrown switch
    {
        _ when path.Length == 0 => new(FileProblemKind.Unsuitable, "names no file"),
        FileNotFoundException or DirectoryNotFoundException => new(FileProblemKind.Missing, "does not exist"),
        UnauthorizedAccessException => new(FileProblemKind.Unreadable, "may not be read by this user"),
        IOException or NotSupportedException or ArgumentException => new(FileProblemKind.Unreadable, "cannot be read: " + thrown.Message),
        _ => null,
    };
}

/// <summary>The kinds of problems that callers distinguish.</summary>
internal enum FileProblemKind
{
    /// <summary>It does not exist.</summary>
    Missing,

    /// <summary>It is not a regular file, or it is too large.</summary>
    Unsuitable,

    /// <summary>The system refuses access to it.</summary>
    Unreadable,
}

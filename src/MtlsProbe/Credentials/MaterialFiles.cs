using MtlsProbe.Files;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>The files of a credential, a trust bundle or an expected certificate; a file that cannot be read becomes a reason here.</summary>
internal sealed class MaterialFiles(FileSet files) : IDisposable
{
    /// <summary>In bytes, for each file.</summary>
    public const int MaxSize = 1024 * 1024;

    /// <summary>In the requested order.</summary>
    public IEnumerable<string> Paths => files.Files.Select(file => file.Path);

    /// <summary>One for each file that could not be read.</summary>
    public IEnumerable<MaterialFault> Faults => files.Files.Select(FaultOf).OfType<MaterialFault>();

    /// <summary>Reads each file once; can hang if one of them does.</summary>
    public static MaterialFiles Read(IEnumerable<string> paths) => new(FileSet.Read(paths, MaxSize));

    /// <summary>As <see cref="Read"/>, but a file that does not answer in time counts as unreadable.</summary>
    /// <param name="mayBePipes">As in <see cref="FileSet.ReadPatiently"/>.</param>
    public static MaterialFiles ReadPatiently(IEnumerable<string> paths, bool mayBePipes = false) => new(FileSet.ReadPatiently(paths, MaxSize, mayBePipes));

    /// <summary>The fault of files that did not answer in time.</summary>
    public static MaterialFault NoAnswer(string paths) => FaultOf(paths, FileProblem.NoAnswer);

    /// <summary>The content of one of the files; empty if it could not be read.</summary>
    public ReadOnlySpan<byte> Bytes(string path) => files[path].Bytes;

    /// <summary>Why a file could not be read; null if it could.</summary>
    public MaterialFault? Fault(string path) => FaultOf(files[path]);

    /// <summary>The file does not exist, as opposed to one that cannot be read.</summary>
    public bool IsMissing(string path) => files[path].Problem?.Kind == FileProblemKind.Missing;

    public void Dispose() => files.Dispose();

    private static MaterialFault? FaultOf(FileContent file) => file.Problem is { } problem ? FaultOf(file.Path, problem) : null;

    private static MaterialFault FaultOf(string path, FileProblem problem)
    {
        var reason = problem.Kind switch
        {
            FileProblemKind.Missing => Reasons.NotFound,
            FileProblemKind.Unsuitable => Reasons.BadFormat,
            _ => Reasons.Unreadable,
        };
        return new MaterialFault(reason, $"{path} {problem.Text}");
    }
}

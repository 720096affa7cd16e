using MtlsProbe.Files;

namespace MtlsProbe.Credentials;

/// <summary>Material in files.</summary>
/// <param name="paths">Called for each read, because a directory can have other files by then.</param>
/// <param name="decode">From the content of the files to the material, to a fault, or to neither if it is optional and missing.</param>
/// <param name="place">The files, for a sentence.</param>
/// <param name="once">The files are read once and not followed, so they can be pipes.</param>
internal sealed class FileSource<T>(
    Func<IEnumerable<string>> paths, Func<MaterialFiles, Material<T>> decode, string place, TimeProvider time, bool once) : IFileSource<T>
    where T : class
{
    public MaterialFault NothingYet => MaterialFiles.NoAnswer(place);

    public FileFollower Open(Held<T> holder) =>
        new(() => FileSet.Read(paths(), MaterialFiles.MaxSize, mayBePipes: once), files => holder.Take(decode(new MaterialFiles(files))), time)
        {
            NoAnswer = () => holder.Complain(NothingYet),
            Failed = holder.Failed,
        };

    public Look<T> Look()
    {
        using var files = MaterialFiles.ReadPatiently(paths(), mayBePipes: once);
        return new Look<T>(decode(files), [.. files.Faults]);
    }

    /// <summary>Nothing to release: polling stops by itself.</summary>
    public void Dispose()
    {
    }
}

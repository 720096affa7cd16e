using MtlsProbe.Files;

namespace MtlsProbe.Credentials;

/// <summary>Material that stands in files.</summary>
/// <param name="paths">Asked anew at each reading: a directory may have others by then.</param>
/// <param name="decode">From the files to what is in them, to a fault, or to neither where nothing is there and need not be.</param>
/// <param name="place">The files, for a sentence.</param>
/// <param name="once">The files are read once and not followed, so that they may be pipes.</param>
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

    /// <summary>Whoever polls the files stops by himself.</summary>
    public void Dispose()
    {
    }
}

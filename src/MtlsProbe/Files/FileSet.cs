using System.Security.Cryptography;
using System.Text;

namespace MtlsProbe.Files;

/// <summary>Some files that belong together, read one after the other and bounded. Disposal overwrites what was read.</summary>
internal sealed class FileSet : IDisposable
{
    /// <summary>How long a look at files waits for one that hangs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>One look is all there is, and whoever writes into a pipe may have to fetch it from afar.</summary>
    public static readonly TimeSpan PatienceWithPipes = TimeSpan.FromSeconds(20);

    private readonly FileContent[] _files;

    private FileSet(FileContent[] files)
    {
        _files = files;
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            digest.AppendData(Encoding.UTF8.GetBytes($"{file.Path}\0{file.Problem?.Text}\0{file.Bytes.Length}\0"));
            digest.AppendData(file.Bytes);
        }

        Stamp = Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    /// <summary>A digest of paths, contents and problems: two readings with the same stamp mean the same.</summary>
    public string Stamp { get; }

    /// <summary>Each once, in the order in which they were asked for.</summary>
    public IReadOnlyList<FileContent> Files => _files;

    /// <summary>One of the files.</summary>
    public FileContent this[string path] => Array.Find(_files, file => file.Path == path)!;

    /// <summary>Reads each file once, and may hang where one of them does.</summary>
    /// <param name="maxSize">In bytes, for each file.</param>
    /// <param name="mayBePipes">For one look, as in <c>--key &lt;(vault read …)</c>: what has been read from a pipe is not there again.</param>
    public static FileSet Read(IEnumerable<string> paths, int maxSize, bool mayBePipes = false) =>
        new([.. paths.Distinct(StringComparer.Ordinal).Select(path => FileContent.Read(path, maxSize, mayBePipes))]);

    /// <summary>As <see cref="Read"/>, but a file that gives no answer in time counts as unreadable.</summary>
    public static FileSet ReadPatiently(IEnumerable<string> paths, int maxSize, bool mayBePipes = false)
    {
        string[] all = [.. paths.Distinct(StringComparer.Ordinal)];
        var read = new FileContent?[all.Length];
        var isOver = false;
        PatientReads.Run([.. all.Select((path, i) => (Action)(() => ReadInto(path, i)))], mayBePipes ? PatienceWithPipes : Patience);
        Volatile.Write(ref isOver, true);
        return new([.. all.Select((path, i) => Interlocked.Exchange(ref read[i], null) ?? FileContent.Broken(path, FileProblem.NoAnswer))]);

        // What comes when nobody waits any more may be a secret all the same, and has no other owner.
        void ReadInto(string path, int i)
        {
            Interlocked.Exchange(ref read[i], FileContent.Read(path, maxSize, mayBePipes));
            if (Volatile.Read(ref isOver)) Interlocked.Exchange(ref read[i], null)?.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }
}

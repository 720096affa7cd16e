using System.Security.Cryptography;
using System.Text;

namespace MtlsProbe.Files;

/// <summary>Related files, read one after another within limits. Disposal overwrites their contents.</summary>
internal sealed class FileSet : IDisposable
{
    /// <summary>How long reading waits for a file that hangs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>For files that are read only once: the writer of a pipe may have to fetch its content over a network.</summary>
    public static readonly TimeSpan PatienceWithPipes = TimeSpan.FromSeconds(20);

    /// <summary>Paths whose last read hangs; also the lock for the state that such reads share.</summary>
    private static readonly HashSet<string> s_hanging = new(StringComparer.Ordinal);

    private readonly FileContent[] _files;

    private FileSet(FileContent[] files)
    {
        _files = files;
        Stamp = StampOf(files);
    }

    /// <summary>A digest of paths, contents and problems: two readings with the same stamp mean the same.</summary>
    public string Stamp { get; }

    /// <summary>Each once, in the requested order.</summary>
    public IReadOnlyList<FileContent> Files => _files;

    /// <summary>One of the files.</summary>
    public FileContent this[string path] => Array.Find(_files, file => file.Path == path)!;

    /// <summary>The stamp of files that were read separately.</summary>
    public static string StampOf(IEnumerable<FileContent> files)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            digest.AppendData(Encoding.UTF8.GetBytes($"{file.Path}\0{file.Problem?.Text}\0{file.Bytes.Length}\0"));
            digest.AppendData(file.Bytes);
        }

        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    /// <summary>Reads each file once; can hang if one of them does.</summary>
    /// <param name="maxSize">In bytes, for each file.</param>
    /// <param name="mayBePipes">For files that are read only once, as in <c>--key &lt;(vault read …)</c>: a pipe cannot be read again.</param>
    public static FileSet Read(IEnumerable<string> paths, int maxSize, bool mayBePipes = false) =>
        Read(paths, path => FileContent.Read(path, maxSize, mayBePipes));

    /// <param name="read">Must not throw; can hang.</param>
    public static FileSet Read(IEnumerable<string> paths, Func<string, FileContent> read) => new([.. paths.Distinct(StringComparer.Ordinal).Select(read)]);

    /// <summary>
    /// As <see cref="Read"/>, but a file that does not answer in time counts as unreadable, and is not read again until it has answered: each hanging
    /// read occupies a thread.
    /// </summary>
    public static FileSet ReadPatiently(IEnumerable<string> paths, int maxSize, bool mayBePipes = false) =>
        ReadPatiently(paths, path => FileContent.Read(path, maxSize, mayBePipes), mayBePipes ? PatienceWithPipes : Patience);

    /// <param name="read">Must not throw; can hang.</param>
    public static FileSet ReadPatiently(IEnumerable<string> paths, Func<string, FileContent> read, TimeSpan patience)
    {
        string[] all = [.. paths.Distinct(StringComparer.Ordinal)];
        var results = new FileContent?[all.Length];
        var reading = new bool[all.Length];
        var isOver = false;
        Action[] steps;
        lock (s_hanging) steps = [.. Enumerable.Range(0, all.Length).Where(i => !s_hanging.Contains(all[i])).Select(i => (Action)(() => ReadInto(i)))];
        PatientReads.Run(steps, patience);
        FileContent[] found;
        lock (s_hanging)
        {
            isOver = true;
            for (var i = 0; i < all.Length; i++)
            {
                if (reading[i]) s_hanging.Add(all[i]);
            }

            found = [.. all.Select((path, i) => results[i] ?? FileContent.Broken(path, FileProblem.NoAnswer))];
        }

        return new(found);

        void ReadInto(int i)
        {
            lock (s_hanging) reading[i] = true;
            var result = read(all[i]);
            lock (s_hanging)
            {
                reading[i] = false;
                if (!isOver) results[i] = result;
                else s_hanging.Remove(all[i]);
            }

            if (results[i] is null) result.Dispose(); // no caller waits any longer, and it may be a secret
        }
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }
}

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

    /// <summary>Paths whose last read by somebody patient has not come to its end; also the lock of what such reads share.</summary>
    private static readonly HashSet<string> s_hanging = new(StringComparer.Ordinal);

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

    /// <summary>
    /// As <see cref="Read"/>, but a file that gives no answer in time counts as unreadable, and is not read again before it has given one: each
    /// read that hangs keeps a thread.
    /// </summary>
    public static FileSet ReadPatiently(IEnumerable<string> paths, int maxSize, bool mayBePipes = false) =>
        ReadPatiently(paths, path => FileContent.Read(path, maxSize, mayBePipes), mayBePipes ? PatienceWithPipes : Patience);

    /// <param name="read">Does not throw, and may hang.</param>
    internal static FileSet ReadPatiently(IEnumerable<string> paths, Func<string, FileContent> read, TimeSpan patience)
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

            if (results[i] is null) result.Dispose(); // nobody waits any more, and it may be a secret
        }
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }
}

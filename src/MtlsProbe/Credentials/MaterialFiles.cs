using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Files;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>
/// The contents of some files, read together and bounded. They may be secrets: they lie in pinned memory, so that the collector
/// leaves no copies behind, and are overwritten on disposal.
/// </summary>
internal sealed class MaterialFiles : IDisposable
{
    /// <summary>In bytes, for each file.</summary>
    public const int MaxSize = 1024 * 1024;

    /// <summary>One look is all there is, and whoever writes into a pipe may have to fetch it from afar.</summary>
    public static readonly TimeSpan PatienceWithPipes = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly List<Content> _contents = [];

    private MaterialFiles()
    {
    }

    /// <summary>A digest of paths, contents and faults: two readings with the same stamp mean the same.</summary>
    public string Stamp { get; private init; } = "";

    /// <summary>In the order in which they were asked for.</summary>
    public IEnumerable<string> Paths => _contents.Select(content => content.Path);

    /// <summary>One for each file that could not be read.</summary>
    public IEnumerable<MaterialFault> Faults => _contents.Select(content => content.Fault).OfType<MaterialFault>();

    /// <summary>Reads each file once, and may hang where one of them does.</summary>
    /// <param name="mayBePipes">For one look, as in <c>--key &lt;(vault read …)</c>: what has been read from a pipe is not there again.</param>
    public static MaterialFiles Read(IEnumerable<string> paths, bool mayBePipes = false) =>
        Of([.. paths.Distinct(StringComparer.Ordinal).Select(path => ReadOne(path, mayBePipes))]);

    /// <summary>As <see cref="Read"/>, but a file that gives no answer in time counts as unreadable.</summary>
    public static MaterialFiles ReadPatiently(IEnumerable<string> paths, bool mayBePipes = false)
    {
        string[] all = [.. paths.Distinct(StringComparer.Ordinal)];
        var read = new Content?[all.Length];
        Sweep.Run([.. all.Select((path, i) => (Action)(() => Volatile.Write(ref read[i], ReadOne(path, mayBePipes))))], mayBePipes ? PatienceWithPipes : s_patience);
        return Of([.. all.Select((path, i) => Volatile.Read(ref read[i]) ?? new Content(path, [], 0, NoAnswer(path)))]);
    }

    /// <summary>What is said of files that have been waited for in vain.</summary>
    public static MaterialFault NoAnswer(string paths) =>
        new(Reasons.Unreadable, $"{paths} cannot be read: there is no answer (a pipe that nobody writes to, or a file system that hangs)");

    private static MaterialFiles Of(IReadOnlyList<Content> contents)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var content in contents)
        {
            digest.AppendData(Encoding.UTF8.GetBytes($"{content.Path}\0{content.Fault?.Detail}\0{content.Bytes.Length}\0"));
            digest.AppendData(content.Bytes.Span);
        }

        var files = new MaterialFiles { Stamp = Convert.ToHexStringLower(digest.GetHashAndReset()) };
        files._contents.AddRange(contents);
        return files;
    }

    /// <summary>The content of one of the files; empty when it could not be read.</summary>
    public ReadOnlySpan<byte> Bytes(string path) => Find(path).Bytes.Span;

    /// <summary>Why a file could not be read; null when it could.</summary>
    public MaterialFault? Fault(string path) => Find(path).Fault;

    /// <summary>The file does not exist, as opposed to one that cannot be read.</summary>
    public bool IsMissing(string path) => Fault(path)?.Reason == Reasons.NotFound;

    public void Dispose()
    {
        foreach (var content in _contents) CryptographicOperations.ZeroMemory(content.Buffer);
    }

    private Content Find(string path) => _contents.Find(content => content.Path == path)!;

    private static Content ReadOne(string path, bool mayBePipe)
    {
        byte[] buffer = [];
        try
        {
            if (Directory.Exists(path)) return Broken(path, Reasons.BadFormat, "is a directory, not a file");
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (!mayBePipe && !file.CanSeek) return Broken(path, Reasons.BadFormat, "is a pipe or a device, not a regular file: it could not be read again");

            // Read to its end, whatever its length was said to be: it may grow, or be a pipe.
            var length = 0;
            do
            {
                if (length == buffer.Length) buffer = Grow(buffer);
                var count = file.Read(buffer.AsSpan(length));
                if (count == 0) return new Content(path, buffer, length, null);
                length += count;
            }
            while (length <= MaxSize);
            CryptographicOperations.ZeroMemory(buffer);
            return Broken(path, Reasons.BadFormat, $"is larger than {MaxSize >> 20} MiB");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Broken(path, Reasons.NotFound, "does not exist");
        }
        catch (UnauthorizedAccessException)
        {
            return Broken(path, Reasons.Unreadable, "may not be read by this user");
        }
        catch (Exception e) when (e is IOException or NotSupportedException or ArgumentException)
        {
            CryptographicOperations.ZeroMemory(buffer);
            return Broken(path, Reasons.Unreadable, "cannot be read: " + e.Message);
        }
    }

    private static byte[] Grow(byte[] full)
    {
        var larger = GC.AllocateArray<byte>(Math.Max(full.Length * 4, 8192), pinned: true);
        full.CopyTo(larger, 0);
        CryptographicOperations.ZeroMemory(full);
        return larger;
    }

    private static Content Broken(string path, Reason reason, string problem) =>
        new(path, [], 0, new MaterialFault(reason, $"{path} {problem}"));

    private sealed record Content(string Path, byte[] Buffer, int Length, MaterialFault? Fault)
    {
        public ReadOnlyMemory<byte> Bytes => Buffer.AsMemory(0, Length);
    }
}

using System.Security.Cryptography;
using System.Text;
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

    public static MaterialFiles Read(IEnumerable<string> paths)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var contents = paths.Select(ReadOne).ToList();
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

    private static Content ReadOne(string path)
    {
        byte[] buffer = [];
        try
        {
            if (Directory.Exists(path)) return Broken(path, Reasons.BadFormat, "is a directory, not a file");
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

            // Read to its end, whatever its length was said to be: it may grow, or be a pipe.
            var length = 0;
            do
            {
                if (length == buffer.Length) buffer = Grow(buffer);
                var count = RandomAccess.Read(file, buffer.AsSpan(length), length);
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

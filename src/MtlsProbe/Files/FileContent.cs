using MtlsProbe.Posix;

namespace MtlsProbe.Files;

/// <summary>
/// One file, read completely and within limits, or the reason why it could not be read. Its content can be a secret: it is in pinned memory, so the
/// garbage collector leaves no copies, and it is overwritten on disposal.
/// </summary>
internal sealed class FileContent : IDisposable
{
    /// <summary>The first buffer size for a file that does not report its length.</summary>
    private const int FirstRoom = 4096;

    private readonly int _length;
    private byte[]? _buffer; // null after it has been returned

    private FileContent(string path, byte[]? buffer, int length, FileProblem? problem) => (Path, _buffer, _length, Problem) = (path, buffer, length, problem);

    public string Path { get; }

    /// <summary>Null if it could be read.</summary>
    public FileProblem? Problem { get; }

    /// <summary>Empty if it could not be read.</summary>
    /// <exception cref="ObjectDisposedException">It has been disposed.</exception>
    public ReadOnlySpan<byte> Bytes => Problem is not null ? [] : (_buffer ?? throw new ObjectDisposedException(Path)).AsSpan(0, _length);

    /// <summary>Reads it once. This can hang: on a network file system without a server and, if pipes are allowed, on a pipe without a writer.</summary>
    /// <param name="maxSize">In bytes; a larger file is a problem.</param>
    /// <param name="mayBePipe">For files that are read only once: a pipe cannot be read again.</param>
    public static FileContent Read(string path, int maxSize, bool mayBePipe)
    {
        byte[]? buffer = null;
        try
        {
            if (mayBePipe && Directory.Exists(path)) return Unsuitable(path, "is a directory, not a file");
            var (handle, kind) = mayBePipe ? (File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), PathKind.File) : RegularFile.Open(path);
            using var owned = handle;
            if (kind == PathKind.Directory) return Unsuitable(path, "is a directory, not a file");
            if (kind == PathKind.Other) return Unsuitable(path, "is a pipe or a device, not a regular file: it could not be read again");
            using var file = new FileStream(handle, FileAccess.Read, bufferSize: 0);

            // Read to its end, whatever length it reports: it can grow, or be a pipe.
            buffer = PinnedBuffers.Rent(file.CanSeek ? (int)Math.Clamp(file.Length + 1, FirstRoom, maxSize + 1L) : FirstRoom);
            var length = 0;
            do
            {
                if (length == buffer.Length) buffer = Grow(buffer);
                var count = file.Read(buffer.AsSpan(length));
                if (count == 0) return new FileContent(path, buffer, length, null);
                length += count;
            }
            while (length <= maxSize);
            PinnedBuffers.Return(buffer);
            return Unsuitable(path, $"is larger than {maxSize >> 20} MiB");
        }
        catch (Exception e) when (FileProblem.Of(path, e) is { } problem)
        {
            if (buffer is not null) PinnedBuffers.Return(buffer);
            return Broken(path, problem);
        }
    }

    public static FileContent Broken(string path, FileProblem problem) => new(path, null, 0, problem);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer) PinnedBuffers.Return(buffer);
    }

    private static FileContent Unsuitable(string path, string problem) => Broken(path, new FileProblem(FileProblemKind.Unsuitable, problem));

    private static byte[] Grow(byte[] full)
    {
        var larger = PinnedBuffers.Rent(full.Length * 4);
        full.CopyTo(larger, 0);
        PinnedBuffers.Return(full);
        return larger;
    }
}

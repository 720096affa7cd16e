using System.Security.Cryptography;
using MtlsProbe.Posix;

namespace MtlsProbe.Files;

/// <summary>
/// One file, read whole and within bounds, or what is wrong with it. It may be a secret: it lies in pinned memory, so that the collector
/// leaves no copies behind, and is overwritten on disposal.
/// </summary>
internal sealed class FileContent : IDisposable
{
    private const int LeastRoom = 4096;

    private readonly byte[] _buffer;
    private readonly int _length;

    private FileContent(string path, byte[] buffer, int length, FileProblem? problem) => (Path, _buffer, _length, Problem) = (path, buffer, length, problem);

    public string Path { get; }

    /// <summary>Null when it could be read.</summary>
    public FileProblem? Problem { get; }

    /// <summary>Empty when it could not be read.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Reads it once, and may hang: on a network file system without a server, and on a pipe without a writer where it may be one.</summary>
    /// <param name="maxSize">In bytes; a larger file is a problem.</param>
    /// <param name="mayBePipe">For one look: what has been read from a pipe is not there again.</param>
    public static FileContent Read(string path, int maxSize, bool mayBePipe)
    {
        byte[] buffer = [];
        try
        {
            if (mayBePipe && Directory.Exists(path)) return Unsuitable(path, "is a directory, not a file");
            var (handle, kind) = mayBePipe ? (File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), PathKind.File) : RegularFile.Open(path);
            using var owned = handle;
            if (kind == PathKind.Directory) return Unsuitable(path, "is a directory, not a file");
            if (kind == PathKind.Other) return Unsuitable(path, "is a pipe or a device, not a regular file: it could not be read again");
            using var file = new FileStream(handle, FileAccess.Read, bufferSize: 0);

            // Read to its end, whatever its length was said to be: it may grow, or be a pipe.
            buffer = Room(file.CanSeek ? (int)Math.Clamp(file.Length + 1, LeastRoom, maxSize + 1L) : LeastRoom);
            var length = 0;
            do
            {
                if (length == buffer.Length) buffer = Grow(buffer);
                var count = file.Read(buffer.AsSpan(length));
                if (count == 0) return new FileContent(path, buffer, length, null);
                length += count;
            }
            while (length <= maxSize);
            CryptographicOperations.ZeroMemory(buffer);
            return Unsuitable(path, $"is larger than {maxSize >> 20} MiB");
        }
        catch (Exception e) when (FileProblem.Of(path, e) is { } problem)
        {
            CryptographicOperations.ZeroMemory(buffer);
            return Broken(path, problem);
        }
    }

    public static FileContent Broken(string path, FileProblem problem) => new(path, [], 0, problem);

    public void Dispose() => CryptographicOperations.ZeroMemory(_buffer);

    private static FileContent Unsuitable(string path, string problem) => Broken(path, new FileProblem(FileProblemKind.Unsuitable, problem));

    private static byte[] Room(int size) => GC.AllocateArray<byte>(size, pinned: true);

    private static byte[] Grow(byte[] full)
    {
        var larger = Room(full.Length * 4);
        full.CopyTo(larger, 0);
        CryptographicOperations.ZeroMemory(full);
        return larger;
    }
}

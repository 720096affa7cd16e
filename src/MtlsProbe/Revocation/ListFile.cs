using System.Security.Cryptography;
using MtlsProbe.Certificates;
using MtlsProbe.Files;
using MtlsProbe.Posix;

namespace MtlsProbe.Revocation;

/// <summary>
/// A file with revocation lists, which can be large and is not secret. It is read in small pieces, and only if it has changed. A large file that
/// seems unchanged is still read now and then.
/// </summary>
internal sealed class ListFile(string path, Action<ListReading> take, Action<Exception> failed, TimeProvider time)
{
    private const int Piece = 64 * 1024;

    /// <summary>Below this size, reading the content costs next to nothing.</summary>
    private const long Small = 1 << 20;

    private static readonly TimeSpan s_oftenEnough = TimeSpan.FromMinutes(1);

    private (long Length, long Written, string Stamp, long At)? _looked;

    /// <summary>For polling.</summary>
    public FileFollower Follow() => new(() => FileSet.Read([], 0), _ => Take(), time)
    {
        Stamp = _ => Look(),
        Failed = failed,
        NoAnswer = () => take(new([], FileProblem.NoAnswer.Text)),
    };

    /// <summary>A stamp that is equal for equal contents; it also covers a problem of the file.</summary>
    private string Look()
    {
        try
        {
            using var file = Open();
            if (file is null) return "no file";
            var (length, written) = (file.Length, File.GetLastWriteTimeUtc(file.SafeFileHandle).Ticks);
            if (length > Small && _looked is { } looked && (looked.Length, looked.Written) == (length, written) && time.GetElapsedTime(looked.At) < s_oftenEnough) return looked.Stamp;
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var piece = new byte[Piece];
            long total = 0;
            for (int count; total <= RevocationList.MaxSize && (count = file.Read(piece)) > 0; total += count) hash.AppendData(piece.AsSpan(0, count));
            var stamp = Convert.ToHexStringLower(hash.GetHashAndReset());
            _looked = (length, written, stamp, time.GetTimestamp());
            return stamp;
        }
        catch (Exception e) when (FileProblem.Of(path, e) is { } problem)
        {
            return problem.Text;
        }
    }

    private void Take() => take(Read());

    private ListReading Read()
    {
        try
        {
            using var file = Open();
            if (file is null) return new([], "is not a regular file");
            var reader = new RevocationListReader();
            var piece = new byte[Piece];
            long total = 0;
            for (int count; (count = file.Read(piece)) > 0; reader.Take(piece.AsSpan(0, count)))
            {
                if ((total += count) > RevocationList.MaxSize) return new([], $"is larger than {RevocationList.MaxSize >> 20} MiB");
            }

            return reader.End();
        }
        catch (Exception e) when (FileProblem.Of(path, e) is { } problem)
        {
            return new([], problem.Text);
        }
    }

    /// <summary>Null if it is a directory, a pipe or a device.</summary>
    private FileStream? Open()
    {
        var (handle, kind) = RegularFile.Open(path);
        if (kind == PathKind.File) return new FileStream(handle, FileAccess.Read, bufferSize: 0);
        handle.Dispose();
        return null;
    }
}

using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Files;

namespace MtlsProbe.Config;

/// <summary>Reads a file that a user wrote: whole, within bounds, or a sentence that says why not.</summary>
internal static class TextFile
{
    /// <summary>In bytes, of a configuration; some eighty thousand targets.</summary>
    public const int MaxSize = 16 * 1024 * 1024;

    /// <summary>The fingerprint of whatever cannot be read.</summary>
    public const string Missing = "missing";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A configuration as text, or the one mistake that keeps it from being one.</summary>
    /// <param name="isFollowed">It will be read again, which a pipe cannot be, and nothing may hang for it.</param>
    public static (string? Text, string Fingerprint, ConfigurationError? Mistake) Read(string path, bool isFollowed)
    {
        var (bytes, problem) = ReadBytes(path, MaxSize, isFollowed);
        if (problem is not null) return (null, FingerprintOf(bytes), new ConfigurationError(path.Length == 0 ? "\"\"" : path, 0, 0, "", problem, null));
        try
        {
            return (s_strictUtf8.GetString(bytes!), FingerprintOf(bytes), null);
        }
        catch (DecoderFallbackException e)
        {
            return (null, FingerprintOf(bytes), NotUtf8(path, bytes, Math.Max(e.Index, 0)));
        }
    }

    /// <summary>Equal when the content is. May hang.</summary>
    public static string Fingerprint(string path) => FingerprintOf(ReadNow(path, MaxSize, mayBePipe: false).Bytes);

    /// <summary>The content, or what is wrong with the file, as the end of a sentence.</summary>
    /// <param name="maxSize">In bytes.</param>
    public static (byte[]? Bytes, string? Problem) ReadBytes(string path, int maxSize, bool isFollowed)
    {
        if (!isFollowed) return ReadNow(path, maxSize, mayBePipe: true);
        Tuple<byte[]?, string?>? read = null;
        Sweep.Run([() => Volatile.Write(ref read, ReadNow(path, maxSize, mayBePipe: false).ToTuple())], s_patience);
        return Volatile.Read(ref read)?.ToValueTuple() ?? (null, "cannot be read: there is no answer (a pipe that nobody writes to, or a file system that hangs)");
    }

    private static (byte[]? Bytes, string? Problem) ReadNow(string path, int maxSize, bool mayBePipe)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (!mayBePipe && !file.CanSeek) return (null, "is a pipe or a device, not a regular file: it could not be read again");
            using var content = new MemoryStream();
            var buffer = new byte[64 * 1024];
            while (content.Length <= maxSize && file.Read(buffer) is > 0 and var count) content.Write(buffer, 0, count);
            return content.Length <= maxSize ? (content.ToArray(), null) : (null, $"is larger than {maxSize >> 20} MiB");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return (null, Unreadable(path, e));
        }
    }

    private static string Unreadable(string path, Exception e) => e switch
    {
        _ when path.Length == 0 => "names no file",
        _ when Directory.Exists(path) => "is a directory, not a file",
        FileNotFoundException or DirectoryNotFoundException => "does not exist",
        UnauthorizedAccessException => "may not be read by this user",
        _ => "cannot be read: " + e.Message,
    };

    private static string FingerprintOf(byte[]? bytes) => bytes is null ? Missing : Convert.ToHexString(SHA256.HashData(bytes));

    private static ConfigurationError NotUtf8(string path, byte[]? bytes, int index)
    {
        var before = bytes.AsSpan(0, index);
        var column = before.Length - before.LastIndexOf((byte)'\n');
        var line = before.Count((byte)'\n') + 1;
        return new ConfigurationError(path, line, column, "", "is not UTF-8 from here on", "save the file as UTF-8");
    }
}

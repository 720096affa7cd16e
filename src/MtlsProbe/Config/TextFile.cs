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

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A configuration as text, or the one mistake that keeps it from being one.</summary>
    /// <param name="isFollowed">It will be read again, which a pipe cannot be, and nothing may hang for it.</param>
    public static (string? Text, string Fingerprint, ConfigurationError? Mistake) Read(string path, bool isFollowed)
    {
        using var files = isFollowed ? FileSet.ReadPatiently([path], MaxSize) : FileSet.Read([path], MaxSize, mayBePipes: true);
        var file = files[path];
        if (file.Problem is { } problem) return (null, Missing, new ConfigurationError(path.Length == 0 ? "\"\"" : path, 0, 0, "", problem.Text, null));
        try
        {
            return (s_strictUtf8.GetString(file.Bytes), Fingerprint(files), null);
        }
        catch (DecoderFallbackException e)
        {
            return (null, Fingerprint(files), NotUtf8(path, file.Bytes[..Math.Max(e.Index, 0)]));
        }
    }

    /// <summary>One look at a file that is followed. May hang.</summary>
    public static FileSet Look(string path) => FileSet.Read([path], MaxSize);

    /// <summary>Equal when the content is.</summary>
    public static string Fingerprint(FileSet files) => files.Files.All(file => file.Problem is null) ? files.Stamp : Missing;

    /// <param name="before">What comes before the first byte that is not UTF-8.</param>
    private static ConfigurationError NotUtf8(string path, ReadOnlySpan<byte> before)
    {
        var column = before.Length - before.LastIndexOf((byte)'\n');
        var line = before.Count((byte)'\n') + 1;
        return new ConfigurationError(path, line, column, "", "is not UTF-8 from here on", "save the file as UTF-8");
    }
}

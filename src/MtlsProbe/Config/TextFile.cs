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
    public static (string? Text, ConfigurationError? Mistake) Read(string path, bool isFollowed)
    {
        using var files = Open(path, isFollowed);
        return TextOf(files[path], path);
    }

    /// <summary>The file alone, read once.</summary>
    /// <param name="isFollowed">As above.</param>
    public static FileSet Open(string path, bool isFollowed) =>
        isFollowed ? FileSet.ReadPatiently([path], MaxSize) : FileSet.Read([path], MaxSize, mayBePipes: true);

    /// <summary>What was read as text, or the one mistake that keeps it from being one.</summary>
    /// <param name="shown">The path as the user knows it.</param>
    public static (string? Text, ConfigurationError? Mistake) TextOf(FileContent file, string shown)
    {
        if (file.Problem is { } problem) return (null, new ConfigurationError(shown.Length == 0 ? "\"\"" : shown, 0, 0, "", problem.Text, null));
        try
        {
            return (s_strictUtf8.GetString(file.Bytes).TrimStart('\uFEFF'), null);
        }
        catch (DecoderFallbackException e)
        {
            return (null, NotUtf8(shown, file.Bytes[..Math.Max(e.Index, 0)]));
        }
    }

    /// <summary>Equal when the contents are.</summary>
    /// <param name="files">A configuration, and after it those that it names.</param>
    public static string Fingerprint(IReadOnlyList<FileContent> files) => files[0].Problem is null ? FileSet.StampOf(files) : Missing;

    /// <param name="before">What comes before the first byte that is not UTF-8.</param>
    private static ConfigurationError NotUtf8(string path, ReadOnlySpan<byte> before)
    {
        var column = before.Length - before.LastIndexOf((byte)'\n');
        var line = before.Count((byte)'\n') + 1;
        return new ConfigurationError(path, line, column, "", "is not UTF-8 from here on", "save the file as UTF-8");
    }
}

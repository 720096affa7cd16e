using System.Text;
using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>From a YAML file to a configuration, or to every mistake in it. The grammar is in docs/configuration.md.</summary>
internal static class ConfigurationFile
{
    /// <summary>In bytes; some eighty thousand targets.</summary>
    public const int MaxSize = 16 * 1024 * 1024;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static ConfigurationResult Load(string path)
    {
        byte[] bytes;
        try
        {
            bytes = ReadBounded(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return WholeFile(path, Unreadable(path, e));
        }

        if (bytes.Length > MaxSize) return WholeFile(path, $"is larger than {MaxSize >> 20} MiB");
        try
        {
            return Parse(s_strictUtf8.GetString(bytes), path);
        }
        catch (DecoderFallbackException e)
        {
            return NotUtf8(path, bytes, Math.Max(e.Index, 0));
        }
    }

    /// <param name="path">Stands in the errors; relative paths of the configuration start at its directory.</param>
    public static ConfigurationResult Parse(string text, string path)
    {
        var errors = new ErrorList(path);
        var directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        var root = YamlTree.Load(text.TrimStart('\uFEFF'), errors);
        if (root is null && errors.Count == 0) errors.Add(1, 1, "", "the file is empty", "it needs a list of targets at least");
        var configuration = root is null ? null : new ConfigurationReader(directory, errors).Read(root);
        return errors.Count == 0 ? new ConfigurationResult(configuration, []) : new ConfigurationResult(null, errors.InOrder());
    }

    private static byte[] ReadBounded(string path)
    {
        using var file = File.OpenRead(path);
        using var content = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (content.Length <= MaxSize && file.Read(buffer) is > 0 and var count) content.Write(buffer, 0, count);
        return content.ToArray();
    }

    private static string Unreadable(string path, Exception e) => e switch
    {
        _ when Directory.Exists(path) => "is a directory, not a file",
        FileNotFoundException or DirectoryNotFoundException => "does not exist",
        UnauthorizedAccessException => "may not be read by this user",
        _ => "cannot be read: " + e.Message,
    };

    private static ConfigurationResult NotUtf8(string path, byte[] bytes, int index)
    {
        var before = bytes.AsSpan(0, index);
        var column = before.Length - before.LastIndexOf((byte)'\n');
        var line = before.Count((byte)'\n') + 1;
        return Single(new ConfigurationError(path, line, column, "", "is not UTF-8 from here on", "save the file as UTF-8"));
    }

    private static ConfigurationResult WholeFile(string path, string problem) =>
        Single(new ConfigurationError(path, 0, 0, "", problem, null));

    private static ConfigurationResult Single(ConfigurationError error) => new(null, [error]);
}

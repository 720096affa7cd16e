using MtlsProbe.Config;
using MtlsProbe.Handshake;

namespace MtlsProbe.Tests.Config;

/// <summary>Bad files, and the exact error messages. A file without an expectation beside it fails.</summary>
public sealed class GoldenTests
{
    private static readonly string s_directory = Path.Combine(AppContext.BaseDirectory, "Config", "Golden") + "/";

    public static TheoryData<string> BadFiles =>
        [.. Directory.EnumerateFiles(s_directory, "*.yml").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void Every_mistake_is_reported_with_its_place(string file)
    {
        var result = ConfigurationFile.Load(s_directory + file, BuiltInProtocols.All);

        var report = string.Concat(result.Errors.Select(error => error + "\n")).Replace(s_directory, "", StringComparison.Ordinal);
        var expected = s_directory + Path.ChangeExtension(file, "expected");
        File.WriteAllText(s_directory + Path.ChangeExtension(file, "actual"), report); // to compare, and to accept if it is right
        Assert.Null(result.Configuration);
        Assert.Equal(File.Exists(expected) ? File.ReadAllText(expected) : "", report);
    }
}

using MtlsProbe.Inventories;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Inventories;

/// <summary>Which files a pattern names.</summary>
public sealed class FilePatternTests : IDisposable
{
    private readonly TempFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("*.crt", "a.crt b.crt")]
    [InlineData("?.crt", "a.crt b.crt")]
    [InlineData("a.*", "a.crt a.key")]
    [InlineData("*/tls.crt", "one/tls.crt secret/tls.crt two/tls.crt")]
    [InlineData("**/tls.crt", "one/deep/tls.crt one/tls.crt secret/tls.crt two/tls.crt")]
    [InlineData("o*/**/*.crt", "one/deep/tls.crt one/tls.crt")]
    [InlineData("**", "a.crt a.key b.crt one/deep/tls.crt one/tls.crt secret/tls.crt two/tls.crt")]
    [InlineData("*.pem", "")]
    [InlineData("gone/*.crt", "")]
    [InlineData("gone.crt", "gone.crt")] // a path is there whether or not it exists
    public void A_pattern_names_files_as_a_shell_does(string pattern, string expected)
    {
        foreach (var file in (string[])["a.crt", "a.key", "b.crt", ".hidden.crt", "one/tls.crt", "one/deep/tls.crt", "two/tls.crt"]) _files.Write(file, "");

        // As Kubernetes mounts a secret: what programs use are the links, and they alone count.
        _files.Write("secret/..2026/tls.crt", "");
        Directory.CreateSymbolicLink(_files.Path("secret/..data"), "..2026");
        File.CreateSymbolicLink(_files.Path("secret/tls.crt"), "..data/tls.crt");

        var found = FilePattern.Expand(_files.Path(pattern), 100, out var isCut);

        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), found.Select(path => Path.GetRelativePath(_files.Directory, path)).Order(StringComparer.Ordinal));
        Assert.False(isCut);
    }

    [Fact]
    public void Links_that_lead_in_circles_end_no_search()
    {
        _files.Write("one/tls.crt", "");
        Directory.CreateSymbolicLink(_files.Path("one/again"), "..");

        Assert.Equal([_files.Path("one/tls.crt")], FilePattern.Expand(_files.Path("**/*.crt"), 100, out _));
    }

    [Fact]
    public void What_is_beyond_the_bound_is_said()
    {
        foreach (var i in Enumerable.Range(0, 5)) _files.Write($"{i}.crt", "");

        Assert.Equal([_files.Path("0.crt"), _files.Path("1.crt")], FilePattern.Expand(_files.Path("*.crt"), 2, out var isCut));
        Assert.True(isCut);
    }
}

using MtlsProbe.Files;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Files;

/// <summary>The files that a pattern matches.</summary>
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
    [InlineData("gone.crt", "gone.crt")] // a path is listed whether or not it exists
    public void A_pattern_names_files_as_a_shell_does(string pattern, string expected)
    {
        foreach (var file in (string[])["a.crt", "a.key", "b.crt", ".hidden.crt", "one/tls.crt", "one/deep/tls.crt", "two/tls.crt"]) _files.Write(file, "");

        // As Kubernetes mounts a secret: only the links that programs use count.
        _files.Write("secret/..2026/tls.crt", "");
        Directory.CreateSymbolicLink(_files.Path("secret/..data"), "..2026");
        File.CreateSymbolicLink(_files.Path("secret/tls.crt"), "..data/tls.crt");

        var found = FilePattern.Expand(_files.Path(pattern), 100);

        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), found.Paths.Select(path => Path.GetRelativePath(_files.Directory, path)).Order(StringComparer.Ordinal));
        Assert.Null(found.Cut);
        Assert.Equal(pattern == "gone/*.crt" ? _files.Path("gone") + " does not exist" : null, found.Problem?.ToString());
    }

    [Fact]
    public void Circular_links_end_the_search()
    {
        _files.Write("one/tls.crt", "");
        Directory.CreateSymbolicLink(_files.Path("one/again"), "..");

        Assert.Equal([_files.Path("one/tls.crt")], FilePattern.Expand(_files.Path("**/*.crt"), 100).Paths);
    }

    [Fact]
    public void Files_beyond_the_bound_are_reported()
    {
        foreach (var i in Enumerable.Range(0, 5)) _files.Write($"{i}.crt", "");

        var found = FilePattern.Expand(_files.Path("*.crt"), 2);
        Assert.Equal([_files.Path("0.crt"), _files.Path("1.crt")], found.Paths);
        Assert.Equal("matches more than 2 files", found.Cut);
    }

    [Theory]
    [InlineData("*/tls.crt", "away", "is a broken link, or a link to a place that this user may not read")] // its target may be on a volume that is not mounted
    [InlineData("*/conf/*.crt", "one/conf", "is a broken link, or a link to a place that this user may not read")]
    [InlineData("*/conf/tls.crt", "one/conf", "is a broken link, or a link to a place that this user may not read")]
    public void An_existing_but_unreadable_directory_is_reported_even_if_files_were_found(string pattern, string link, string problem)
    {
        foreach (var file in (string[])["one/tls.crt", "two/tls.crt", "two/conf/tls.crt", "conf"]) _files.Write(file, "");
        Directory.CreateSymbolicLink(_files.Path(link), "/nonexistent/folder");

        var found = FilePattern.Expand(_files.Path(pattern), 100);
        Assert.NotEmpty(found.Paths);
        Assert.Equal($"{_files.Path(link)} {problem}", found.Problem?.ToString());

        File.Delete(_files.Path(link));
        Directory.CreateSymbolicLink(_files.Path(link), Path.GetFileName(link)); // to itself
        Assert.Equal($"{_files.Path(link)} {problem}", FilePattern.Expand(_files.Path(pattern), 100).Problem?.ToString());

        File.Delete(_files.Path(link));
        File.CreateSymbolicLink(_files.Path(link), _files.Path("one/tls.crt")); // a file is not a directory
        Assert.Null(FilePattern.Expand(_files.Path(pattern), 100).Problem);
    }

    [Fact]
    public void A_link_in_the_place_of_a_file_is_named_wherever_it_leads()
    {
        Directory.CreateDirectory(_files.Path("one"));
        File.CreateSymbolicLink(_files.Path("one/tls.crt"), "/nonexistent/tls.crt");

        Assert.Equal([_files.Path("one/tls.crt")], FilePattern.Expand(_files.Path("*/tls.crt"), 100).Paths);
    }

    [Fact]
    public void Directories_deeper_than_the_bound_are_reported_and_the_others_are_searched()
    {
        _files.Write(string.Concat(Enumerable.Range(0, 16).Select(i => $"a{i}/")) + "deep.crt", "");
        _files.Write("b/b.crt", "");
        var within = FilePattern.Expand(_files.Path("**/*.crt"), 100);
        Assert.Equal((2, null), (within.Paths.Count, within.Cut));

        _files.Write(string.Concat(Enumerable.Range(0, 17).Select(i => $"a{i}/")) + "deeper.crt", "");
        var beyond = FilePattern.Expand(_files.Path("**/*.crt"), 100);
        Assert.Equal((2, "matches directories more than 16 levels deep"), (beyond.Paths.Count, beyond.Cut));
    }
}

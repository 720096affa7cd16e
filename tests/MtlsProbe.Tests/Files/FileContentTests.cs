using MtlsProbe.Files;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Files;

/// <summary>One file: complete, within limits, or a sentence with the cause.</summary>
public sealed class FileContentTests : IDisposable
{
    private const int MaxSize = 1 << 20;

    private readonly TempFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(MaxSize - 1)]
    [InlineData(MaxSize)]
    public void A_file_up_to_the_bound_is_read_whole(int size)
    {
        var bytes = new byte[size];
        Random.Shared.NextBytes(bytes);

        using var read = FileContent.Read(_files.Write("a", bytes), MaxSize, mayBePipe: false);

        Assert.Null(read.Problem);
        Assert.Equal(bytes, read.Bytes.ToArray());
    }

    [Theory]
    [InlineData("larger", "is larger than 1 MiB", FileProblemKind.Unsuitable)]
    [InlineData("/dev/zero", "is a pipe or a device, not a regular file: it could not be read again", FileProblemKind.Unsuitable)]
    [InlineData("gone", "does not exist", FileProblemKind.Missing)]
    [InlineData("gone/gone", "does not exist", FileProblemKind.Missing)]
    [InlineData("", "is a directory, not a file", FileProblemKind.Unsuitable)]
    public void An_unreadable_file_is_reported(string name, string problem, object kind)
    {
        _files.Write("larger", new byte[MaxSize + 1]);

        using var read = FileContent.Read(_files.Path(name), MaxSize, mayBePipe: false);

        Assert.Equal(new FileProblem((FileProblemKind)kind, problem), read.Problem);
        Assert.Equal(0, read.Bytes.Length);
    }

    [Fact]
    public void No_path_is_no_file() => Assert.Equal("names no file", FileContent.Read("", MaxSize, mayBePipe: false).Problem!.Text);

    [Fact]
    public async Task A_pipe_is_read_to_its_end_for_one_reading_and_is_not_followed()
    {
        var text = new string('a', 300_000); // more than a pipe holds
        var pipe = _files.Pipe("pipe");
        var writing = TempFiles.Feed(pipe, text);
        using (var read = FileContent.Read(pipe, MaxSize, mayBePipe: true)) Assert.Equal(text, System.Text.Encoding.ASCII.GetString(read.Bytes));
        await writing;

        using var writer = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite);
        Assert.Equal("is a pipe or a device, not a regular file: it could not be read again", FileContent.Read(pipe, MaxSize, mayBePipe: false).Problem!.Text);
    }

    [Fact]
    public void Two_readings_of_some_files_have_the_same_stamp_exactly_if_they_have_the_same_meaning()
    {
        var (one, two) = (_files.Write("1", "words"), _files.Write("2", "more"));
        var first = Stamp(one, two);

        File.SetLastWriteTimeUtc(one, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(first, Stamp(one, two));

        (one, two) = (_files.Write("1", "wordsmore"), _files.Write("2", "")); // the same octets, split differently
        Assert.NotEqual(first, Stamp(one, two));
        var empty = Stamp(one, two);
        File.Delete(two);
        Assert.NotEqual(empty, Stamp(one, two));
    }

    private static string Stamp(params string[] paths)
    {
        using var files = FileSet.Read(paths, MaxSize);
        return files.Stamp;
    }
}

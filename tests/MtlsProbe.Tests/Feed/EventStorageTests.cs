using MtlsProbe.Feed;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Feed;

/// <summary>The file of <c>--storage.path</c>: what it keeps, and what happens if it cannot be written.</summary>
public sealed class EventStorageTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly TempFiles _files = new();
    private readonly RecordingLogger<EventStorage> _log = new();

    private string Folder => _files.Path("feed");

    private string FilePath => Path.Combine(Folder, EventFile.Name);

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Changes_are_known_to_the_next_process()
    {
        using (var storage = Storage(out var feed))
        {
            feed.Add(EventFeedTests.Event("first"));
            storage.Turn();
            feed.Add(EventFeedTests.Event("second"));
            storage.Turn();
            Assert.Null(storage.State.Fault);
        }

        Assert.Equal(["first", "second"], Texts());
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public void A_truncated_or_garbled_line_costs_only_itself()
    {
        Fill("first", "second");
        var text = File.ReadAllText(FilePath);
        File.WriteAllText(FilePath, text.Replace("\"first\"", "\"fir", StringComparison.Ordinal) + text.Split('\n')[2][..40]);
        Assert.Equal(["second"], Texts());
        Fill("third");
        Assert.Equal(["second", "third"], Texts());
    }

    [Theory]
    [InlineData("""{"topic":"state","tone":"bad","text":null}""")]
    [InlineData("null")]
    public void A_line_without_a_text_costs_only_itself(string line)
    {
        Fill("first");
        File.AppendAllText(FilePath, line + "\n");
        using var storage = Storage(out var feed);
        feed.Add(EventFeedTests.Event("second"));

        storage.Turn();

        Assert.Null(storage.State.Fault);
        Assert.Equal(["first", "second"], feed.All.Select(one => one.Text));
    }

    [Fact]
    public void The_file_is_rewritten_when_it_has_doubled_and_never_grows_beyond()
    {
        using (var storage = Storage(out var feed))
        {
            for (var i = 0; i < 5 * EventFeed.Most; i++)
            {
                feed.Add(EventFeedTests.Event($"change {i}"));
                if (i % 100 == 99) storage.Turn();
                if (i % 1000 == 999) Assert.InRange(File.ReadLines(FilePath).Count(), 1, (2 * EventFeed.Most) + 1);
            }
        }

        Assert.Equal(EventFeed.Most, Texts().Count);
        Assert.Equal($"change {(5 * EventFeed.Most) - 1}", Texts()[^1]);
        Assert.False(File.Exists(Path.Combine(Folder, EventFile.NextName)));
    }

    [Fact]
    public void A_full_disk_loses_the_file_is_reported_once_and_recovers()
    {
        Directory.CreateDirectory(Folder);
        var next = Path.Combine(Folder, EventFile.NextName);
        File.CreateSymbolicLink(next, "/dev/full");
        using (var storage = Storage(out var feed))
        {
            for (var i = 0; i < 3; i++)
            {
                feed.Add(EventFeedTests.Event($"change {i}"));
                storage.Turn();
            }

            Assert.Contains("No space left on device", storage.State.Fault, StringComparison.Ordinal);
            Assert.Equal(3, feed.All.Count);
            Assert.Single(_log.Take());

            File.Delete(next);
            storage.Turn();
            Assert.Null(storage.State.Fault);
            Assert.Single(_log.Take());
        }

        Assert.Equal(["change 0", "change 1", "change 2"], Texts());
    }

    [Theory]
    [InlineData("mtlsprobe-events 2\n{}\n")]
    [InlineData("my thesis\n")]
    [InlineData("")]
    public void Files_of_other_versions_or_programs_stay_unchanged(string content)
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(FilePath, content);
        using var storage = Storage(out var feed);
        feed.Add(EventFeedTests.Event("new"));
        storage.Turn();
        Assert.Contains("does not begin with", storage.State.Fault, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(FilePath));
        Assert.Equal("new", feed.All[0].Text);
    }

    [Fact]
    public void Two_processes_do_not_write_one_file()
    {
        using var first = Storage(out _);
        first.Turn();
        using var second = Storage(out var feed);
        feed.Add(EventFeedTests.Event("of the second"));
        second.Turn();
        Assert.Null(first.State.Fault);
        Assert.NotNull(second.State.Fault);
    }

    [Fact]
    public void A_path_that_is_not_a_directory_is_a_fault_but_not_fatal()
    {
        _files.Write("feed", "a file");
        using var storage = Storage(out var feed);
        feed.Add(EventFeedTests.Event("new"));
        storage.Turn();
        Assert.NotNull(storage.State.Fault);
        Assert.Equal(FilePath, storage.State.Path);
    }

    [Fact]
    public void A_separate_thread_writes_the_changes_and_the_rest_at_the_end()
    {
        using (var storage = Storage(out var feed))
        {
            storage.Start();
            for (var i = 0; i < 100; i++) feed.Add(EventFeedTests.Event($"change {i}"));
        }

        Assert.Equal(100, Texts().Count);
    }

    private EventStorage Storage(out EventFeed feed) => new(feed = new EventFeed(_time), Folder, _time, _log);

    private void Fill(params IEnumerable<string> texts)
    {
        using var storage = Storage(out var feed);
        storage.Turn();
        foreach (var text in texts) feed.Add(EventFeedTests.Event(text));
        storage.Turn();
    }

    /// <summary>The texts that another process reads.</summary>
    private IReadOnlyList<string> Texts()
    {
        using var storage = Storage(out var feed);
        storage.Turn();
        return [.. feed.All.Select(one => one.Text)];
    }
}

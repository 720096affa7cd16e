using System.Text;
using MtlsProbe.Files;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Files;

/// <summary>When the content of files counts as changed. Files that hang, and what they delay, are in PipeTests and PatientReadsTests.</summary>
public sealed class FileFollowerTests : IDisposable
{
    private readonly TempFiles _files = new();
    private readonly List<string> _taken = [];
    private readonly List<Exception> _failures = [];
    private Action _taking = () => { };

    public void Dispose() => _files.Dispose();

    [Fact]
    public void The_first_content_is_taken_at_once_and_a_change_when_two_readings_agree()
    {
        var follower = Follow();
        Write("one");
        follower.Poll();
        Assert.Equal(["one"], _taken);

        Write("two");
        follower.Poll();
        Write("three"); // it was being written
        follower.Poll();
        Assert.Equal(["one"], _taken);
        follower.Poll();
        follower.Poll();
        Assert.Equal(["one", "three"], _taken);
    }

    [Fact]
    public void A_content_that_reverts_before_it_was_taken_is_no_change()
    {
        var follower = Follow();
        Write("one");
        follower.Poll();

        Write("two");
        follower.Poll();
        Write("one");
        follower.Poll();
        follower.Poll();

        Assert.Equal(["one"], _taken);
    }

    [Fact]
    public void A_content_that_was_taken_elsewhere_is_known()
    {
        Write("one");
        var follower = Follow(known: Stamp());
        follower.Poll();
        follower.Poll();

        Write("two");
        follower.Poll();
        follower.Know(Stamp());
        follower.Poll();

        Assert.Empty(_taken);
    }

    [Fact]
    public void An_unexpected_failure_is_reported_and_the_content_is_taken_again()
    {
        var follower = Follow();
        Write("one");
        _taking = () => throw new InvalidOperationException("unforeseen");
        follower.Poll();
        Assert.Equal("unforeseen", Assert.Single(_failures).Message);

        _taking = () => { };
        follower.Poll();
        Assert.Equal(["one"], _taken);
    }

    [Fact]
    public void A_request_during_a_take_causes_one_more_take()
    {
        var follower = Follow();
        _taking = follower.TakeAgain;
        Write("one");
        follower.Poll();
        Assert.Equal(["one"], _taken);

        _taking = () => { };
        follower.Poll();
        follower.Poll();
        follower.Poll();
        Assert.Equal(["one", "one"], _taken);
    }

    [Fact]
    public void A_content_that_takes_long_to_take_is_taken_once()
    {
        var time = new ManualTime();
        var complaints = 0;
        FileFollower follower = null!;
        follower = new FileFollower(Read, Take, time) { Failed = _failures.Add, NoAnswer = () => complaints++ };
        _taking = () =>
        {
            time.Advance(FileFollower.Patience); // the derivation of a key, for example
            follower.ComplainOfDelay();
        };
        Write("one");

        follower.Poll();
        follower.Poll();
        follower.Poll();

        Assert.Equal(1, complaints);
        Assert.Equal(["one"], _taken);
    }

    private FileFollower Follow(string? known = null) => new(Read, Take, TimeProvider.System) { Failed = _failures.Add, Known = known };

    private void Take(FileSet files)
    {
        _taking();
        _taken.Add(Encoding.ASCII.GetString(files[_files.Path("a")].Bytes));
    }

    private void Write(string content) => _files.Write("a", content);

    private FileSet Read() => FileSet.Read([_files.Path("a")], 1 << 20);

    private string Stamp()
    {
        using var files = Read();
        return files.Stamp;
    }
}

using MtlsProbe.Cli;

namespace MtlsProbe.Tests.Cli;

public sealed class WaitingTest : IDisposable
{
    private readonly StringWriter _error = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _error.Dispose();

    [Fact]
    public void A_wait_of_less_than_a_second_shows_nothing()
    {
        using (new Waiting(Surroundings(isTerminal: true), "looking up 3 names …")) _time.Advance(TimeSpan.FromMilliseconds(999));
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public void A_longer_wait_shows_its_reason_and_the_line_is_erased()
    {
        using (new Waiting(Surroundings(isTerminal: true), "looking up 3 names …"))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal("\rlooking up 3 names …", _error.ToString());
        }

        Assert.Equal("\rlooking up 3 names …\r\u001b[K", _error.ToString());
    }

    [Fact]
    public void A_file_gets_no_progress()
    {
        using (new Waiting(Surroundings(isTerminal: false), "looking up 3 names …")) _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("", _error.ToString());
    }

    private Surroundings Surroundings(bool isTerminal) => new()
    {
        Output = TextWriter.Null,
        Error = _error,
        Time = _time,
        Environment = _ => null,
        ErrorIsTerminal = isTerminal,
    };
}

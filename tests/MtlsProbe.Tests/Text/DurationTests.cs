using MtlsProbe.Text;

namespace MtlsProbe.Tests.Text;

public sealed class DurationTests
{
    [Theory]
    [InlineData("30s", 30_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("500ms", 500)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1d2h3m4s5ms", 93_784_005)]
    [InlineData("1y", 365L * 86_400_000)]
    [InlineData("2w", 14L * 86_400_000)]
    [InlineData("90s", 90_000)]
    [InlineData("0s", 0)]
    [InlineData("0", 0)]
    [InlineData("5m1ms", 300_001)]
    public void A_duration_is_read_as_Prometheus_reads_it(string text, long milliseconds) =>
        Assert.Equal(milliseconds, (long)Duration.TryParse(text)!.Value.TotalMilliseconds);

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("1s1m")]
    [InlineData("1s1s")]
    [InlineData("1.5s")]
    [InlineData("-1s")]
    [InlineData("1 s")]
    [InlineData("1S")]
    [InlineData("1us")]
    [InlineData("1sec")]
    [InlineData("\u0661s")]
    [InlineData("300y")]
    [InlineData("99999999999999999999s")]
    public void Anything_else_is_refused(string text) => Assert.Null(Duration.TryParse(text));

    [Theory]
    [InlineData("30s")]
    [InlineData("1m30s")]
    [InlineData("1d2h3m4s5ms")]
    [InlineData("0s")]
    [InlineData("400d")]
    [InlineData("10y30d12h")]
    [InlineData("292y")]
    public void A_written_duration_reads_back_the_same(string text) => Assert.Equal(text, Duration.Format(Duration.TryParse(text)!.Value));
}

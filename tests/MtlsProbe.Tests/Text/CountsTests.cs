using MtlsProbe.Text;

namespace MtlsProbe.Tests.Text;

/// <summary>Time spans in sentences: in one unit, and never more than is left.</summary>
public sealed class CountsTests
{
    [Theory]
    [InlineData("0:00:01", "1 second")]
    [InlineData("0:59:59", "59 minutes")]
    [InlineData("23:59:59", "23 hours")]
    [InlineData("1.00:00:00", "1 day")]
    [InlineData("730.00:00:00", "730 days")]
    [InlineData("731.00:00:00", "2 years")]
    [InlineData("1096.00:00:00", "3 years")]
    [InlineData("10675199.00:00:00", "29,227 years")] // the longest possible one
    public void A_span_is_stated_in_the_largest_unit_and_in_years_from_two_on(string span, string words) =>
        Assert.Equal(words, Counts.Of(TimeSpan.Parse(span, null)));

    [Fact]
    public void Years_are_those_of_the_calendar_up_to_the_last() =>
        Assert.Equal("7,973 years", Counts.Of(DateTimeOffset.MaxValue - DateTimeOffset.Parse("2026-11-29Z", null)));
}

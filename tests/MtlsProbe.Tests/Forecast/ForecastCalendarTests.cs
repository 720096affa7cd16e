using System.Text;
using Ical.Net;
using MtlsProbe.Forecast;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Forecast;

/// <summary>The calendar as another program reads it, before and after a renewal.</summary>
public class ForecastCalendarTests
{
    [Fact]
    public void Each_cause_is_one_event_at_the_second_of_its_end()
    {
        var report = Report(("orders", 10), ("ledger", 20));
        var calendar = Read(report);
        Assert.Equal(report.Causes.Select(cause => cause.At), calendar.Events.Select(one => new DateTimeOffset(one.Start!.AsUtc, TimeSpan.Zero)).Order());
        Assert.Equal(report.Causes.Count, calendar.Events.DistinctBy(one => one.Uid).Count());
        Assert.All(calendar.Events, one => Assert.Contains("expires", one.Summary, StringComparison.Ordinal));
        Assert.Contains(calendar.Events, one => one.Description!.Contains("orders orders.internal:8443", StringComparison.Ordinal));
    }

    [Fact]
    public void After_a_renewal_the_event_has_moved_and_is_not_duplicated()
    {
        var seen = Read(Report(("orders", 10), ("ledger", 20))).Events.ToDictionary(one => one.Uid!, one => one.Start!.AsUtc);
        var before = seen.Keys.ToList();
        foreach (var one in Read(Report(("orders", 95), ("ledger", 20))).Events) seen[one.Uid!] = one.Start!.AsUtc; // as a subscriber does
        Assert.Equal(before.Order(), seen.Keys.Order());
        Assert.Contains(TestPki.Now.AddDays(95).UtcDateTime, seen.Values);
        Assert.DoesNotContain(TestPki.Now.AddDays(10).UtcDateTime, seen.Values);
    }

    [Fact]
    public void Any_name_stays_text_of_its_line_and_no_line_is_longer_than_75_octets()
    {
        var name = "a;b,c\\d\r\nEND:VEVENT\u001b" + string.Concat(Enumerable.Repeat("ü€𝄞", 60));
        var cause = Report(("orders", 10)).Causes[0];
        var report = Report(("orders", 10)) with { Causes = [cause with { Certificate = cause.Certificate! with { Subject = name } }] };
        var text = ForecastCalendar.Text(report, 10);
        Assert.All(text.Split("\r\n"), line => Assert.True(Encoding.UTF8.GetByteCount(line) <= 75, line));
        var read = Assert.Single(Calendar.Load(text)!.Events);
        Assert.StartsWith("a;b,c\\d\nEND:VEVENTü€𝄞", read.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void More_causes_than_are_asked_for_are_left_out_from_the_end()
    {
        var report = Report([.. Enumerable.Range(0, 30).Select(number => ($"target-{number:00}", 10 + number))]);
        Assert.Equal(report.Causes.Take(7).Select(cause => cause.At.UtcDateTime), Calendar.Load(ForecastCalendar.Text(report, 7))!.Events.Select(one => one.Start!.AsUtc).Order());
    }

    [Theory]
    [InlineData("server_certificate", 1, false)]
    [InlineData("server_certificate", 24.05, false)] // an issuer sets the start a little earlier
    [InlineData("server_certificate", 26, true)]
    [InlineData("client_certificate", 1, false)]
    [InlineData("trust_anchor", 1, true)]
    [InlineData("client_issuer", 1, true)]
    public void A_leaf_that_lives_for_a_day_or_less_is_in_the_forecast_and_not_in_the_calendar(string kind, double hours, bool isThere)
    {
        var report = Report(("orders", 10), ("svid", 1));
        var cause = report.Causes[0];
        var end = cause.Certificate!.NotBefore.AddHours(hours);
        var what = Enum.GetValues<EndCause>().Single(one => one.Label() == kind);
        report = report with { Causes = [cause with { Cause = what, At = end, Certificate = cause.Certificate with { NotAfter = end } }, report.Causes[1]] };

        IEnumerable<DateTimeOffset> expected = isThere ? [end, report.Causes[1].At] : [report.Causes[1].At];
        Assert.Equal(expected.Select(at => at.UtcDateTime), Read(report).Events.Select(one => one.Start!.AsUtc).Order());
    }

    private static Calendar Read(ForecastReport report) => Calendar.Load(ForecastCalendar.Text(report, 1000))!;

    private static ForecastReport Report(params IReadOnlyList<(string Name, int Days)> servers) => ForecastReport.Of(
        [.. servers.Select(server => Handshake(server.Name, server.Days))], ForecastSources.Of([], [], []), TestPki.Now, TestPki.Now.AddDays(730), 20);

    private static ForecastHandshake Handshake(string name, int days)
    {
        var target = Samples.Target(name);
        var leaf = TestPki.SelfSignedLeaf(name, template => template with { NotAfter = TestPki.Now.AddDays(days) });
        return new ForecastHandshake(Samples.Key(target), Samples.Accepted(target) with { Outlook = new Outlook([OutlookEnd.Of(EndCause.ServerCertificate, leaf.Certificate)]) });
    }
}

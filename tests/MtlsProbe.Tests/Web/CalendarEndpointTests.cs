using Ical.Net;

namespace MtlsProbe.Tests.Web;

/// <summary><c>/calendar.ics</c>: what will break, for a calendar that subscribes to it.</summary>
public sealed class CalendarEndpointTests
{
    [Fact]
    public async Task The_calendar_is_served_with_its_type_is_not_sent_again_and_refuses_what_it_does_not_know()
    {
        await using var served = await ServedFleet.StartAsync("targets: [{ name: payments, address: \"payments.internal:8443\" }]\n");
        var answer = await served.GetAsync("/calendar.ics?within=90d");
        Assert.Equal(200, answer.Status);
        Assert.StartsWith("text/calendar", answer.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.NotNull(Calendar.Load(answer.Text));
        Assert.Equal(304, (await served.GetAsync("/calendar.ics?within=90d", ("If-None-Match", answer.Headers["ETag"]))).Status);
        Assert.Equal(400, (await served.GetAsync("/calendar.ics?within=soon")).Status);
        Assert.Equal(400, (await served.GetAsync("/calendar.ics?page=2")).Status);
        Assert.Equal(400, (await served.GetAsync("/calendar.ics?cause=rain")).Status);
    }
}

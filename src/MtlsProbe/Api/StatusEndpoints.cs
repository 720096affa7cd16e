using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using MtlsProbe.Feed;
using MtlsProbe.Forecast;
using MtlsProbe.Model;
using MtlsProbe.Rotation;

namespace MtlsProbe.Api;

/// <summary>The answers to <c>/api/v1/…</c>; docs/openapi.yaml describes them.</summary>
internal sealed class StatusEndpoints(FleetViews views)
{
    private const int DefaultLimit = 100;
    private const int MostRows = 500;
    private const int MostEvents = 1000;

    /// <summary>The maximum that the page shows.</summary>
    private static readonly TimeSpan s_within = TimeSpan.FromDays(730);

    /// <summary>For the matrix, in which each target has a pair for each identity.</summary>
    private const int DefaultTargets = 50;

    private const int MostTargets = 100;

    private static readonly string[] s_reasons = [.. Reasons.All.Select(reason => reason.Label).Distinct()];

    private static readonly string[] s_forecast = ["within", "cause", "target", "identity"];

    private static readonly string[] s_filters = ["q", "target", "address", "identity", "slot", "expect", "state", "class", "reason", "label"];

    public Task SummaryAsync(HttpContext context)
    {
        var (view, tag) = views.Now();
        return AnswerAsync(context, new ApiQuery(context.Request.Query), tag, () => Summary.Of(view, views.Instance), StatusJson.Default.Summary);
    }

    public Task HandshakesAsync(HttpContext context)
    {
        var query = new ApiQuery(context.Request.Query, [.. s_filters, "sort", "page", "limit"]);
        var filter = Filter(query);
        var (column, descending) = query.Sort(HandshakeOrder.Default.Column, HandshakeOrder.Columns);
        var paging = query.Paging(DefaultLimit, MostRows);
        var (view, tag) = views.Now();
        return AnswerAsync(
            context, query, tag, () => HandshakePage.Of(view, views.Instance, filter, new HandshakeOrder(column, descending), paging), StatusJson.Default.HandshakePage);
    }

    public Task FleetAsync(HttpContext context)
    {
        var query = new ApiQuery(context.Request.Query, [.. s_filters, "expiring", "group_by", "group", "sort", "page", "limit"]);
        var grouping = Grouping(query);
        var filter = new TargetFilter(Filter(query), query.Choices<ExpiryLevel>("expiring"), query.Text("group") is { } group ? new TargetGroup(grouping, group) : null);
        var (column, descending) = query.Sort(TargetOrder.Default.Column, TargetOrder.Columns);
        var paging = query.Paging(DefaultLimit, MostRows);
        var (view, tag) = views.Now();
        return AnswerAsync(context, query, tag, () => TargetPage.Of(view, views.Instance, filter, new TargetOrder(column, descending), paging), StatusJson.Default.TargetPage);
    }

    public Task GroupsAsync(HttpContext context)
    {
        var query = new ApiQuery(context.Request.Query, [.. s_filters, "expiring", "group_by", "page", "limit"]);
        var filter = new TargetFilter(Filter(query), query.Choices<ExpiryLevel>("expiring"), null);
        var grouping = Grouping(query);
        var paging = query.Paging(DefaultLimit, MostRows);
        var (view, tag) = views.Now();
        return AnswerAsync(context, query, tag, () => GroupPage.Of(view, views.Instance, filter, grouping, paging), StatusJson.Default.GroupPage);
    }

    public Task EventsAsync(HttpContext context)
    {
        var query = new ApiQuery(context.Request.Query, "q", "target", "identity", "topic", "tone", "until", "page", "limit");
        var wanted = new EventQuery(query.Words("q"), query.Many("target"), query.Many("identity"), query.Choices<EventTopic>("topic"), query.Choices<EventTone>("tone"), query.Time("until"));
        var paging = query.Paging(DefaultLimit, MostRows);
        var (events, storage, tag) = views.Changes();
        return AnswerAsync(context, query, tag, () => EventPage.Of(views.Time, views.Instance, events, storage, wanted, paging), StatusJson.Default.EventPage);
    }

    /// <summary>Unchanged result records, for programs; all of them if no limit is given.</summary>
    public Task RecordsAsync(HttpContext context)
    {
        var query = new ApiQuery(context.Request.Query, [.. s_filters, "page", "limit"]);
        var filter = Filter(query);
        var paging = query.Paging(int.MaxValue, MostRows);
        var (view, tag) = views.Now();
        return AnswerAsync(context, query, tag, Records, ProbeResultJson.Default.IReadOnlyListProbeResult);

        IReadOnlyList<ProbeResult> Records()
        {
            List<ProbeResult> records = [.. view.Handshakes.Where(filter.Passes).Select(entry => entry.Last).OfType<ProbeResult>()];
            context.Response.Headers["X-Total-Count"] = records.Count.ToString(CultureInfo.InvariantCulture);
            return [.. paging.Of(records)];
        }
    }

    public Task TargetAsync(HttpContext context)
    {
        var query = new ApiQuery(context.Request.Query, "address", "identity", "slot", "expect", "state", "page", "limit");
        var filter = Filter(query);
        var paging = query.Paging(TargetAnswer.DefaultLimit, TargetAnswer.MostHandshakes);
        var (view, _) = views.Now();
        return TargetAnswer.Find(context, view) is not { } target
            ? Problem.WriteAsync(context, TargetAnswer.Unknown(context, view))
            : AnswerAsync(
                context, query, views.TagOf(view, target.Name), () => TargetDetail.Of(view, views.Instance, target, filter, paging), StatusJson.Default.TargetDetail);
    }

    public Task IdentitiesAsync(HttpContext context)
    {
        var query = new ApiQuery(context.Request.Query, "page", "limit");
        var paging = query.Paging(DefaultLimit, MostRows);
        var (view, tag) = views.Now();
        return AnswerAsync(context, query, tag, () => IdentityPage.Of(view, views.Instance, paging), StatusJson.Default.IdentityPage);
    }

    public Task IdentityAsync(HttpContext context)
    {
        var query = new ApiQuery(context.Request.Query, "state", "page", "limit");
        var states = query.Choices<Condition>("state");
        var paging = query.Paging(DefaultLimit, MostRows);
        var (view, tag) = views.Now();
        var name = context.Request.RouteValues["name"] as string;
        return view.Identities.FirstOrDefault(identity => identity.Name == name) is not { } identity
            ? Problem.WriteAsync(context, new(StatusCodes.Status404NotFound, "No identity with that name is configured; api/v1/identities lists them."))
            : AnswerAsync(
                context, query, tag, () => IdentityDetail.Of(view, views.Instance, identity, states.Count == 0 ? null : states.Contains, paging),
                StatusJson.Default.IdentityDetail);
    }

    public Task CertificatesAsync(HttpContext context)
    {
        var query = new ApiQuery(context.Request.Query, "q", "role", "use", "sort", "page", "limit", "format");
        var isCsv = query.OneOf("format", "json", ["json", "csv"]) == "csv";
        var (column, descending) = query.Sort(CertificateQuery.DefaultColumn, CertificateQuery.Columns);
        var wanted = new CertificateQuery(query.Words("q"), query.Choices<CertificateRole>("role"), query.Choices<StoredUse>("use"), column, descending);
        var paging = query.Paging(isCsv ? int.MaxValue : DefaultLimit, MostRows);
        var (view, tag) = views.Now();
        return isCsv && query.Refusal is null
            ? CsvAnswer.WriteAsync(context, tag, () => paging.Of(wanted.Of(view.Inventory)))
            : AnswerAsync(context, query, tag, () => CertificatePage.Of(view, views.Instance, wanted, paging), StatusJson.Default.CertificatePage);
    }

    public Task MatrixAsync(HttpContext context)
    {
        var query = new ApiQuery(context.Request.Query, "q", "target", "identity", "label", "state", "page", "limit");
        var wanted = new AccessQuery(query.Words("q"), query.Many("target"), query.Many("identity"), query.Labels("label"), query.Choices<AccessState>("state"));
        var paging = query.Paging(DefaultTargets, MostTargets);
        var (view, tag) = views.Now();
        return AnswerAsync(context, query, tag, () => AccessPage.Of(view, views.Instance, wanted, paging), StatusJson.Default.AccessPage);
    }

    public Task ForecastAsync(HttpContext context)
    {
        var query = new ApiQuery(context.Request.Query, [.. s_forecast, "page", "limit"]);
        var (within, filter) = Forecast(query);
        var paging = query.Paging(DefaultLimit, MostRows);
        var (view, tag) = views.Now();
        return AnswerAsync(context, query, tag, () => ForecastPage.Of(view, views.Instance, within, filter, paging), StatusJson.Default.ForecastPage);
    }

    /// <summary>The same as a calendar.</summary>
    public async Task CalendarAsync(HttpContext context)
    {
        var query = new ApiQuery(context.Request.Query, s_forecast);
        var (within, filter) = Forecast(query);
        var (view, tag) = views.Now();
        if (query.Refusal is { } refusal)
        {
            await Problem.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        SafeHeaders.Set(context, SafeHeaders.DataPolicy);
        if (tag.IsKnownTo(context)) return;
        context.Response.ContentType = "text/calendar; charset=utf-8";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"mtlsprobe.ics\"";
        if (HttpMethods.IsHead(context.Request.Method)) return;
        var report = view.Forecast(within, filter);
        await context.Response.WriteAsync(ForecastCalendar.Text(report with { Causes = [.. report.Causes.Where(filter.Passes)] }, MostEvents), context.RequestAborted).ConfigureAwait(false);
    }

    private static (TimeSpan Within, ForecastFilter Filter) Forecast(ApiQuery query) =>
        (query.Span("within", s_within), new ForecastFilter(query.Choices<EndCause>("cause"), query.Many("target"), query.Many("identity")));

    public static Task DescriptionAsync(HttpContext context) =>
        new ApiQuery(context.Request.Query).Refusal is { } refusal
            ? Problem.WriteAsync(context, refusal)
            : ServedFile.OpenApi.WriteAsync(context, SafeHeaders.DataPolicy);

    private static TargetGrouping Grouping(ApiQuery query) => query.Parsed("group_by", TargetGrouping.ByReason, TargetGrouping.Of, "is not allowed; these are: reason, identity, label:NAME");

    /// <summary>The filters of the path; those that it does not support are absent.</summary>
    private static HandshakeFilter Filter(ApiQuery query) => new()
    {
        Words = query.Words("q"),
        Targets = query.Many("target"),
        Addresses = query.Many("address"),
        Identities = query.Many("identity"),
        Slot = query.Choice<Slot>("slot"),
        Expect = query.Choice<Expectation>("expect"),
        Conditions = query.Choices<Condition>("state"),
        Classes = query.Choices<FailureClass>("class"),
        Reasons = query.ManyOf("reason", s_reasons),
        Labels = query.Labels("label"),
    };

    /// <summary>The refusal of the query, or 304, or the answer, which is computed only if it is sent.</summary>
    private static async Task AnswerAsync<T>(HttpContext context, ApiQuery query, EntityTag tag, Func<T> make, JsonTypeInfo<T> type)
    {
        if (query.Refusal is { } refusal)
        {
            await Problem.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        SafeHeaders.Set(context, SafeHeaders.DataPolicy);
        if (tag.IsKnownTo(context)) return;
        await JsonAnswer.WriteAsync(context, make, type).ConfigureAwait(false);
    }
}

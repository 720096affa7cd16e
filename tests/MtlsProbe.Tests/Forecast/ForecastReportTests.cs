using MtlsProbe.Certificates;
using MtlsProbe.Forecast;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Forecast;

/// <summary>A fleet's forecast: what belongs to one cause, the order, and what distinguishes one cause from another.</summary>
public class ForecastReportTests
{
    private static readonly DateTimeOffset s_now = TestPki.Now;

    private readonly Certificate _root = TestPki.Root("Root", Until(300)).Certificate;
    private readonly Certificate _client = TestPki.Root("Client Root").Client("checkout", Until(20)).Certificate;

    [Fact]
    public void Handshakes_that_depend_on_one_certificate_are_one_cause_and_the_first_to_end_comes_first()
    {
        var (orders, ledger) = (Leaf("orders", 10), Leaf("ledger", 200));
        var report = Report([Of("orders", orders), Of("ledger", ledger)], days: 90);
        Assert.Equal([(EndCause.ServerCertificate, 1, 1), (EndCause.ClientCertificate, 1, 2)], report.Causes.Select(cause => (cause.Cause, cause.Fails, cause.Total)));
        Assert.Equal(["ledger", "orders"], report.Causes[1].Handshakes.Select(place => place.Target));
        Assert.Equal([true, false], report.Causes[1].Handshakes.Select(place => place.First));
        Assert.Equal(new ForecastCounts(2, 2, 2, 0, 0), report.Handshakes);
        Assert.False(report.Clear);
    }

    [Fact]
    public void Ends_after_the_date_are_left_out_and_an_end_at_the_date_is_not()
    {
        var fleet = new[] { Of("orders", Leaf("orders", 10)) };
        Assert.Single(Report(fleet, days: 10).Causes);
        Assert.Empty(ForecastReport.Of(fleet, Sources, s_now, s_now.AddDays(10).AddSeconds(-1), 20).Causes);
    }

    [Fact]
    public void A_fleet_is_clear_only_if_every_handshake_is_known_to_be_good()
    {
        var good = Of("orders", Leaf("orders", 100));
        Assert.True(Report([good], days: 10).Clear);
        var gone = new ForecastHandshake(Samples.Key(Samples.Target("gone")), Samples.Refused(Samples.Target("gone")));
        Assert.Equal((1, false), (Report([good, gone], days: 10).Handshakes.Unknown, Report([good, gone], days: 10).Clear));
        var refused = new ForecastHandshake(Samples.Key(Samples.Target("refused")), Samples.Rejected(Samples.Target("refused")));
        Assert.Equal((1, false), (Report([good, refused], days: 10).Handshakes.Failing, Report([good, refused], days: 10).Clear));
        var awaited = new ForecastHandshake(Samples.Key(Samples.Target("new")), null);
        Assert.Equal((1, false), (Report([good, awaited], days: 10).Handshakes.Unknown, Report([good, awaited], days: 10).Clear));
    }

    [Fact]
    public void Nothing_is_known_of_no_handshake_and_of_an_accepted_one_without_a_known_end()
    {
        Assert.Equal((false, "There are no handshakes to check."), (Report([], days: 10).Clear, Report([], days: 10).Summary));

        var (good, open) = (Of("orders", Leaf("orders", 100)), new ForecastHandshake(Samples.Key(Samples.Target("open")), Samples.Accepted(Samples.Target("open"))));
        var report = Report([good, open], days: 10);
        Assert.Equal((new ForecastCounts(2, 2, 0, 0, 1), false), (report.Handshakes, report.Clear));
        Assert.StartsWith("The handshake that is accepted now does not fail by ", report.Summary, StringComparison.Ordinal);
        Assert.EndsWith("; nothing is known about 1.", report.Summary, StringComparison.Ordinal);
        Assert.Equal("Nothing is known about 1.", Report([open], days: 10).Summary);
    }

    [Fact]
    public void A_renewed_certificate_has_the_identifier_of_the_one_before_and_no_two_causes_have_the_same()
    {
        var before = Report([Of("orders", Leaf("orders", 10)), Of("ledger", Leaf("ledger", 20))], days: 900).Causes;
        var after = Report([Of("orders", Leaf("orders", 95)), Of("ledger", Leaf("ledger", 20))], days: 900).Causes;
        Assert.Equal(before.Select(cause => cause.Id).Order(), after.Select(cause => cause.Id).Order());
        Assert.Equal(before.Count, before.DistinctBy(cause => cause.Id).Count());
        var id = before.Single(cause => cause.Certificate!.Subject == "CN=orders").Id;
        Assert.Equal(s_now.AddDays(95), after.Single(cause => cause.Id == id).At);
    }

    [Fact]
    public void While_half_of_the_servers_have_the_successor_both_have_an_identifier_of_their_own()
    {
        var (old, renewed) = (Leaf("shared", 10), Leaf("shared", 95));
        var before = Report([Of("a", old), Of("b", old)], days: 900).Causes.Single(cause => cause.Cause == EndCause.ServerCertificate);
        var half = Report([Of("a", renewed), Of("b", old)], days: 900).Causes.Where(cause => cause.Cause == EndCause.ServerCertificate).ToList();
        var after = Report([Of("a", renewed), Of("b", renewed)], days: 900).Causes.Single(cause => cause.Cause == EndCause.ServerCertificate);
        Assert.Equal(2, half.DistinctBy(cause => cause.Id).Count());
        Assert.Equal((before.Id, renewed.NotAfter), (after.Id, after.At));
    }

    [Fact]
    public void Our_files_are_named_with_the_usual_time_of_a_renewal()
    {
        var report = Report([Of("orders", Leaf("orders", 95))], days: 900);
        var ours = report.Causes.Single(cause => cause.Cause == EndCause.ClientCertificate);
        Assert.Equal(["/c.crt", "/c.key"], ours.Sources);
        Assert.Contains("checkout", ours.Remedy, StringComparison.Ordinal);
        Assert.Equal(_client.NotBefore + ((_client.NotAfter - _client.NotBefore) * 2 / 3), ours.RenewalExpected);
        var anchor = report.Causes.Single(cause => cause.Cause == EndCause.TrustAnchor);
        Assert.Equal(["/root.crt"], anchor.Sources);
        Assert.Null(anchor.RenewalExpected);
    }

    [Fact]
    public void Ten_thousand_handshakes_are_listed_with_the_requested_number_of_places()
    {
        var leaf = Leaf("shared", 10);
        var report = Report([.. Enumerable.Range(0, 10_000).Select(number => Of($"target-{number}", leaf))], days: 900);
        Assert.Equal(3, report.Causes.Count);
        Assert.All(report.Causes, cause => Assert.Equal((10_000, 20), (cause.Total, cause.Handshakes.Count)));
    }

    [Fact]
    public void Ten_thousand_identities_below_one_issuer_are_listed_with_the_files_of_each()
    {
        var names = Enumerable.Range(0, 10_000).Select(number => $"identity-{number}").ToList();
        var sources = ForecastSources.Of([.. names.Select(name => new Identity(name, new PemFiles($"/{name}.crt", $"/{name}.key", null)))], [], [Samples.Target("orders")]);
        var outlook = new Outlook([OutlookEnd.Of(EndCause.ClientIssuer, _root)]);
        var fleet = names.Select(name => new ForecastHandshake(Samples.Key(Samples.Target("orders"), name), Samples.Accepted(Samples.Target("orders")) with { Outlook = outlook })).ToList();
        var cause = Assert.Single(ForecastReport.Of(fleet, sources, s_now, s_now.AddDays(900), 20).Causes);
        Assert.Equal((10_000, "/identity-0.crt", "/identity-0.key", "/identity-9.key"), (cause.Owners.Count, cause.Sources[0], cause.Sources[1], cause.Sources[^1]));
    }

    private static ForecastSources Sources => ForecastSources.Of(
        [new Identity("checkout", new PemFiles("/c.crt", "/c.key", null))], [new TrustSource("internal", ["/root.crt"])], [Samples.Target("orders"), Samples.Target("ledger")]);

    private static ForecastReport Report(IReadOnlyList<ForecastHandshake> fleet, int days) => ForecastReport.Of(fleet, Sources, s_now, s_now.AddDays(days), 20);

    private static Func<TestTemplate, TestTemplate> Until(int days) => template => template with { NotAfter = TestPki.Now.AddDays(days) };

    private static Certificate Leaf(string name, int days) => TestPki.SelfSignedLeaf(name, Until(days)).Certificate;

    private ForecastHandshake Of(string name, Certificate leaf)
    {
        var target = Samples.Target(name);
        OutlookEnd[] ends = [OutlookEnd.Of(EndCause.ServerCertificate, leaf), OutlookEnd.Of(EndCause.ClientCertificate, _client), OutlookEnd.Of(EndCause.TrustAnchor, _root)];
        return new ForecastHandshake(Samples.Key(target), Samples.Accepted(target) with { Outlook = new Outlook([.. ends.OrderBy(end => end.At)]) });
    }
}

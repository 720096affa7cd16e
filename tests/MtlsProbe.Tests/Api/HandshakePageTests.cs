using System.Collections.Frozen;
using MtlsProbe.Api;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Api;

public class HandshakePageTests
{
    [Fact]
    public void What_needs_attention_comes_first() => Assert.Equal(
        ["refused", "not_enforced", "not_requested", "failed", "faulty", "unconfirmed", "pending", "healthy"], Fleets.Targets(Fleets.Page(Fleets.OfEveryCondition())));

    [Fact]
    public void A_row_says_what_the_metrics_say()
    {
        var target = Samples.Target("payments", new Label("team", "money"));
        var before = Samples.Accepted(target) with { At = Samples.Now.AddSeconds(-30) };
        var state = Samples.State(target, before, Samples.Rejected(target)) with { Since = Samples.Now };
        var view = new FleetView(Fleets.Snapshot(state) with { Servers = [.. Samples.Servers(state).Select(server => server with { Leaves = Samples.Rotated() })] });

        var row = Assert.Single(Fleets.Page(view).Rows);

        Assert.Equal(("payments", "payments.internal:8443", "checkout", Slot.Current, Expectation.Accept), (row.Target, row.Address, row.Identity, row.Slot, row.Expect));
        Assert.Equal((Condition.Refused, Outcome.Rejected, false), (row.State, row.Outcome, row.Success));
        Assert.Equal((FailureClass.ClientCertificate, "certificate_expired", "certificate_expired"), (row.Class, row.Reason, row.Alert));
        Assert.Equal(Reasons.CertificateExpired.Sentence, row.Headline);
        Assert.Equal((Samples.Now, Samples.Now, before.At), (row.At, row.Since, row.LastSuccess));
        Assert.Equal((30, 0.0155, "1.3", true), (row.Interval, row.Duration, row.Tls, row.Requested));
        Assert.Equal((Samples.Certificate("payments.internal").Serial, Samples.Now.AddDays(-10), Samples.Now.AddDays(30)), (row.Server!.Serial, row.Server.NotBefore, row.Server.NotAfter));
        Assert.Equal(Samples.Certificate("checkout").Serial, row.Client!.Serial);
        Assert.Equal(new LeafChanges(1, Samples.Now, false), row.Leaf);
        Assert.Equal("money", row.Labels["team"]);
    }

    [Fact]
    public void Facts_about_a_server_stay_while_it_is_not_reachable()
    {
        var target = Samples.Target();
        var row = Assert.Single(Fleets.Page(Fleets.View(Samples.State(target, Samples.Accepted(target), Samples.Refused(target)))).Rows);

        Assert.Equal((Condition.Failed, (string?)null), (row.State, row.Remote));
        Assert.Equal((Samples.Certificate("payments.internal").Serial, Samples.Certificate("checkout").Serial, "1.3"), (row.Server!.Serial, row.Client!.Serial, row.Tls));
    }

    [Fact]
    public void A_handshake_that_was_not_made_yet_is_a_row_without_facts()
    {
        var row = Assert.Single(Fleets.Page(Fleets.View(Fleets.In(Condition.Pending))).Rows);

        Assert.Equal((Condition.Pending, "not probed yet"), (row.State, row.Headline));
        Assert.True(row is { Outcome: null, Success: null, Class: null, Reason: null, Alert: null, At: null, Since: null, Duration: null, Tls: null, Server: null, Client: null });
    }

    [Fact]
    public void A_page_is_a_part_of_the_rows_and_behind_the_last_one_is_nothing()
    {
        var view = Fleets.OfEveryCondition();
        Assert.Equal(["refused", "not_enforced", "not_requested"], Fleets.Targets(Fleets.Page(view, paging: new(1, 3))));
        Assert.Equal(["pending", "healthy"], Fleets.Targets(Fleets.Page(view, paging: new(3, 3))));
        var behind = Fleets.Page(view, paging: new(1_000_000, 500));
        Assert.Equal((0, 8), (behind.Rows.Count, behind.Total));
    }

    [Fact]
    public void The_counts_match_what_a_click_on_a_condition_would_show()
    {
        var page = Fleets.Page(Fleets.OfEveryCondition(), new HandshakeFilter { Labels = [new("team", "money")], Conditions = FrozenSet.Create(Condition.Refused) });

        Assert.Equal(["refused"], Fleets.Targets(page));
        Assert.Equal((1, new ConditionCounts(3, 1, 1, 1, 0, 0, 0, 0, 0)), (page.Total, page.States));
    }

    [Theory]
    [InlineData("CERTIFICATE_Expired", "refused")]
    [InlineData("refused", "refused not_enforced failed")] // not_refused, connection_refused
    [InlineData("team=goods", "not_enforced not_requested faulty unconfirmed pending")]
    [InlineData("unexpected_status", "faulty")]
    [InlineData("nothing listens", "failed")] // of the sentence
    [InlineData("network", "failed")]
    [InlineData("healthy.internal:8443", "healthy")]
    [InlineData("10.0.0.7:8443 certificate_expired", "refused")] // both words
    [InlineData("tls 1.3 Issuing http", "")]
    [InlineData("CN=faulty.internal", "faulty")] // of the leaf's subject
    [InlineData("no such word", "")]
    public void Every_word_has_to_occur_somewhere_in_the_row(string words, string targets) => Assert.Equal(
        targets, string.Join(' ', Fleets.Targets(Fleets.Page(Fleets.OfEveryCondition(), new HandshakeFilter { Words = [.. words.Split(' ')] }))));

    [Fact]
    public void A_serial_number_finds_the_servers_that_present_it_and_those_that_receive_it()
    {
        var view = Fleets.OfEveryCondition();
        Assert.Equal(["healthy"], Fleets.Targets(Fleets.Page(view, new HandshakeFilter { Words = [Samples.Certificate("healthy.internal").Serial] })));
        Assert.Equal(5, Fleets.Page(view, new HandshakeFilter { Words = [Samples.Certificate("checkout").Serial.ToUpperInvariant()] }).Total);
    }

    [Fact]
    public void Filters_take_what_they_name_and_nothing_else()
    {
        var target = Samples.Target();
        var next = Samples.Accepted(target) with { Slot = Slot.Next };
        var view = Fleets.View(
            Samples.State(target, Samples.Rejected(target)), Samples.State(target, next), Samples.State(target, Samples.LetIn(target, "legacy")),
            Samples.State(Samples.Target("orders"), Samples.Refused(Samples.Target("orders"))));

        int Total(HandshakeFilter filter) => Fleets.Page(view, filter).Total;
        Assert.Equal(4, Total(HandshakeFilter.None));
        Assert.Equal(3, Total(new() { Targets = FrozenSet.Create("payments") }));
        Assert.Equal(4, Total(new() { Targets = FrozenSet.Create("payments", "orders") }));
        Assert.Equal(0, Total(new() { Targets = FrozenSet.Create("payment") }));
        Assert.Equal(1, Total(new() { Addresses = FrozenSet.Create("orders.internal:8443") }));
        Assert.Equal(1, Total(new() { Identities = FrozenSet.Create("legacy") }));
        Assert.Equal(1, Total(new() { Slot = Slot.Next }));
        Assert.Equal(1, Total(new() { Expect = Expectation.Reject }));
        Assert.Equal(1, Total(new() { Classes = FrozenSet.Create(FailureClass.Network) }));
        Assert.Equal(2, Total(new() { Reasons = FrozenSet.Create("not_refused", "certificate_expired") }));
        Assert.Equal(0, Total(new() { Targets = FrozenSet.Create("orders"), Slot = Slot.Next }));
    }

    [Theory]
    [InlineData("target", "failed faulty healthy not_enforced not_requested pending refused unconfirmed")]
    [InlineData("-target", "unconfirmed refused pending not_requested not_enforced healthy faulty failed")]
    [InlineData("-severity", "healthy pending unconfirmed faulty failed not_requested not_enforced refused")]
    [InlineData("reason", "refused failed unconfirmed not_enforced not_requested faulty healthy pending")] // certificate_expired, connection_refused, no_confirmation, not_refused, not_requested, unexpected_status
    public void Rows_are_sorted_by_a_column_from_either_end_and_those_without_a_value_come_last(string sort, string targets)
    {
        var order = new HandshakeOrder(sort.TrimStart('-'), sort[0] == '-');
        Assert.Equal(targets, string.Join(' ', Fleets.Targets(Fleets.Page(Fleets.OfEveryCondition(), order: order))));
    }

    [Theory]
    [InlineData("server_expiry")]
    [InlineData("client_expiry")]
    [InlineData("at")]
    [InlineData("since")]
    [InlineData("duration")]
    [InlineData("tls")]
    [InlineData("server_serial")]
    public void Rows_without_a_value_come_last_in_either_direction(string column)
    {
        var view = Fleets.OfEveryCondition();
        foreach (var descending in new[] { false, true })
            Assert.Equal("pending", Fleets.Targets(Fleets.Page(view, order: new(column, descending)))[^1]);
    }

    [Fact]
    public void Expiry_and_duration_are_sorted_as_numbers()
    {
        HandshakeState Of(string name, int days, double total)
        {
            var target = Samples.Target(name);
            return Samples.State(target, Samples.Accepted(target) with
            {
                ServerCertificates = [Samples.Certificate(name, days)],
                Timings = new Timings { Total = total },
            });
        }

        var view = Fleets.View(Of("a", 30, 10), Of("b", 4, 0.5), Of("c", 100, 2));
        Assert.Equal(["b", "a", "c"], Fleets.Targets(Fleets.Page(view, order: new("server_expiry", false))));
        Assert.Equal(["a", "c", "b"], Fleets.Targets(Fleets.Page(view, order: new("duration", true))));
    }

    [Fact]
    public void Equal_rows_keep_the_order_of_the_configuration_in_either_direction()
    {
        var names = Enumerable.Range(0, 200).Select(i => $"t{(i * 37) % 200:000}").ToList();
        var view = Fleets.View([.. names.Select(name => Samples.Target(name)).Select(target => Samples.State(target, Samples.Accepted(target)))]);

        Assert.Equal(names, Fleets.Targets(Fleets.Page(view, order: new("severity", false), paging: new(1, 500))));
        Assert.Equal(names, Fleets.Targets(Fleets.Page(view, order: new("tls", true), paging: new(1, 500))));
    }

    [Fact]
    public void Every_column_sorts()
    {
        var view = Fleets.OfEveryCondition();
        Assert.All(HandshakeOrder.Columns, column => Assert.Equal(8, Fleets.Page(view, order: new(column, true)).Rows.Count));
    }
}

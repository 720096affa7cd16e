using MtlsProbe.Api;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Api;

public class SummaryTests
{
    [Fact]
    public void Handshakes_and_targets_are_counted_by_condition()
    {
        var summary = Summary.Of(Fleets.OfEveryCondition(), "i");
        Assert.Equal(new ConditionCounts(8, 1, 1, 1, 1, 1, 1, 1, 1), summary.Handshakes);
        Assert.Equal(new ConditionCounts(8, 1, 1, 1, 1, 1, 1, 1, 1), summary.Targets);
        Assert.Equal(new ConditionCounts(0, 0, 0, 0, 0, 0, 0, 0, 0), summary.Next);
    }

    [Fact]
    public void A_target_counts_as_the_worst_of_its_handshakes_and_its_replacement_does_not_count()
    {
        var target = Samples.Target();
        var summary = Summary.Of(
            Fleets.View(
                Samples.State(target, Samples.Accepted(target)),
                Samples.State(target, Samples.Accepted(target) with { Address = "10.0.0.8:8443" }, Samples.Refused(target) with { Address = "10.0.0.8:8443" }),
                Samples.State(target, Samples.Rejected(target) with { Slot = Slot.Next })),
            "i");

        Assert.Equal((1, 1), (summary.Targets.Total, summary.Targets.Failed));
        Assert.Equal((3, 1, 1, 1), (summary.Handshakes.Total, summary.Handshakes.Healthy, summary.Handshakes.Failed, summary.Handshakes.Refused));
        Assert.Equal((1, 1), (summary.Next.Total, summary.Next.Refused));
    }

    [Fact]
    public void A_target_whose_addresses_are_not_known_yet_is_pending() =>
        Assert.Equal((1, 1), Summary.Of(new FleetView(Fleets.Snapshot() with { Targets = [Samples.Target()] }), "i").Targets is var counts ? (counts.Total, counts.Pending) : default);

    [Fact]
    public void Servers_that_accept_without_asking_are_counted()
    {
        var target = Samples.Target();
        var open = Samples.Accepted(target) with { ClientCertificate = new() { Requested = false } };
        Assert.Equal(1, Summary.Of(Fleets.View(Samples.State(target, open)), "i").NotAsked);
        Assert.Equal(0, Summary.Of(Fleets.View(Samples.State(target, open with { Identity = Identity.None })), "i").NotAsked);
        Assert.Equal(0, Summary.Of(Fleets.View(Samples.State(target, Samples.Accepted(target))), "i").NotAsked);
    }

    [Fact]
    public void The_certificate_that_expires_next_is_named_on_each_side_and_expired_ones_are_counted()
    {
        HandshakeState Serving(string name, params Certificate[] chain)
        {
            var target = Samples.Target(name);
            return Samples.State(target, Samples.Accepted(target) with { ServerCertificates = [.. chain] });
        }

        var anchor = Samples.Certificate("Root", 900);
        var snapshot = Fleets.Snapshot(
            Serving("past", Samples.Certificate("past", -1)),
            Serving("late", Samples.Certificate("late", 300)),
            Serving("soon", Samples.Certificate("soon-leaf", 200), Samples.Certificate("soon-issuer", 3)));
        var expiries = Summary.Of(new FleetView(snapshot with { Trusts = [snapshot.Trusts[0] with { Anchors = [anchor] }] }), "i").Expiries;

        Assert.Equal(
            (1, "CN=soon-issuer", CertificateRole.ServerIssuer, "soon"),
            (expiries.Server.Expired, expiries.Server.Soonest!.Subject, expiries.Server.Soonest.Role, expiries.Server.Soonest.Place.Target));
        Assert.Equal((0, "CN=checkout", "checkout"), (expiries.Client.Expired, expiries.Client.Soonest!.Subject, expiries.Client.Soonest.Place.Identity));
        Assert.Equal((0, anchor.NotAfter, "internal"), (expiries.Trust.Expired, expiries.Trust.Soonest!.NotAfter, expiries.Trust.Soonest.Place.Trust));
    }

    [Fact]
    public void A_certificate_that_lives_for_minutes_does_not_hide_the_next_one_that_needs_a_renewal()
    {
        Certificate Lived(string name, TimeSpan since, TimeSpan until) => Samples.Certificate(name) with { NotBefore = Samples.Now - since, NotAfter = Samples.Now + until };
        var svid = Lived("svid", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        var month = Lived("month", TimeSpan.FromDays(24), TimeSpan.FromDays(6));
        string Soonest(params Certificate[] served) => Summary.Of(Fleets.View([.. served.Select((leaf, i) => Samples.State(Samples.Target($"t{i}"), Samples.Accepted(Samples.Target($"t{i}")) with { ServerCertificates = [leaf] }))]), "i").Expiries.Server.Soonest!.Subject;

        Assert.Equal("CN=month", Soonest(svid, month));
        Assert.Equal("CN=month", Soonest(month, svid));
        Assert.Equal("CN=svid", Soonest(svid));
    }

    [Fact]
    public void Replicas_that_serve_different_leaves_are_counted_by_target()
    {
        var (one, two) = (Samples.Target("one"), Samples.Target("two"));
        int Disagreeing(ProbeResult ofTwo) => Summary.Of(
            Fleets.View(
                Samples.State(one, Samples.Accepted(one)),
                Samples.State(one, Samples.Accepted(one) with { Address = "10.0.0.8:8443", ServerCertificates = [Samples.Certificate("other")] }),
                Samples.State(two, ofTwo)),
            "i").Disagreeing;

        Assert.Equal(1, Disagreeing(Samples.Accepted(two)));
        var (a, b) = (Samples.Certificate("a"), Samples.Certificate("b"));
        var inTurn = LeafHistory.Empty.With(a, Samples.Now).With(b, Samples.Now).With(a, Samples.Now);
        Assert.Equal(2, Disagreeing(Samples.Accepted(two) with { Leaves = inTurn }));
        Assert.Equal(1, Disagreeing(Samples.Refused(two) with { Leaves = inTurn }));
    }

    [Fact]
    public void A_leaf_from_before_an_outage_does_not_make_replicas_differ()
    {
        var target = Samples.Target();
        var before = Samples.Accepted(target) with { Address = "10.0.0.8:8443", ServerCertificates = [Samples.Certificate("before")] };
        Assert.Equal(0, Summary.Of(Fleets.View(Samples.State(target, Samples.Accepted(target)), Samples.State(target, before, Samples.Refused(target) with { Address = before.Address })), "i").Disagreeing);
    }

    [Fact]
    public void An_address_that_was_renewed_between_two_handshakes_does_not_make_replicas_differ()
    {
        var target = Samples.Target();
        var before = Samples.Accepted(target) with { At = Samples.Now.AddSeconds(-15), Slot = Slot.Next, ServerCertificates = [Samples.Certificate("before")] };
        Assert.Equal(0, Summary.Of(Fleets.View(Samples.State(target, Samples.Accepted(target)), Samples.State(target, before)), "i").Disagreeing);
    }

    [Theory]
    [InlineData(90, 0)]
    [InlineData(90.001, 1)]
    public void Results_older_than_three_intervals_are_counted(double age, int old)
    {
        var target = Samples.Target() with { Interval = TimeSpan.FromSeconds(30) };
        var view = Fleets.View(Samples.State(target, Samples.Accepted(target) with { At = Samples.Now.AddSeconds(-age) }), Samples.State(Samples.Target("never probed")));
        Assert.Equal(old, Summary.Of(view, "i").Old);
    }

    [Fact]
    public void Broken_files_are_named()
    {
        var broken = Summary.Of(
            new FleetView(Fleets.Snapshot() with
            {
                Credentials = [new CredentialState("checkout", Slot.Next, [], Usable: false), new CredentialState("good", Slot.Current, [], Usable: true)],
                Trusts = [new TrustState("internal", Usable: false)],
            }),
            "i").Broken;
        Assert.Equal([new BrokenCredential("checkout", Slot.Next)], broken.Credentials);
        Assert.Equal(["internal"], broken.Trusts);
    }

    [Fact]
    public void Labels_are_offered_in_order_and_within_a_bound()
    {
        var targets = Enumerable.Range(0, 300).Select(i => Samples.Target($"t{i}", new Label("host", $"h{i:000}"), new Label($"label{i:000}", "x")));
        var labels = Summary.Of(new FleetView(Fleets.Snapshot() with { Targets = [.. targets] }), "i").Labels;
        Assert.Equal(20, labels.Count);
        Assert.Equal(("host", 100, 300, "h000"), (labels[0].Name, labels[0].Values.Count, labels[0].Total, labels[0].Values[0]));
    }
}

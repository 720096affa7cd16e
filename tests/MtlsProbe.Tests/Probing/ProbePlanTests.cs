using System.Net;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Probing;

public class ProbePlanTests
{
    private static readonly Target Target = Jobs.Target("a") with { MustReject = ["none", "legacy"] };
    private static readonly FinalEvent Gone = new(Phase.Dns, FinalEventKind.NameNotFound, "a.test: no such host");
    private static readonly ValueList<IPAddress> Two = [IPAddress.Parse("10.0.0.1"), IPAddress.IPv6Loopback];

    [Fact]
    public void A_target_is_probed_with_both_slots_and_with_the_credentials_that_it_must_refuse()
    {
        Assert.Equal(
            ["a.test:443 checkout current accept", "a.test:443 checkout next accept", "a.test:443 none current reject", "a.test:443 legacy current reject"],
            Planned(ProbePlan.For(Target, nextIsStaged: _ => true, Replicas.AsConfigured)));
        Assert.DoesNotContain(ProbePlan.For(Target, nextIsStaged: _ => false, Replicas.AsConfigured), job => job.Key.Slot == Slot.Next);
    }

    [Fact]
    public void Every_other_accepted_identity_is_probed_with_both_slots_too()
    {
        var target = Target with { Accepts = ["batch", "reporting"], MustReject = ["none"], Protocol = new Https { Method = "POST" } };
        var jobs = ProbePlan.For(target, nextIsStaged: identity => identity == "batch", Replicas.AsConfigured).ToList();
        Assert.Equal(
            ["a.test:443 checkout current accept", "a.test:443 batch current accept", "a.test:443 batch next accept", "a.test:443 reporting current accept", "a.test:443 none current reject"],
            Planned(jobs));
        Assert.All(jobs.Where(job => job.Key.Expect == Expectation.Accept), job => Assert.Equal("POST", ((Https)job.Target.Protocol).Method));
    }

    [Fact]
    public void A_replacement_of_an_accepted_identity_begins_when_it_is_staged_and_does_not_affect_the_others()
    {
        var targets = ValueList.Create([Target with { Accepts = ["batch"] }, Target with { Name = "b" }]);
        var before = ProbePlan.Empty.Next(targets, Jobs.Staged(), _ => null);
        var after = before.Next(targets, Jobs.Staged("batch"), _ => null);
        var change = PlanChange.Between(before, after);
        Assert.Equal(["a.test:443 batch next accept"], Planned(change.Added));
        Assert.Empty(change.Removed);
        Assert.Same(before.Of("b"), after.Of("b"));
    }

    [Fact]
    public void Another_accepted_or_refused_identity_restarts_no_other_handshake()
    {
        var before = ProbePlan.Empty.Next([Target], Jobs.Staged(), _ => null);
        var change = PlanChange.Between(before, before.Next([Target with { Accepts = ["batch"], MustReject = ["none"], MustRejectOthers = true }], Jobs.Staged(), _ => null));
        Assert.Equal(["a.test:443 batch current accept"], Planned(change.Added));
        Assert.Equal(["a.test:443 legacy current reject"], Planned(change.Removed));
    }

    [Fact]
    public void Each_address_is_probed_on_its_own_under_the_name_of_the_service()
    {
        var jobs = ProbePlan.For(Target with { MustReject = ["none"] }, nextIsStaged: _ => true, new Replicas(Two)).ToList();
        Assert.Equal(
            [
                "10.0.0.1:443 checkout current accept", "10.0.0.1:443 checkout next accept", "10.0.0.1:443 none current reject",
                "[::1]:443 checkout current accept", "[::1]:443 checkout next accept", "[::1]:443 none current reject",
            ],
            Planned(jobs));
        Assert.All(jobs, job => Assert.Equal("a.test", job.Target.ServerName));
        Assert.Equal(Two, jobs.Select(job => job.Target.Address.Literal!).Distinct());
    }

    [Fact]
    public void A_failed_look_up_has_its_own_probe_beside_those_of_the_known_addresses()
    {
        Assert.Equal(["a.test:443 checkout current accept"], Planned(ProbePlan.For(Target, nextIsStaged: _ => true, new Replicas([]) { Failure = Gone })));
        Assert.Equal(
            ["a.test:443 checkout current accept", "10.0.0.1:443 checkout current accept"],
            Planned(ProbePlan.For(Target with { MustReject = [] }, nextIsStaged: _ => false, new Replicas([Two[0]]) { Failure = Gone })));
    }

    [Fact]
    public void The_probe_of_a_failed_look_up_says_how_it_failed_and_connects_to_nothing()
    {
        var jobs = ProbePlan.For(Target, nextIsStaged: _ => false, new Replicas([Two[0]]) { Failure = Gone }).ToLookup(job => job.Key.Address, job => job.Unreachable);
        Assert.Equal([Gone], jobs["a.test:443"]);
        Assert.All(jobs["10.0.0.1:443"], Assert.Null);
    }

    [Fact]
    public void Nothing_is_probed_while_the_addresses_are_unknown() =>
        Assert.Empty(ProbePlan.For(Target, nextIsStaged: _ => true, replicas: null));

    [Fact]
    public void The_request_with_a_credential_that_must_be_refused_changes_nothing_and_reveals_nothing()
    {
        var target = Target with { Protocol = new Https { Method = "POST", Path = "/pay?token=secret" } };
        var jobs = ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).ToLookup(job => job.Key.Expect, job => (Https)job.Target.Protocol);
        Assert.Equal([target.Protocol], jobs[Expectation.Accept]);
        Assert.All(jobs[Expectation.Reject], http => Assert.Equal(("GET", "/pay"), (http.Method, http.Path)));
        var head = ProbePlan.For(target with { Protocol = new Https { Method = "HEAD" } }, nextIsStaged: _ => false, Replicas.AsConfigured);
        Assert.Equal(["HEAD", "GET", "GET"], head.Select(job => ((Https)job.Target.Protocol).Method));
    }

    [Fact]
    public void Only_targets_that_want_all_addresses_have_replicas()
    {
        var targets = ValueList.Create([Target, Target with { Name = "b", Addresses = AddressChoice.All }]);
        var jobs = ProbePlan.Empty.Next(targets, Jobs.Staged("checkout"), _ => new Replicas([Two[0]])).Jobs.ToList();
        Assert.Equal(["a.test:443"], jobs.Where(job => job.Key.Target == "a").Select(job => job.Key.Address).Distinct());
        Assert.Equal(["10.0.0.1:443"], jobs.Where(job => job.Key.Target == "b").Select(job => job.Key.Address).Distinct());
        Assert.Equal(jobs.Count, jobs.Select(job => job.Key).Distinct().Count());
    }

    private static IEnumerable<string> Planned(IEnumerable<ProbeJob> jobs) =>
        jobs.Select(job => $"{job.Key.Address} {job.Key.Identity} {job.Key.Slot.Label()} {job.Key.Expect.Label()}");
}

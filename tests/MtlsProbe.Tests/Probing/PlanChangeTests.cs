using System.Net;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Probing;

public class PlanChangeTests
{
    private static readonly Target A = Jobs.Target("a");

    private static readonly Target B = Jobs.Target("b");

    private static readonly Target C = Jobs.Target("c");

    [Fact]
    public void Equal_targets_in_other_records_and_another_order_change_nothing()
    {
        var before = Planned(ProbePlan.Empty, A, B);
        var after = Planned(before, B with { Labels = [] }, A with { Timeout = A.Timeout });
        Assert.Empty(PlanChange.Between(before, after).Targets);
        Assert.Equal(["b", "a"], after.Jobs.Select(job => job.Key.Target));
        Assert.Same(before.Of("a"), after.Of("a"));
    }

    [Fact]
    public void A_change_names_the_jobs_of_changed_targets_and_no_others()
    {
        var before = Planned(ProbePlan.Empty, A, B, C);
        var change = PlanChange.Between(before, Planned(before, A, B with { Interval = TimeSpan.FromSeconds(7) }, Jobs.Target("d")));
        Assert.Equal(["c"], change.Removed.Select(job => job.Key.Target));
        Assert.Equal(["d"], change.Added.Select(job => job.Key.Target));
        Assert.Equal(TimeSpan.FromSeconds(7), Assert.Single(change.Altered).Target.Interval);
        Assert.Equal(["b", "d", "c"], change.Targets.Select(target => (target.After ?? target.Before)!.Name));
    }

    [Fact]
    public void Another_handshake_with_the_same_labels_is_one_removal_and_one_addition()
    {
        var before = Planned(ProbePlan.Empty, A);
        var change = PlanChange.Between(before, Planned(before, A with { ServerName = "other.test" }));
        Assert.Equal(("a.test", "other.test"), (Assert.Single(change.Removed).Target.ServerName, Assert.Single(change.Added).Target.ServerName));
        Assert.Empty(change.Altered);
    }

    [Fact]
    public void A_staged_credential_and_a_new_address_add_jobs_only_to_their_targets()
    {
        var all = A with { Addresses = AddressChoice.All };
        IPAddress[] two = [IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2")];
        var before = ProbePlan.Empty.Next([all, B], Jobs.Staged(), _ => new Replicas([two[0]]));
        var after = before.Next([all, B], Jobs.Staged(), _ => new Replicas([.. two]));
        Assert.Equal("10.0.0.2:443", Assert.Single(PlanChange.Between(before, after).Added).Key.Address);

        var staged = after.Next([all, B with { Identity = "other" }], Jobs.Staged("checkout"), _ => new Replicas([.. two]));
        var change = PlanChange.Between(after, staged);
        Assert.Equal([("a", Slot.Next), ("a", Slot.Next), ("b", Slot.Current)], change.Added.Select(job => (job.Key.Target, job.Key.Slot)));
        Assert.Equal("checkout", Assert.Single(change.Removed).Key.Identity);
    }

    [Fact]
    public void A_failed_look_up_does_not_affect_the_probes_of_the_addresses_and_is_reported_once_it_is_over()
    {
        var all = A with { Addresses = AddressChoice.All };
        var gone = new FinalEvent(Phase.Dns, FinalEventKind.NameNotFound, "gone");
        var before = ProbePlan.Empty.Next([all], Jobs.Staged(), _ => new Replicas([]) { Failure = gone });
        var other = PlanChange.Between(before, before.Next([all], Jobs.Staged(), _ => new Replicas([]) { Failure = gone with { Detail = "still gone" } }));
        Assert.Equal("still gone", Assert.Single(other.Altered).Unreachable!.Detail);
        Assert.Empty(PlanChange.Between(before, before.Next([all], Jobs.Staged(), _ => new Replicas([]) { Failure = gone with { } })).Targets);
    }

    private static ProbePlan Planned(ProbePlan before, params IEnumerable<Target> targets) => before.Next(targets.ToValueList(), Jobs.Staged(), _ => null);
}

using System.Net.Sockets;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>
/// Probes every server behind some targets: every address of every name, whatever their configuration says, because a rollout reaches replicas that a
/// single probe misses.
/// </summary>
internal sealed class ServerSurvey(Survey survey)
{
    /// <summary>
    /// Maximum concurrent probes of servers. Most of a probe's time is silence (see Handshake/Confirmation.cs), so hundreds at a time cost little.
    /// </summary>
    private const int Concurrency = 256;

    /// <summary>The maximum that a configuration can set.</summary>
    private const int MaxAddresses = 1024;

    /// <summary>Every required handshake.</summary>
    public async Task<IReadOnlyList<ProbeJob>> PlanAsync(IReadOnlyList<Target> targets, CancellationToken stop)
    {
        var everywhere = targets.Select(target => target with { Addresses = AddressChoice.All, MaxAddresses = MaxAddresses, Accepts = [], MustReject = [] }).ToList();
        var jobs = await survey.PlanAsync(everywhere, stop).ConfigureAwait(false);
        var byName = targets.ToDictionary(target => target.Name);
        return
        [
            .. jobs.GroupBy(job => job.Key.Target)
                .SelectMany(group => AsConfigured(byName[group.Key], [.. group])),
        ];
    }

    /// <summary>Tests the credentials of each server one after another: a server may be able to serve only one client at a time.</summary>
    /// <param name="timeout">For each probe; null: that of its target.</param>
    /// <param name="done">Called after each probe, possibly on several threads.</param>
    public async Task<ProbedServers> ProbeAsync(
        IReadOnlyList<Target> targets, IReadOnlyList<ProbeJob> jobs, TimeSpan? timeout, Action? done, CancellationToken stop)
    {
        var work = jobs.GroupBy(job => job.Key.Server).Select(server => server.OrderBy(job => job.Key.Slot).ToList()).ToList();
        var probed = new ProbedServer[work.Count];
        var limits = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = stop };
        await Parallel.ForAsync(0, work.Count, limits, async (index, cancellation) =>
        {
            var results = await survey.RunAsync(work[index], timeout is { } each ? ProbeTime.Patient(each) : null, concurrency: 1, done, cancellation).ConfigureAwait(false);
            probed[index] = Probed(work[index], results);
        }).ConfigureAwait(false);

        var servers = probed.Zip(work, (server, some) => Probed(some, survey.Reconsidered(some, [.. server.Results]))).ToList();
        List<PreflightWarning> warnings = [];
        foreach (var target in targets.Where(target => target.Addresses == AddressChoice.One)) LeaveOut(target, servers, warnings);
        var tooMany = jobs.Where(job => job.AddressesLeftOut > 0).DistinctBy(job => job.Key.Target).ToList();
        warnings.AddRange(tooMany.Select(job => new PreflightWarning("addresses_not_probed", FormattableString.Invariant(
            $"{job.Key.Target}: {ProbedServers.More(job.AddressesLeftOut)}: the limit for a name is {MaxAddresses:N0}"))));
        return new ProbedServers(servers.ToValueList(), warnings.ToValueList()) { NotProbed = tooMany.Sum(job => job.AddressesLeftOut) };
    }

    private static ProbedServer Probed(List<ProbeJob> jobs, IReadOnlyList<ProbeResult> results) =>
        new(jobs[0].Target, jobs[0].Key.Address, results[0], results.Count > 1 ? results[1] : null);

    /// <summary>A target with one address keeps the address label that its records have elsewhere.</summary>
    private static IEnumerable<ProbeJob> AsConfigured(Target target, List<ProbeJob> jobs) =>
        target.Addresses == AddressChoice.One && jobs.DistinctBy(job => job.Key.Address).Count() == 1 && jobs[0].Target.Address.Literal is not null
            ? jobs.Select(job => job with { Key = job.Key with { Address = target.Address.ToString() }, Target = target with { Accepts = [], MustReject = [] } })
            : jobs;

    /// <summary>
    /// If any address is sufficient, and no address of one family connects while the other family does, that family does not count as a server: for
    /// example a name with an IPv6 address on a machine without IPv6, or <c>localhost</c>. A single address that is down may be a replica.
    /// </summary>
    private static void LeaveOut(Target target, List<ProbedServer> servers, List<PreflightWarning> warnings)
    {
        var families = servers.Where(server => server.Target.Name == target.Name).ToLookup(server => server.Target.Address.Literal?.AddressFamily);
        var dead = families.Where(family => family.All(server => server.Results.All(NeverConnected))).SelectMany(family => family).ToList();
        if (dead.Count == 0 || dead.Count == families.Sum(family => family.Count())) return;
        var family = dead[0].Target.Address.Literal?.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4";
        warnings.Add(new("address_left_out",
            $"{target.Name}: no {family} address connects ({string.Join(", ", dead.Select(server => server.Address))}), the others do; left out, because addresses is one"));
        servers.RemoveAll(dead.Contains);
    }

    private static bool NeverConnected(ProbeResult result) => result.Failure is { Phase: Phase.Connect, Reason.Class: FailureClass.Network };
}

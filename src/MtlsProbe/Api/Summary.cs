using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Text;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>The fleet at a glance.</summary>
/// <param name="Instance">A new value after each start.</param>
/// <param name="Ready">Whether the first round of probes is done.</param>
/// <param name="Shard">Which part of the fleet this process probes; null: all of it.</param>
/// <param name="Sources">The sources that discover targets, in the order of the configuration.</param>
/// <param name="Targets">Each target by its worst handshake, without staged credentials.</param>
/// <param name="Expiring">Targets by how soon a certificate expires.</param>
/// <param name="Next">Counts of the handshakes with staged credentials.</param>
/// <param name="NotAsked">Handshakes that are accepted although the server never asked for our certificate.</param>
/// <param name="Disagreeing">Targets whose replicas served different leaves when they were last probed.</param>
/// <param name="Clocks">What the clocks of the servers show together.</param>
/// <param name="Old">Handshakes whose last result is older than three intervals.</param>
internal sealed record Summary(
    DateTimeOffset Now,
    string Instance,
    DateTimeOffset Started,
    bool Ready,
    BuildFacts Build,
    ShardFacts? Shard,
    ConfigurationFacts Configuration,
    IReadOnlyList<DiscoveryFacts> Sources,
    ConditionCounts Targets,
    ExpiryCounts Expiring,
    ConditionCounts Handshakes,
    ConditionCounts Next,
    int NotAsked,
    Expiries Expiries,
    IReadOnlyList<RotationProgress> Rotations,
    int Disagreeing,
    int Old,
    BrokenFiles Broken,
    StorageState? Storage,
    SchedulerFacts Scheduler,
    ClockConsensus Clocks,
    IReadOnlyList<LabelFacts> Labels)
{
    public static Summary Of(FleetView view, string instance)
    {
        var snapshot = view.Snapshot;
        return new Summary(
            snapshot.At,
            instance,
            snapshot.Started,
            snapshot.Ready,
            new BuildFacts(snapshot.Build.Version, snapshot.Build.Revision, snapshot.Build.Runtime, snapshot.Build.OpenSsl),
            snapshot.Shard is { } part ? new ShardFacts(part.Shard.Number, part.Shard.Count, snapshot.Targets.Count, part.FleetTargets) : null,
            ConfigurationFacts.Of(snapshot),
            [.. snapshot.TargetSets.Where(set => set.Place is not null).Select(DiscoveryFacts.Of)],
            ConditionCounts.Of(view.Targets.Select(target => target.Condition)),
            ExpiryCounts.Of(view.Targets.Select(target => target.Expiring)),
            ConditionCounts.Of(view.Handshakes.Select(entry => entry.Condition)),
            ConditionCounts.Of(view.Handshakes.Where(entry => entry.Key.Slot == Slot.Next).Select(entry => entry.Condition)),
            view.Handshakes.Count(entry => entry.IsNotAsked),
            Expiries.Of(snapshot),
            [.. view.Identities.Select(identity => identity.Rotation).Where(rotation => rotation.Step != RotationStep.None)],
            snapshot.Targets.Count(target => Disagrees(view.ByTarget[target.Name])),
            view.Handshakes.Count(entry => entry.IsOld(snapshot.At)),
            new BrokenFiles(
                snapshot.Credentials.Where(credential => !credential.Usable).Select(credential => new BrokenCredential(credential.Identity, credential.Slot)).ToValueList(),
                snapshot.Trusts.Where(trust => !trust.Usable).Select(trust => trust.Name).ToValueList()),
            snapshot.Storage,
            new SchedulerFacts(snapshot.Scheduler.InFlight, snapshot.Scheduler.Skipped),
            ClockConsensus.Of(snapshot.Servers, snapshot.At),
            LabelFacts.Of(snapshot.Targets));
    }

    /// <summary>
    /// By the last result of each address. The certificate served before an outage says nothing about today, and two credentials presented one after
    /// the other can see the leaf before and after a rotation.
    /// </summary>
    private static bool Disagrees(IEnumerable<HandshakeEntry> handshakes)
    {
        var last = new Dictionary<string, ProbeResult>(StringComparer.Ordinal);
        foreach (var entry in handshakes)
        {
            if (entry is not { Key.Expect: Expectation.Accept, Last: { } result }) continue;
            if (!last.TryGetValue(entry.Key.Address, out var known) || known.At < result.At) last[entry.Key.Address] = result;
        }

        Certificate? leaf = null;
        foreach (var result in last.Values.Where(result => result.ServerCertificates.Count > 0))
        {
            if (result.Leaves is { InTurn: true } || (leaf is not null && result.ServerCertificates[0] != leaf)) return true;
            leaf = result.ServerCertificates[0];
        }

        return false;
    }
}

/// <summary>The running program.</summary>
internal sealed record BuildFacts(string Version, string Revision, string Runtime, string Openssl);

/// <param name="Number">From 1 to <paramref name="Count"/>.</param>
/// <param name="Targets">Of this shard.</param>
/// <param name="FleetTargets">Of all shards.</param>
internal sealed record ShardFacts(int Number, int Count, int Targets, int FleetTargets);

/// <param name="Loaded">When the configuration in use was loaded.</param>
/// <param name="RefusedSince">Null if the current file is in use.</param>
/// <param name="Errors">The first mistakes of the current file.</param>
/// <param name="ErrorsTotal">How many there are.</param>
internal sealed record ConfigurationFacts(
    string File, DateTimeOffset Loaded, bool LastReloadSuccessful, DateTimeOffset? RefusedSince, ValueList<ReloadError> Errors, int ErrorsTotal)
{
    public static ConfigurationFacts Of(FleetSnapshot snapshot) => new(
        snapshot.ConfigFile, snapshot.Reload.LastSuccess, snapshot.Reload.LastSuccessful, snapshot.Reload.Since,
        snapshot.Reload.Errors.Take(Shown.Most).Select(error => new ReloadError(Shown.Text(error.Place), Shown.Text(error.Problem), error.Hint is { } hint ? Shown.Text(hint) : null)).ToValueList(),
        snapshot.Reload.Errors.Count);
}

/// <summary>Files of ours whose current content is not usable.</summary>
internal sealed record BrokenFiles(ValueList<BrokenCredential> Credentials, ValueList<string> Trusts);

internal sealed record BrokenCredential(string Identity, Slot Slot);

internal sealed record SchedulerFacts(int InFlight, long Skipped);

/// <summary>A label of targets and its values, offered as a filter.</summary>
/// <param name="Values">The first ones in order.</param>
internal sealed record LabelFacts(string Name, ValueList<string> Values, int Total)
{
    private const int MostNames = 20;
    private const int MostValues = 100;

    public static IReadOnlyList<LabelFacts> Of(IEnumerable<Target> targets)
    {
        var labels = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var label in targets.SelectMany(target => target.Labels))
        {
            if (!labels.TryGetValue(label.Name, out var values)) labels[label.Name] = values = new(StringComparer.Ordinal);
            values.Add(label.Value);
        }

        return [.. labels.Take(MostNames).Select(label => new LabelFacts(label.Key, label.Value.Take(MostValues).ToValueList(), label.Value.Count))];
    }
}

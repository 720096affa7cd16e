using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Text;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>Everything about one target.</summary>
/// <param name="State">The worst state of its handshakes, without staged credentials.</param>
/// <param name="Expiring">The worst level of its certificates.</param>
/// <param name="Source">The source of the target.</param>
/// <param name="Counts">Counts of all its handshakes.</param>
/// <param name="Timeline">The last rotation of its certificate over time; null if this process has seen none.</param>
/// <param name="Total">Handshakes that pass the filter.</param>
/// <param name="Note">Why the requested probes have not ended; null if none were requested, or if they have ended.</param>
internal sealed record TargetDetail(
    DateTimeOffset Now,
    string Instance,
    TargetFacts Target,
    TargetSourceFacts Source,
    Condition State,
    ExpiryLevel? Expiring,
    ConditionCounts Counts,
    DifferenceFacts Differences,
    RotationTimeline? Timeline,
    TargetCommands Commands,
    TargetLinks Links,
    int Total,
    int Page,
    int Limit,
    IReadOnlyList<HandshakeDetail> Handshakes,
    string? Note)
{
    public static TargetDetail Of(FleetView view, string instance, Target target, HandshakeFilter filter, Paging paging, string? note = null)
    {
        var row = view.Row(target);
        List<HandshakeEntry> all = [.. row.Handshakes];
        List<HandshakeEntry> chosen = all.FindAll(filter.Passes);
        return new TargetDetail(
            view.Snapshot.At,
            instance,
            TargetFacts.Of(target),
            TargetSourceFacts.Of(target, view.Snapshot),
            row.Condition,
            row.Expiring,
            ConditionCounts.Of(all.Select(entry => entry.Condition)),
            DifferenceFacts.Among(all.Select(entry => entry.Last).OfType<ProbeResult>()),
            ServerTimeline.Of([.. all.Select(entry => entry.Server).OfType<ServerState>().DistinctBy(server => server.Key)]),
            new TargetCommands(HandshakeCommands.OfTarget(target.Name, view.Snapshot.ConfigFile)),
            TargetLinks.Of(view.Snapshot.Links, target.Name),
            chosen.Count,
            paging.Page,
            paging.Limit,
            [.. paging.Of(chosen).Select(entry => HandshakeDetail.Of(entry, view.Snapshot))],
            note);
    }
}

/// <param name="Probe">The command for the same probes, with a diagnosis for people.</param>
internal sealed record TargetCommands(string Probe);

/// <summary>How the replicas of a target differ.</summary>
/// <param name="Addresses">Number of addresses that were compared.</param>
internal sealed record DifferenceFacts(int Addresses, ValueList<QuestionFacts> Found)
{
    /// <summary>Maximum number of addresses listed in one group.</summary>
    private const int MostAddresses = 50;

    public static DifferenceFacts Among(IEnumerable<ProbeResult> results)
    {
        var differences = ReplicaDifferences.Among(results);
        return new DifferenceFacts(differences.Addresses, differences.Found.Select(found => new QuestionFacts(found.Question, found.Groups
            .Select(group => new GroupFacts(Shown.Name(group.Answer), group.Good, group.Addresses.Count, group.Addresses.Take(MostAddresses).ToValueList()))
            .ToValueList())).ToValueList());
    }
}

internal sealed record QuestionFacts(string Question, ValueList<GroupFacts> Groups);

/// <summary>The replicas that agree with each other.</summary>
/// <param name="Good">Whether their answer is as expected; null if it is neither good nor bad, or not known.</param>
internal sealed record GroupFacts(string Answer, bool? Good, int Total, ValueList<string> Addresses);

using MtlsProbe.Certificates;
using MtlsProbe.Feed;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Probing;

/// <summary>The changes that a result makes, as events of the feed. What is worth a line in the log is worth an event.</summary>
internal static class ChangeEvents
{
    /// <param name="ready">Whether the first round is done: first results are not changes.</param>
    public static IEnumerable<FleetEvent> Of(StateChange change, bool ready)
    {
        if (change.After.Last is not { } result) yield break;
        if (change is { ServerBefore.Leaves: var earlier, ServerAfter.Leaves: var leaves })
        {
            if (leaves.Changes > earlier.Changes) yield return Of(result, EventTopic.Certificate, EventTone.Neutral, Replaced(leaves.Seen[^1], earlier.Seen[^1])) with { Serial = Shown.Name(leaves.Seen[^1].Serial) };
            if (leaves.InTurn && !earlier.InTurn) yield return Of(result, EventTopic.Certificate, EventTone.Bad, "serves several certificates in turn");
            if (earlier.InTurn && !leaves.InTurn) yield return Of(result, EventTopic.Certificate, EventTone.Good, $"serves one certificate again, serial {leaves.Seen[^1].Serial}");
        }

        var before = change.Before.Last;
        var (level, words) = ChangeWords.Of(before, result);
        if (level <= LogLevel.Debug || (before is null && (!ready || result.Success))) yield break;
        var text = words.TrimEnd(',');
        yield return Of(result, EventTopic.State, result.Success ? EventTone.Good : EventTone.Bad, result.Failure is { } failure ? $"{text}: {failure.Reason.Sentence}" : text) with { State = Conditions.Of(result) };
    }

    private static string Replaced(SeenLeaf now, SeenLeaf before) =>
        $"serves another certificate: serial {now.Serial}, until {Times.Second(now.NotAfter)}; before: serial {before.Serial}, until {Times.Second(before.NotAfter)}";

    private static FleetEvent Of(ProbeResult result, EventTopic topic, EventTone tone, string text) => new()
    {
        At = result.At, Topic = topic, Tone = tone, Text = text, Target = result.Target, Address = result.Address, Identity = result.Identity, Slot = result.Slot,
    };
}

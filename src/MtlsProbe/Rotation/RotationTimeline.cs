using System.Text.Json.Serialization;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>The state by which the addresses are counted.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<TimelineKind>))]
internal enum TimelineKind
{
    /// <summary>They accept the new credential, staged or in use.</summary>
    Accepted,

    /// <summary>They accept it as the one in use.</summary>
    InUse,

    /// <summary>They refuse the old credential after they had accepted it; only such addresses are counted.</summary>
    OldRefused,

    /// <summary>They present the new certificate.</summary>
    Presented,
}

/// <summary>One rotation over time, as this process has seen it: how many addresses had reached a state, and when.</summary>
/// <param name="New">The certificate that replaces another.</param>
/// <param name="Old">The replaced certificate; null if there was none.</param>
/// <param name="Staged">When the new one was staged; for a server: when the file of the expected certificate changed. Null if that was not seen.</param>
/// <param name="Promoted">When it became the current one; null while it is only staged, and for a server.</param>
internal sealed record RotationTimeline(TimelineCertificate New, TimelineCertificate? Old, DateTimeOffset? Staged, DateTimeOffset? Promoted, ValueList<TimelineLine> Lines)
{
    /// <summary>
    /// When the last address accepted the new credential in use or refused the old one. Null unless this process saw both at every address to which
    /// the new one is presented.
    /// </summary>
    [JsonIgnore]
    public DateTimeOffset? Completed =>
        Line(TimelineKind.InUse) is { Complete: { } used } inUse && Line(TimelineKind.OldRefused) is { Complete: { } refused } old && old.Total == inUse.Total
            ? (used > refused ? used : refused)
            : null;

    private TimelineLine? Line(TimelineKind kind) => Lines.FirstOrDefault(line => line.Kind == kind);
}

internal sealed record TimelineCertificate(string Serial, DateTimeOffset NotAfter);

/// <summary>How a number of addresses grew.</summary>
/// <param name="Total">The number of all addresses that are asked.</param>
/// <param name="Before">Those that reached the state at a time that this process has not seen; the line begins with them.</param>
/// <param name="Complete">When the last one reached it; null if not all have, or if that moment was not seen.</param>
/// <param name="Steps">In the order of time, at most <see cref="MostSteps"/>.</param>
internal sealed record TimelineLine(TimelineKind Kind, int Total, int Before, DateTimeOffset? Complete, ValueList<TimelineStep> Steps)
{
    /// <summary>As many as a picture can show: if there are more addresses, those that are too close together in time share a step.</summary>
    public const int MostSteps = 60;

    /// <param name="reached">Those that have reached the state.</param>
    public static TimelineLine Of(TimelineKind kind, int total, IReadOnlyCollection<Reached> reached)
    {
        List<Reached> dated = [.. from one in reached where one.IsSeen orderby one.At select one];
        var before = reached.Count - dated.Count;
        var (steps, from) = (new List<TimelineStep>(), 0);
        var together = dated.Count <= MostSteps ? TimeSpan.Zero : (dated[^1].At - dated[0].At) / (MostSteps - 1);
        for (var to = 1; to <= dated.Count; to++)
        {
            if (to < dated.Count && (dated[to].At - dated[from].At < together || dated[to].At == dated[from].At)) continue;
            steps.Add(TimelineStep.Of(before + to, dated[from..to]));
            from = to;
        }

        var isComplete = reached.Count == total && dated.Count > 0 && reached.All(one => one.At <= dated[^1].At);
        return new TimelineLine(kind, total, before, isComplete ? dated[^1].At : null, steps.ToValueList());
    }
}

/// <summary>An address that has reached a state.</summary>
/// <param name="At">When this process first saw it in that state.</param>
/// <param name="IsSeen">Whether it reached the state at that moment; if not, it may have been earlier.</param>
internal readonly record struct Reached(ServerKey Server, DateTimeOffset At, bool IsSeen);

/// <summary>Addresses that reached the state at the same time, or almost.</summary>
/// <param name="At">When the last of them reached it.</param>
/// <param name="Count">How many had reached it by then, including those from before.</param>
/// <param name="Total">How many reached it in this step.</param>
/// <param name="Places">The first of them.</param>
internal sealed record TimelineStep(DateTimeOffset At, int Count, int Total, ValueList<ServerKey> Places)
{
    private const int MostPlaces = 5;

    public static TimelineStep Of(int count, List<Reached> came) =>
        new(came[^1].At, count, came.Count, came.Take(MostPlaces).Select(one => one.Server).ToValueList());
}

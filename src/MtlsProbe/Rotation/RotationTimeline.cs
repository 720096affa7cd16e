using System.Text.Json.Serialization;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>What the addresses are counted by.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<TimelineKind>))]
internal enum TimelineKind
{
    /// <summary>They accept the new credential, staged or in use.</summary>
    Accepted,

    /// <summary>They accept it as the one in use.</summary>
    InUse,

    /// <summary>They refuse the old credential after they had let it in; only these are counted.</summary>
    OldRefused,

    /// <summary>They present the new certificate.</summary>
    Presented,
}

/// <summary>One rotation over time, as this process has seen it: how many addresses had come how far by when.</summary>
/// <param name="New">The certificate that takes the place of another.</param>
/// <param name="Old">That other; null where nothing was there.</param>
/// <param name="Staged">When the new one was staged; of a server's: when the file of the expected certificate changed. Null where that was not seen.</param>
/// <param name="Promoted">When it became the current one; null while it is only staged, and of a server's.</param>
internal sealed record RotationTimeline(TimelineCertificate New, TimelineCertificate? Old, DateTimeOffset? Staged, DateTimeOffset? Promoted, ValueList<TimelineLine> Lines);

internal sealed record TimelineCertificate(string Serial, DateTimeOffset NotAfter);

/// <summary>How a number of addresses grew.</summary>
/// <param name="Total">All that are asked.</param>
/// <param name="Before">Those that have come so far at a moment that this process has not seen; the line begins with them.</param>
/// <param name="Complete">When the last came; null if not all have, or if the moment of the last was not seen.</param>
/// <param name="Steps">In the order of time, at most <see cref="MostSteps"/>.</param>
internal sealed record TimelineLine(TimelineKind Kind, int Total, int Before, DateTimeOffset? Complete, ValueList<TimelineStep> Steps)
{
    /// <summary>As many as a picture can show: if more addresses have come, those share a step whose moments the picture cannot tell apart.</summary>
    public const int MostSteps = 60;

    /// <param name="reached">Those that have come so far.</param>
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

/// <summary>An address that has come so far.</summary>
/// <param name="At">When this process first saw it so.</param>
/// <param name="IsSeen">Whether it came at that moment; it may have done so before if not.</param>
internal readonly record struct Reached(ServerKey Server, DateTimeOffset At, bool IsSeen);

/// <summary>Addresses that came at the same time, or almost.</summary>
/// <param name="At">When the last of them came.</param>
/// <param name="Count">How many had come by then, with those from before.</param>
/// <param name="Total">How many came with this step.</param>
/// <param name="Places">The first of them.</param>
internal sealed record TimelineStep(DateTimeOffset At, int Count, int Total, ValueList<ServerKey> Places)
{
    private const int MostPlaces = 5;

    public static TimelineStep Of(int count, List<Reached> came) =>
        new(came[^1].At, count, came.Count, came.Take(MostPlaces).Select(one => one.Server).ToValueList());
}

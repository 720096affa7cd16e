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

    /// <summary>They refuse a retired credential that they had let in.</summary>
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
/// <param name="Before">Those that had come so far when this process asked them first.</param>
/// <param name="Complete">When the last of all came; null where not all have, or all had before.</param>
/// <param name="Steps">In the order of time, at most <see cref="MostSteps"/>.</param>
internal sealed record TimelineLine(TimelineKind Kind, int Total, int Before, DateTimeOffset? Complete, ValueList<TimelineStep> Steps)
{
    /// <summary>As many as a picture can show: addresses that come one after another share a step where there are more.</summary>
    public const int MostSteps = 60;

    /// <param name="reached">Those that have come so far, and when; null for before.</param>
    public static TimelineLine Of(TimelineKind kind, int total, IReadOnlyCollection<(ServerKey Server, DateTimeOffset? At)> reached)
    {
        var before = reached.Count(one => one.At is null);
        List<(ServerKey Server, DateTimeOffset At)> dated = [.. from one in reached where one.At is not null orderby one.At select (one.Server, one.At!.Value)];
        var (steps, from) = (new List<TimelineStep>(), 0);
        var least = (dated.Count + MostSteps - 1) / MostSteps;
        for (var to = 1; to <= dated.Count; to++)
        {
            if (to < dated.Count && (to - from < least || dated[to].At == dated[to - 1].At)) continue;
            steps.Add(TimelineStep.Of(before + to, dated[from..to]));
            from = to;
        }

        return new TimelineLine(kind, total, before, reached.Count == total && dated.Count > 0 ? dated[^1].At : null, steps.ToValueList());
    }
}

/// <summary>Addresses that came at the same time, or one after another.</summary>
/// <param name="At">When the last of them came.</param>
/// <param name="Count">How many had come by then, with those from before.</param>
/// <param name="Total">How many came with this step.</param>
/// <param name="Places">The first of them.</param>
internal sealed record TimelineStep(DateTimeOffset At, int Count, int Total, ValueList<ServerKey> Places)
{
    private const int MostPlaces = 5;

    public static TimelineStep Of(int count, List<(ServerKey Server, DateTimeOffset At)> came) =>
        new(came[^1].At, count, came.Count, came.Take(MostPlaces).Select(one => one.Server).ToValueList());
}

using System.Runtime.CompilerServices;
using System.Text.Json;
using MtlsProbe.Probing;

namespace MtlsProbe.Api;

/// <summary>
/// Produces the answers that the page requests first, once and for no one, when the first round is over. If the runtime compiles code on demand, it
/// has then done so before a person waits for it.
/// </summary>
internal static class FirstAnswers
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Completes when they were produced, or when it is cancelled.</summary>
    public static async Task PrepareAsync(Fleet fleet, TimeProvider time, CancellationToken stop)
    {
        if (!RuntimeFeature.IsDynamicCodeCompiled) return; // the native program is already compiled
        while (!fleet.Ready) await Task.Delay(s_pause, time, stop).ConfigureAwait(false);
        Make(new FleetView(fleet.Snapshot()), Stream.Null);
    }

    /// <summary>Writes each answer.</summary>
    public static void Make(FleetView view, Stream into)
    {
        const int Rows = 100;
        JsonSerializer.Serialize(into, Summary.Of(view, ""), StatusJson.Default.Summary);
        JsonSerializer.Serialize(into, TargetPage.Of(view, "", TargetFilter.None, TargetOrder.Default, new Paging(1, Rows)), StatusJson.Default.TargetPage);
        JsonSerializer.Serialize(into, GroupPage.Of(view, "", TargetFilter.None, TargetGrouping.ByReason, new Paging(1, Rows)), StatusJson.Default.GroupPage);
    }
}

using System.Runtime.CompilerServices;
using System.Text.Json;
using MtlsProbe.Probing;

namespace MtlsProbe.Api;

/// <summary>
/// The answers that the page asks for first, made once for nobody when the first round is over: where the runtime compiles code when it is
/// needed, it has done so before a person waits for it.
/// </summary>
internal static class FirstAnswers
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Ends when they were made, or when it is told to stop.</summary>
    public static async Task PrepareAsync(Fleet fleet, TimeProvider time, CancellationToken stop)
    {
        if (!RuntimeFeature.IsDynamicCodeCompiled) return; // the native program is compiled already
        while (!fleet.Ready) await Task.Delay(s_pause, time, stop).ConfigureAwait(false);
        Make(new FleetView(fleet.Snapshot()), Stream.Null);
    }

    /// <summary>Writes each of them.</summary>
    public static void Make(FleetView view, Stream into)
    {
        const int Rows = 100;
        JsonSerializer.Serialize(into, Summary.Of(view, ""), StatusJson.Default.Summary);
        JsonSerializer.Serialize(into, TargetPage.Of(view, "", TargetFilter.None, TargetOrder.Default, new Paging(1, Rows)), StatusJson.Default.TargetPage);
        JsonSerializer.Serialize(into, GroupPage.Of(view, "", TargetFilter.None, TargetGrouping.ByReason, new Paging(1, Rows)), StatusJson.Default.GroupPage);
    }
}

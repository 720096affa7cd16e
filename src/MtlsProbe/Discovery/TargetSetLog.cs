using MtlsProbe.Feed;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>Logs changes in the sets of targets, except that of the configuration file, which <see cref="ReloadLog"/> logs.</summary>
internal sealed partial class TargetSetLog(ILogger log, EventFeed? events = null)
{
    /// <summary>The longest text of a source in characters.</summary>
    private const int Longest = 1000;

    /// <summary>The set of the file comes first in both.</summary>
    /// <param name="before">Empty at first.</param>
    public void Write(ValueList<TargetSet> before, ValueList<TargetSet> after)
    {
        for (var i = 1; i < after.Count; i++) Write(before.Count == 0 ? new TargetSet(after[i].Name) : before[i], after[i]);
    }

    /// <summary>A source has ended by a fault of ours.</summary>
    public void Ended(Exception fault, string set) => LogEnded(fault, set);

    private void Write(TargetSet before, TargetSet after)
    {
        if (after.Targets != before.Targets)
        {
            var difference = TargetDifference.Between(before.Targets, after.Targets);
            var (added, removed, changed) = (Visible(difference.Added), Visible(difference.Removed), Visible(difference.Changed));
            Tell(EventTone.Neutral, $"{after.Name} has {Counts.Of(after.Targets.Count, "target")}; added: {added}; removed: {removed}; changed: {changed}");
            LogChanged(after.Name, after.Targets.Count, added, removed, changed);
        }

        var leftOut = after.LeftOut.Except(before.LeftOut, StringComparer.Ordinal).ToList();
        if (leftOut.Count > 0) LogLeftOut(after.Name, Visible(leftOut));
        if (after.Fault is { } why && before.Fault is null) Tell(EventTone.Bad, $"{after.Name} delivers no targets: {why}. Those known before stay");
        if (after.Fault is null && before.Fault is not null) Tell(EventTone.Good, $"{after.Name} delivers targets again, {after.Targets.Count} now");
        if (after.Fault is { } fault && before.Fault is null) LogFailed(after.Name, VisibleText.Of(fault, Longest, ascii: false), after.Targets.Count);
        if (after.Fault is null && before.Fault is not null) LogRecovered(after.Name, after.Targets.Count);
    }

    private void Tell(EventTone tone, string text) => events?.Add(new FleetEvent { Topic = EventTopic.Targets, Tone = tone, Text = text });

    private static string Visible(IEnumerable<string> names) => VisibleText.Of(TargetDifference.Names(names), Longest, ascii: false);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Set} has {Targets} targets; added: {Added}; removed: {Removed}; changed: {Changed}")]
    private partial void LogChanged(string set, int targets, string added, string removed, string changed);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Set}: left out, because other targets have the same names: {Names}")]
    private partial void LogLeftOut(string set, string names);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Set} delivers no targets: {Fault}. Targets known before and still probed: {Targets}")]
    private partial void LogFailed(string set, string fault, int targets);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Set} delivers targets again, {Targets} now")]
    private partial void LogRecovered(string set, int targets);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Set} is no longer followed because of a bug in MtlsProbe; please report it")]
    private partial void LogEnded(Exception fault, string set);
}

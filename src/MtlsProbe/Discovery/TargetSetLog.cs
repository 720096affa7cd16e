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

    /// <summary>Targets that have an event of their own after a change; more would push out what happened before.</summary>
    private const int MostNamed = 10;

    /// <summary>The set of the file comes first in both.</summary>
    /// <param name="before">Empty at first.</param>
    public void Write(ValueList<TargetSet> before, ValueList<TargetSet> after)
    {
        foreach (var set in after.Skip(1)) Write(before.Skip(1).FirstOrDefault(one => one.Name == set.Name) ?? new TargetSet(set.Name), set);
        foreach (var gone in before.Skip(1).ExceptBy(after.Skip(1).Select(set => set.Name), set => set.Name)) Write(gone, gone with { Targets = [] });
    }

    /// <summary>A bug has ended a source.</summary>
    public void Ended(Exception fault, string set) => LogEnded(fault, set);

    /// <summary>An attempt of a source to find its targets has failed because of a bug.</summary>
    public void Failed(Exception fault, string set) => LogBug(fault, set);

    private void Write(TargetSet before, TargetSet after)
    {
        var used = after.Targets.Count - after.LeftOut.Count;
        if (after.Targets != before.Targets)
        {
            var difference = TargetDifference.Between(before.Targets, after.Targets);
            TellOfEach(after.Name, difference);
            var (added, removed, changed) = (Visible(difference.Added), Visible(difference.Removed), Visible(difference.Changed));
            Tell(EventTone.Neutral, $"{after.Name} has {Counts.Of(used, "target")}; added: {added}; removed: {removed}; changed: {changed}");
            LogChanged(after.Name, used, added, removed, changed);
        }

        var leftOut = after.LeftOut.Except(before.LeftOut, StringComparer.Ordinal).ToList();
        if (leftOut.Count > 0) LogLeftOut(after.Name, Visible(leftOut));
        WriteRejected(before, after);
        if (after.Fault is { } fault && before.Fault is null)
        {
            var why = VisibleText.Of(fault, Longest, ascii: false);
            Tell(EventTone.Bad, $"{after.Name} does not deliver all of its targets: {why}. The last known ones stay");
            LogFailed(after.Name, why, used);
        }
        else if (after.Fault is null && before.Fault is not null)
        {
            Tell(EventTone.Good, $"{after.Name} delivers all of its targets again, {used} now");
            LogRecovered(after.Name, used);
        }
    }

    private void WriteRejected(TargetSet before, TargetSet after)
    {
        var rejected = after.Rejected.ExceptBy(before.Rejected.Select(one => (one.Target, one.Problem)), one => (one.Target, one.Problem)).ToList();
        if (rejected.Count == 0) return;
        var first = $"{after.Name} has {Counts.Of(after.RejectedCount, "target")} that cannot be probed, for example {Visible(rejected[0])}";
        Tell(EventTone.Bad, first);
        foreach (var one in rejected.Take(MostNamed)) LogRejected(after.Name, Visible(one));
        if (rejected.Count > MostNamed) LogMoreRejected(after.Name, after.RejectedCount);
    }

    private void TellOfEach(string set, TargetDifference difference)
    {
        if (events is null) return;
        foreach (var (names, what) in ((ValueList<string>, string)[])[(difference.Removed, "was removed by"), (difference.Added, "was added by"), (difference.Changed, "was changed by")])
        {
            foreach (var name in names.Take(MostNamed)) events.Add(new FleetEvent { Topic = EventTopic.Targets, Tone = EventTone.Neutral, Target = name, Text = $"{what} {set}" });
        }
    }

    private static string Visible(RejectedTarget one) =>
        VisibleText.Of($"{one.Target} ({one.Place}): {one.Problem}{(one.Hint is null ? "" : $". Hint: {one.Hint}")}".ReplaceLineEndings(" "), Longest, ascii: false);

    private void Tell(EventTone tone, string text) => events?.Add(new FleetEvent { Topic = EventTopic.Targets, Tone = tone, Text = text });

    private static string Visible(IEnumerable<string> names) => VisibleText.Of(TargetDifference.Names(names), Longest, ascii: false);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Set} has {Targets} targets; added: {Added}; removed: {Removed}; changed: {Changed}")]
    private partial void LogChanged(string set, int targets, string added, string removed, string changed);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Set}: left out, because other targets have the same names: {Names}")]
    private partial void LogLeftOut(string set, string names);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Set}: left out, because it cannot be probed: {Target}")]
    private partial void LogRejected(string set, string target);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Set}: {Targets} targets in all cannot be probed")]
    private partial void LogMoreRejected(string set, int targets);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Set} does not deliver all of its targets: {Fault}. Last known targets that are still probed: {Targets}")]
    private partial void LogFailed(string set, string fault, int targets);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Set} delivers all of its targets again, {Targets} now")]
    private partial void LogRecovered(string set, int targets);

    [LoggerMessage(Level = LogLevel.Error, Message = "Finding the targets of {Set} failed because of a bug in MtlsProbe; it will be tried again. Please report it")]
    private partial void LogBug(Exception fault, string set);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Set} is no longer followed because of a bug in MtlsProbe; please report it")]
    private partial void LogEnded(Exception fault, string set);
}

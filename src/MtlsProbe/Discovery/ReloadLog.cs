using MtlsProbe.Config;
using MtlsProbe.Feed;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>Says how each reload of the configuration went.</summary>
/// <param name="shard">Whose targets have events of their own; null: all.</param>
internal sealed partial class ReloadLog(ILogger<ReloadLog> log, EventFeed? events = null, Shard? shard = null)
{
    /// <summary>The longest error in characters: it may quote the file.</summary>
    private const int Longest = 1000;

    /// <summary>Targets that have an event of their own after a reload; more would push out what happened before.</summary>
    private const int MostNamed = 50;

    public void Reloaded(string file, Configuration before, Configuration after)
    {
        var targets = TargetDifference.Between(before.Targets, after.Targets);
        Tell(file, after, targets);
        if (!log.IsEnabled(LogLevel.Information)) return;
        var (added, removed, changed) = (TargetDifference.Names(targets.Added), TargetDifference.Names(targets.Removed), TargetDifference.Names(targets.Changed));
        var credentials = TargetDifference.Names(after.Identities.Except(before.Identities).Select(identity => identity.Name));
        var trusts = TargetDifference.Names(after.Trusts.Except(before.Trusts).Select(trust => trust.Name));
        LogReloaded(file, after.Targets.Count, added, removed, changed, credentials, trusts);
    }

    /// <param name="where">The key of the pattern.</param>
    public void FitsNothing(string file, string where) => LogFitsNothing(file, where);

    public void Refused(string file, ValueList<ConfigurationError> errors)
    {
        foreach (var error in errors)
        {
            var hint = error.Hint is null ? "" : $". Hint: {error.Hint}";
            var line = VisibleText.Of($"{error with { Hint = null }}{hint}".ReplaceLineEndings(" "), Longest, ascii: false);
            LogError(line);
        }

        LogRefused(file, errors.Count);
        events?.Add(new FleetEvent
        {
            Topic = EventTopic.Configuration,
            Tone = EventTone.Bad,
            Text = $"the configuration is refused, and the previous one stays in use: {(errors[0] with { Hint = null }).ToString()}{(errors.Count > 1 ? $" and {errors.Count - 1} more" : "")}",
        });
    }

    public void Failed(Exception fault, string file)
    {
        if (fault is OutOfMemoryException) LogScarce(file);
        else LogFailed(fault, file);
    }

    private void Tell(string file, Configuration after, TargetDifference targets)
    {
        if (events is null) return;
        events.Add(new FleetEvent
        {
            Topic = EventTopic.Configuration,
            Tone = EventTone.Good,
            Text = $"{file} was reloaded: {Counts.Of(after.Targets.Count, "target")}; added: {TargetDifference.Names(targets.Added)}; removed: {TargetDifference.Names(targets.Removed)}; changed: {TargetDifference.Names(targets.Changed)}",
        });
        TellOf(targets.Removed, "was removed from the configuration");
        TellOf(targets.Added, "was added to the configuration");
        TellOf(targets.Changed, "was changed in the configuration");

        void TellOf(IEnumerable<string> names, string text)
        {
            foreach (var name in names.Where(name => shard is null || shard.Owns(name)).Take(MostNamed))
                events.Add(new FleetEvent { Topic = EventTopic.Targets, Tone = EventTone.Neutral, Target = name, Text = text });
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message =
        "{File} reloaded: {Targets} targets; added: {Added}; removed: {Removed}; changed: {Changed}; new or changed identities: {Identities}; trust: {Trusts}")]
    private partial void LogReloaded(string file, int targets, string added, string removed, string changed, string identities, string trusts);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File}: {Where} fits no file")]
    private partial void LogFitsNothing(string file, string where);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Error}")]
    private partial void LogError(string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "{File} has errors and was not loaded ({Errors}); the previous configuration stays in use")]
    private partial void LogRefused(string file, int errors);

    [LoggerMessage(Level = LogLevel.Error, Message = "Reloading {File} failed because memory, threads or file descriptors ran out; it will be tried again")]
    private partial void LogScarce(string file);

    [LoggerMessage(Level = LogLevel.Error, Message = "Reloading {File} failed because of a bug in MtlsProbe; please report it")]
    private partial void LogFailed(Exception fault, string file);
}

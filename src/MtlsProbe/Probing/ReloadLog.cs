using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Probing;

/// <summary>Says how each reload of the configuration went.</summary>
internal sealed partial class ReloadLog(ILogger<ReloadLog> log)
{
    /// <summary>How many target names a line holds.</summary>
    private const int MostNames = 10;

    /// <summary>The longest error in characters: it may quote the file.</summary>
    private const int Longest = 1000;

    public void Reloaded(string file, Configuration before, Configuration after)
    {
        if (!log.IsEnabled(LogLevel.Information)) return;
        var old = before.Targets.ToDictionary(target => target.Name);
        var added = Names(after.Targets.Where(target => !old.ContainsKey(target.Name)).Select(target => target.Name));
        var removed = Names(old.Keys.Except(after.Targets.Select(target => target.Name)));
        var changed = Names(after.Targets.Where(target => old.TryGetValue(target.Name, out var was) && was != target).Select(target => target.Name));
        var credentials = Names(after.Identities.Except(before.Identities).Select(identity => identity.Name));
        var trusts = Names(after.Trusts.Except(before.Trusts).Select(trust => trust.Name));
        LogReloaded(file, after.Targets.Count, added, removed, changed, credentials, trusts);
    }

    public void Refused(string file, ValueList<ConfigurationError> errors)
    {
        foreach (var error in errors)
        {
            var hint = error.Hint is null ? "" : $". Hint: {error.Hint}";
            var line = VisibleText.Of($"{error with { Hint = null }}{hint}".ReplaceLineEndings(" "), Longest, ascii: false);
            LogError(line);
        }

        LogRefused(file, errors.Count);
    }

    public void Failed(Exception fault, string file) => LogFailed(fault, file);

    private static string Names(IEnumerable<string> targets)
    {
        var names = targets.ToList();
        return names.Count switch
        {
            0 => "none",
            <= MostNames => string.Join(", ", names),
            _ => $"{string.Join(", ", names.Take(MostNames))} and {names.Count - MostNames} more",
        };
    }

    [LoggerMessage(Level = LogLevel.Information, Message =
        "{File} reloaded: {Targets} targets; added: {Added}; removed: {Removed}; changed: {Changed}; new or changed identities: {Identities}; trust: {Trusts}")]
    private partial void LogReloaded(string file, int targets, string added, string removed, string changed, string identities, string trusts);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Error}")]
    private partial void LogError(string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "{File} is refused for its errors ({Errors}); the configuration that was running goes on")]
    private partial void LogRefused(string file, int errors);

    [LoggerMessage(Level = LogLevel.Error, Message = "Reloading {File} failed by a fault of this program; please report it")]
    private partial void LogFailed(Exception fault, string file);
}

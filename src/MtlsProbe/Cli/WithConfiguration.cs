using System.CommandLine;
using MtlsProbe.Config;
using MtlsProbe.Discovery;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Cli;

/// <summary>Common code of every command with a configuration file: reads the file, discovers targets, and reports usage errors.</summary>
internal static class WithConfiguration
{
    /// <summary>
    /// Runs the work with the configuration and its discovered targets. It does not run if discovered targets are missing, unless those that are
    /// chosen are named one by one: a good result for a part of the fleet would be taken as one for all of it.
    /// </summary>
    /// <param name="work">Gets the configuration, and its path for messages. It can throw a <see cref="UsageException"/>.</param>
    /// <returns>The exit code of the work, or <see cref="ExitCode.Usage"/>.</returns>
    public static async Task<int> RunAsync(
        ConfigFile configFile, TargetChoice choice, ParseResult parsed, Surroundings surroundings, Func<Configuration, string, Task<int>> work, CancellationToken stop)
    {
        var file = configFile.PathIn(parsed);
        var read = configFile.Load(parsed);
        if (read.Configuration is null)
        {
            foreach (var error in read.Errors) surroundings.Error.WriteLine(error.ToString());
            return ExitCode.Usage;
        }

        try
        {
            var (configuration, isComplete) = await WithDiscoveredAsync(read, file, surroundings, stop);
            if (!isComplete && !choice.IsByName(parsed))
                throw new UsageException("some targets are missing, so the result would not cover all of them", "fix the discovery sources, or name the targets: --target NAME");
            return await work(configuration, file);
        }
        catch (UsageException mistake)
        {
            surroundings.Error.WriteLine($"mtlsprobe: {mistake.Message}");
            return ExitCode.Usage;
        }
    }

    /// <summary>Adds the targets that the discovery sources deliver now. A source that fails, and targets that are left out, are reported.</summary>
    /// <param name="read">A good one.</param>
    /// <returns>Whether every source has delivered all of its targets, and none of them is left out.</returns>
    public static async Task<(Configuration Configuration, bool IsComplete)> WithDiscoveredAsync(ConfigurationResult read, string file, Surroundings surroundings, CancellationToken stop)
    {
        if (read.Configuration is { Discoveries.Count: 0 } alone) return (alone, true);
        using var waiting = new Waiting(surroundings, "discovering targets …");
        var (configuration, sets) = await DiscoveryLook.RunAsync(read, file, surroundings.Time, stop);
        var isComplete = true;
        foreach (var set in sets.Skip(1))
        {
            if (set.Fault is { } fault)
            {
                isComplete = false;
                surroundings.Error.WriteLine($"mtlsprobe: discovery source {set.Name} delivers {(set.Targets.Count == 0 ? "no targets" : "only some of its targets")}: {VisibleText.Of(fault, 1000, ascii: false)}");
            }

            if (set.RejectedCount + set.LeftOut.Count is > 0 and var leftOut)
            {
                isComplete = false;
                surroundings.Error.WriteLine($"mtlsprobe: {Counts.Of(leftOut, "target")} of discovery source {set.Name} {(leftOut == 1 ? "is" : "are")} left out; for the reasons: mtlsprobe check-config --discovery {file}");
            }
        }

        return (configuration, isComplete);
    }
}

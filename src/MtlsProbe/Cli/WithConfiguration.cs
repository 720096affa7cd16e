using MtlsProbe.Config;
using MtlsProbe.Discovery;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Cli;

/// <summary>Common code of every command with a configuration file: reads the file, and reports usage errors.</summary>
internal static class WithConfiguration
{
    /// <param name="read">The configuration as read from the file.</param>
    /// <param name="file">Its path, for messages.</param>
    /// <param name="work">It can throw a <see cref="UsageException"/>.</param>
    /// <returns>The exit code of the work, or <see cref="ExitCode.Usage"/>.</returns>
    public static async Task<int> RunAsync(ConfigurationResult read, string file, Surroundings surroundings, Func<Configuration, Task<int>> work, CancellationToken stop)
    {
        if (read.Configuration is null)
        {
            foreach (var error in read.Errors) surroundings.Error.WriteLine(error.ToString());
            return ExitCode.Usage;
        }

        try
        {
            return await work(await WithDiscoveredAsync(read, file, surroundings, stop));
        }
        catch (UsageException mistake)
        {
            surroundings.Error.WriteLine($"mtlsprobe: {mistake.Message}");
            return ExitCode.Usage;
        }
    }

    /// <summary>
    /// Adds the targets that the discovery sources deliver now. If a source fails, that is reported, and the command continues without it.
    /// </summary>
    /// <param name="read">A good one.</param>
    public static async Task<Configuration> WithDiscoveredAsync(ConfigurationResult read, string file, Surroundings surroundings, CancellationToken stop)
    {
        if (read.Configuration is { Discoveries.Count: 0 } alone) return alone;
        using var waiting = new Waiting(surroundings, "discovering targets …");
        var (configuration, sets) = await DiscoveryLook.RunAsync(read, file, surroundings.Time, stop);
        foreach (var set in sets.Skip(1))
        {
            if (set.Fault is { } fault) surroundings.Error.WriteLine($"mtlsprobe: discovery source {set.Name} delivers {(set.Targets.Count == 0 ? "no targets" : "only some of its targets")}: {VisibleText.Of(fault, 1000, ascii: false)}");
            if (set.RejectedCount + set.LeftOut.Count is > 0 and var leftOut)
                surroundings.Error.WriteLine($"mtlsprobe: {Counts.Of(leftOut, "target")} of discovery source {set.Name} {(leftOut == 1 ? "is" : "are")} left out; for the reasons: mtlsprobe check-config --discovery {file}");
        }

        return configuration;
    }
}

using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Cli;

/// <summary>Common code of every command with a configuration file: reads the file, and reports usage errors.</summary>
internal static class WithConfiguration
{
    /// <param name="read">As it came from the file.</param>
    /// <param name="work">May throw a <see cref="UsageException"/>.</param>
    /// <returns>The exit code: that of the work, or <see cref="ExitCode.Usage"/>.</returns>
    public static async Task<int> RunAsync(ConfigurationResult read, Surroundings surroundings, Func<Configuration, Task<int>> work)
    {
        var (configuration, errors) = read;
        if (configuration is null)
        {
            foreach (var error in errors) surroundings.Error.WriteLine(error.ToString());
            return ExitCode.Usage;
        }

        try
        {
            return await work(configuration);
        }
        catch (UsageException mistake)
        {
            surroundings.Error.WriteLine($"mtlsprobe: {mistake.Message}");
            return ExitCode.Usage;
        }
    }
}

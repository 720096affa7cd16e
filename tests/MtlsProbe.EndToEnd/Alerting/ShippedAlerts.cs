using System.Globalization;
using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>The rules and the example for Alertmanager as they are shipped, made fit for a test in the documented ways only.</summary>
internal static partial class ShippedAlerts
{
    public const string Watchdog = "MtlsProbeWatchdog";

    private static string Folder => Path.Combine(Repository.Root, "alerts");

    /// <summary>Shortens all durations of the rules with the script beside them, and returns the folder that it has written to.</summary>
    /// <param name="factor">60: 5 minutes become 5 seconds.</param>
    public static async Task<string> Shorten(Workspace workspace, int factor)
    {
        var folder = workspace.PathOf(string.Create(CultureInfo.InvariantCulture, $"rules-{factor}"));
        await using var script = ChildProcess.Start("shorten", "bash", [Path.Combine(Folder, "shorten"), factor.ToString(CultureInfo.InvariantCulture), folder]);
        Assert.True(await script.Exit(TimeSpan.FromSeconds(60)) == 0, script.Output);
        return folder;
    }

    /// <summary>The example with the place of its receivers, and a second where it waits to gather alerts, or to repeat the watchdog.</summary>
    public static string Alertmanager(int webhookPort)
    {
        var example = File.ReadAllText(Path.Combine(Folder, "alertmanager.example.yml"));
        var here = Receivers().Replace(example, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{webhookPort}/"));
        return Waits().Replace(here, "$1 1s");
    }

    [GeneratedRegex(@"http://[a-z-]+\.example\.invalid/")]
    private static partial Regex Receivers();

    [GeneratedRegex(@"(group_wait:|group_interval:|repeat_interval:(?= 1m)) \d+[smhd]")]
    private static partial Regex Waits();
}

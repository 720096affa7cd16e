using System.Diagnostics;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Rotation;

/// <summary>A fact that the series must show.</summary>
/// <param name="Target">The target of the fact.</param>
/// <param name="Identity">The credential of the fact.</param>
/// <param name="Sentence">What must be seen.</param>
internal sealed record Truth(string Target, string Identity, string Slot, string Sentence, Func<MetricsText, bool> Holds)
{
    /// <summary>
    /// Whether the series contradict it. Silence is different: a probe on a busy machine sometimes has to leave open whether it was accepted.
    /// </summary>
    public Func<MetricsText, bool> Denied { get; private init; } = metrics => !Holds(metrics);

    /// <summary>A series has this value; null: there is no such series.</summary>
    public static Truth Value(
        string target, string identity, string slot, double? value, string name, params IReadOnlyList<(string Name, string Value)> labels)
    {
        var truth = new Truth(
            target, identity, slot, $"{name} {value?.ToString() ?? "absent"} {string.Join(' ', labels.Select(label => $"{label.Name}={label.Value}"))}",
            metrics => Seen(metrics) == value);
        return name switch
        {
            "mtlsprobe_success" => truth with { Denied = _ => false }, // an undecided probe is no success either
            _ when name.EndsWith("_info", StringComparison.Ordinal) => truth, // its value is in its labels
            _ => truth with { Denied = metrics => Seen(metrics) is { } seen && seen != value },
        };

        double? Seen(MetricsText metrics) => metrics.Value(name, [("target", target), .. labels]);
    }

    public double Handshakes(MetricsText metrics) =>
        metrics.Sum("mtlsprobe_handshakes_total", ("target", Target), ("identity", Identity), ("slot", Slot));

    public override string ToString() => $"{Target} {Identity} {Slot}: {Sentence}";
}

/// <summary>Waits until the series show the facts.</summary>
internal static class Truths
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>
    /// A handshake that is in progress during a change can still show the old state; the next one must show the new state. So two probes are as much
    /// as an interval, on a machine of any speed.
    /// </summary>
    private const int Interval = 2;

    /// <summary>Waits until one scrape shows all of it, within seconds or, on a busy machine, later.</summary>
    public static Task<MetricsText> Says(this Exporter exporter, IReadOnlyList<Truth> truths, string when) => Says(exporter, truths, when, null);

    /// <summary>The same after a change of servers: an interval later, no series may contradict it.</summary>
    public static async Task<MetricsText> SaysWithinAnInterval(this Exporter exporter, IReadOnlyList<Truth> truths, string when)
    {
        var start = await exporter.Scrape();
        return await Says(exporter, truths, when, truths.ToDictionary(truth => truth, truth => truth.Handshakes(start) + Interval));
    }

    private static async Task<MetricsText> Says(Exporter exporter, IReadOnlyList<Truth> truths, string when, Dictionary<Truth, double>? limits)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var metrics = await exporter.Scrape();
            var unsaid = truths.Where(truth => !truth.Holds(metrics)).ToList();
            if (unsaid.Count == 0) return metrics;
            var late = limits is null ? [] : unsaid.Where(truth => truth.Denied(metrics) && truth.Handshakes(metrics) >= limits[truth]).ToList();
            if (late.Count > 0) Fail($"{when}: false after an interval", late, metrics);
            if (Stopwatch.GetElapsedTime(start) > Patience) Fail($"{when}: not said", unsaid, metrics);
            await Task.Delay(500);
        }

        void Fail(string what, List<Truth> unsaid, MetricsText metrics)
        {
            var targets = unsaid.Select(truth => truth.Target).Distinct().Take(2).ToList();
            var series = metrics.Text.Split('\n').Where(line => targets.Exists(target => line.Contains($"target=\"{target}\"", StringComparison.Ordinal)));
            var log = exporter.Process.Output.Split('\n').Where(line => targets.Exists(target => line.Contains(target, StringComparison.Ordinal)));
            Assert.Fail($"{what}, {unsaid.Count} of {truths.Count}:\n{string.Join('\n', unsaid.Take(30))}\n---\n{string.Join('\n', series)}\n---\n{string.Join('\n', log)}");
        }
    }
}

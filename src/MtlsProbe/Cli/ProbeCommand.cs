using System.CommandLine;
using System.Text.Json;
using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Terminal;
using MtlsProbe.Text;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe probe</c>: one diagnosis now, for a person or as records.</summary>
internal sealed class ProbeCommand(ProbeOptions options, Surroundings surroundings)
{
    /// <summary>Probes under way at once: enough for a fleet with many silent targets, few enough for a laptop.</summary>
    private const int Concurrency = 64;

    public static Command Create(Surroundings surroundings)
    {
        var options = new ProbeOptions(surroundings.Protocols);
        var command = new ExampledCommand(
            "probe",
            "Probe targets once and say how far it got, who refused whom and why, and what to do. Exit code 1 unless all succeeded.",
            "mtlsprobe probe payments --config.file mtlsprobe.yml",
            "mtlsprobe probe --all --config.file mtlsprobe.yml --output json",
            "mtlsprobe probe payments.internal:8443 --cert client.crt --key client.key --ca root.crt",
            "mtlsprobe probe 10.0.0.7:5671 --server-name mq.internal --protocol tls --pkcs12 client.p12 --key-passphrase-file client.pass",
            "mtlsprobe probe example.com --http-path /healthz --http-expect-status 200-299",
            "mtlsprobe probe postgres://db.internal smtp://mail.internal --cert client.crt --key client.key")
        {
            Also = ("Protocols, and their ports where none is given", [.. options.Listed]),
        };
        options.AddTo(command);
        command.SetAction((parsed, stop) => new ProbeCommand(options, surroundings).RunAsync(parsed, stop));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        var (configuration, targets, mistakes) = parsed.GetValue(options.ConfigFile) is { } file ? Configured(parsed, file) : AdHoc(parsed);
        if (configuration is null || mistakes.Count > 0)
        {
            foreach (var mistake in mistakes) surroundings.Error.WriteLine(mistake);
            return ExitCode.Usage;
        }

        var timeout = parsed.GetValue(options.Timeout);
        var log = new LogSettings(LogSettings.LevelOf(parsed.GetRequiredValue(options.LogLevel)), new TextLogFormat());
        var isFleet = parsed.GetValue(options.ConfigFile) is not null;
        var results = await ProbeAsync(configuration, targets, isFleet, timeout, log, stop);
        if (parsed.GetValue(options.Output) == "json") surroundings.Output.WriteLine(JsonSerializer.Serialize(results, ProbeResultJson.Pretty.IReadOnlyListProbeResult));
        else WriteText(results);
        return results.All(result => result.Success) ? ExitCode.Good : ExitCode.Bad;
    }

    private (Configuration? Configuration, IReadOnlyList<Target> Targets, IReadOnlyList<string> Mistakes) AdHoc(ParseResult parsed)
    {
        var (configuration, mistakes) = AdHocTargets.From(parsed, options);
        return (configuration, configuration?.Targets ?? [], [.. mistakes.Select(mistake => $"mtlsprobe: {mistake}")]);
    }

    private (Configuration? Configuration, IReadOnlyList<Target> Targets, IReadOnlyList<string> Mistakes) Configured(ParseResult parsed, string file)
    {
        var (configuration, errors) = ConfigurationFile.Load(file, surroundings.Protocols);
        if (configuration is null) return (null, [], [.. errors.Select(error => error.ToString())]);
        if (parsed.GetValue(options.All)) return (configuration, configuration.Targets, []);

        List<Target> targets = [];
        List<string> mistakes = [];
        foreach (var name in parsed.GetValue(options.Targets) ?? [])
        {
            if (configuration.Targets.FirstOrDefault(target => target.Name == name) is { } target) targets.Add(target);
            else mistakes.Add(UnknownTarget(name, file, configuration));
        }

        return (configuration, targets, mistakes);
    }

    private static string UnknownTarget(string name, string file, Configuration configuration)
    {
        var names = configuration.Targets.Select(target => target.Name).ToList();
        var hint = HostPort.TryParse(name) is not null ? "leave --config.file out to probe an address"
            : Spelling.DidYouMean(name, names)
            ?? $"it names {string.Join(", ", names.Take(10))}{(names.Count > 10 ? FormattableString.Invariant($" and {names.Count - 10:N0} more") : "")}";
        return $"mtlsprobe: {file} has no target \"{name}\"\n  hint: {hint}";
    }

    /// <summary>In the order of the targets.</summary>
    /// <param name="isFleet">Whether they belong together, so that what one presents says something of the others.</param>
    private async Task<IReadOnlyList<ProbeResult>> ProbeAsync(
        Configuration configuration, IReadOnlyList<Target> targets, bool isFleet, TimeSpan timeout, LogSettings log, CancellationToken stop)
    {
        using var logs = Logging.Create(log);
        var stack = new ProbeStack(surroundings.Time, logs, SystemTrust.Locate(surroundings.Environment), once: true, isFleet);
        stack.Materials.Follow(configuration);
        var survey = stack.Survey();
        var jobs = await PlanAsync(survey, targets, stop);
        using var progress = new Progress(surroundings, jobs.Count);
        return await survey.RunAsync(jobs, timeout > TimeSpan.Zero ? ProbeTime.Patient(timeout) : null, Concurrency, progress.OneDone, stop);
    }

    private async Task<IReadOnlyList<ProbeJob>> PlanAsync(Survey survey, IReadOnlyList<Target> targets, CancellationToken stop)
    {
        using var waiting = Waiting.ForNames(surroundings, targets.Count(target => target.Addresses == AddressChoice.All));
        return await survey.PlanAsync(targets, stop);
    }

    private void WriteText(IReadOnlyList<ProbeResult> results)
    {
        SurveyText.Write(results, surroundings.Output, surroundings.OutputIsColored, surroundings.Time.GetUtcNow());
        if (results.Count < 2) return;
        surroundings.Output.WriteLine();
        var bad = results.Where(result => !result.Success).Select(result => result.Target).Distinct().ToList();
        surroundings.Output.WriteLine(bad.Count == 0
            ? FormattableString.Invariant($"All {results.Count:N0} probes succeeded.")
            : FormattableString.Invariant($"{results.Count(result => !result.Success):N0} of {results.Count:N0} probes did not succeed: {string.Join(", ", bad)}"));
    }
}

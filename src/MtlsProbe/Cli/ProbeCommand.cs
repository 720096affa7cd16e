using System.CommandLine;
using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe probe</c>: a diagnosis now, for people or as records.</summary>
internal sealed class ProbeCommand(ProbeOptions options, Surroundings surroundings)
{
    /// <summary>Maximum concurrent probes: enough for a fleet with many silent targets, few enough for a laptop.</summary>
    private const int Concurrency = 64;

    /// <summary>The time between the rounds of --watch.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    public static Command Create(Surroundings surroundings)
    {
        var options = new ProbeOptions(surroundings.Protocols, surroundings.DefaultConfiguration);
        var command = new ExampledCommand(
            "probe",
            "Probe targets once and show how far each probe got, which side refused and why, and what to do. Exit code 1 unless all succeeded.",
            "mtlsprobe probe payments --config.file mtlsprobe.yml",
            "mtlsprobe probe --all --config.file mtlsprobe.yml",
            "mtlsprobe probe --label team=money --failed-only --config.file mtlsprobe.yml",
            "mtlsprobe probe payments --watch --config.file mtlsprobe.yml",
            "mtlsprobe probe payments.internal:8443 --cert client.crt --key client.key --ca root.crt",
            "mtlsprobe probe 10.0.0.7:5671 --server-name mq.internal --protocol tls --pkcs12 client.p12 --key-passphrase-file client.pass",
            "mtlsprobe probe payments.internal:8443 --spiffe unix:///run/spire/agent.sock",
            "mtlsprobe probe example.com --http-path /healthz --http-expect-status 200-299",
            "mtlsprobe probe postgres://db.internal smtp://mail.internal --cert client.crt --key client.key")
        {
            Also = ("Protocols, and their default ports", [.. options.Listed]),
        };
        options.AddTo(command);
        command.SetAction((parsed, stop) => new ProbeCommand(options, surroundings).RunAsync(parsed, stop));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        var areConfigured = options.AreConfigured(parsed.CommandResult);
        var request = areConfigured ? await ConfiguredAsync(parsed, stop) : AdHoc(parsed);
        if (request.Configuration is not { } configuration || request.Mistakes.Count > 0)
        {
            foreach (var mistake in request.Mistakes) surroundings.Error.WriteLine(mistake);
            return ExitCode.Usage;
        }

        var form = new ProbeForm(
            IsFleet: request.IsChosen, OnlyFailed: parsed.GetValue(options.FailedOnly), Verbose: parsed.GetValue(options.Verbose),
            Json: parsed.GetValue(options.Output) == "json");
        var timeout = parsed.GetValue(options.Timeout);
        var log = new LogSettings(LogSettings.LevelOf(parsed.GetRequiredValue(options.LogLevel)), new TextLogFormat());
        var isWatch = parsed.GetValue(options.Watch);
        using var logs = Logging.Create(log);
        var stack = new ProbeStack(surroundings.Time, logs, SystemTrust.Locate(surroundings.Environment), once: !isWatch, areConfigured, surroundings.Environment);
        stack.Materials.Follow(configuration);
        await EvidenceLoading.FollowAsync(stack.Evidence, configuration, surroundings, stop);
        if (isWatch) await WatchAsync(stack, request.Targets, timeout, form, parsed.GetResult(options.Interval) is null ? s_interval : parsed.GetValue(options.Interval), stop);
        var results = await ProbeAsync(stack, request.Targets, timeout, stop);
        form.Write(results, surroundings);
        if (!request.IsComplete) surroundings.Error.WriteLine("mtlsprobe: some targets are missing, as reported above, so this result does not cover all of them");
        return request.IsComplete && results.Count > 0 && results.All(result => result.Success) ? ExitCode.Good : ExitCode.Bad;
    }

    /// <summary>Runs until it is stopped. Credentials and evidence are followed meanwhile: renewed ones are used.</summary>
    private async Task WatchAsync(ProbeStack stack, IReadOnlyList<Target> targets, TimeSpan timeout, ProbeForm form, TimeSpan interval, CancellationToken stop)
    {
        var following = Task.WhenAll(stack.Materials.RunAsync(_ => { }, stop), stack.Evidence.RunAsync(_ => { }, stop));
        var watch = new ProbeWatch(surroundings);
        try
        {
            while (!following.IsFaulted)
            {
                var results = await ProbeAsync(stack, targets, timeout, stop);
                if (watch.IsFirst) form.Write(results, surroundings);
                watch.Tell(results);
                await Task.Delay(interval, surroundings.Time, stop);
            }

            await following;
        }
        finally
        {
            watch.Clear();
        }
    }

    private Request AdHoc(ParseResult parsed)
    {
        foreach (var word in options.AlsoConfigured(parsed))
        {
            var file = options.ConfigFile.PathIn(parsed);
            surroundings.Error.WriteLine($"mtlsprobe: note: {word} is taken as an address; for the target with this name in {file}, add {ConfigFile.Name} {file}");
        }

        var (configuration, mistakes) = AdHocTargets.From(parsed, options);
        return new(configuration, configuration?.Targets ?? [], [.. mistakes.Select(mistake => $"mtlsprobe: {mistake}")], IsChosen: false);
    }

    private async Task<Request> ConfiguredAsync(ParseResult parsed, CancellationToken stop)
    {
        var file = options.ConfigFile.PathIn(parsed);
        var read = options.ConfigFile.Load(parsed);
        if (read.Configuration is null) return new(null, [], [.. read.Errors.Select(error => error.ToString())], IsChosen: false);

        // Sources are not asked if the configuration has every requested target.
        var names = parsed.GetValue(options.Targets) ?? [];
        var isKnown = names.Length > 0 && names.All(name => read.Configuration.Targets.Any(target => target.Name == name));
        var (configuration, isComplete) = isKnown ? (read.Configuration, true) : await WithConfiguration.WithDiscoveredAsync(read, file, surroundings, stop);
        try
        {
            if (names.Length == 0) return new(configuration, options.Choice.Among(configuration, parsed, file), [], IsChosen: true) { IsComplete = isComplete };
        }
        catch (UsageException mistake)
        {
            return new(null, [], [$"mtlsprobe: {mistake.Message}"], IsChosen: true);
        }

        List<Target> targets = [];
        List<string> mistakes = [];
        foreach (var name in names)
        {
            try
            {
                targets.Add(TargetChoice.Require(name, configuration, file));
            }
            catch (UsageException mistake)
            {
                mistakes.Add($"mtlsprobe: {mistake.Message}");
            }
        }

        return new(configuration, targets, mistakes, IsChosen: false);
    }

    /// <summary>In the order of the targets.</summary>
    private async Task<IReadOnlyList<ProbeResult>> ProbeAsync(ProbeStack stack, IReadOnlyList<Target> targets, TimeSpan timeout, CancellationToken stop)
    {
        var survey = stack.Survey();
        var jobs = await PlanAsync(survey, targets, stop);
        return await EvidenceLoading.ProbeAsync(stack.Evidence, RunAsync, surroundings, stop);

        async Task<IReadOnlyList<ProbeResult>> RunAsync()
        {
            using var progress = new Progress(surroundings, jobs.Count);
            return await survey.RunAsync(jobs, timeout > TimeSpan.Zero ? ProbeTime.Patient(timeout) : null, Concurrency, progress.OneDone, stop);
        }
    }

    private async Task<IReadOnlyList<ProbeJob>> PlanAsync(Survey survey, IReadOnlyList<Target> targets, CancellationToken stop)
    {
        using var waiting = Waiting.ForNames(surroundings, targets.Count(target => target.Addresses == AddressChoice.All));
        return await survey.PlanAsync(targets, stop);
    }

    /// <summary>What to probe, or why nothing is probed.</summary>
    /// <param name="IsChosen">Whether the targets are selected from the configuration and not named one by one.</param>
    private sealed record Request(Configuration? Configuration, IReadOnlyList<Target> Targets, IReadOnlyList<string> Mistakes, bool IsChosen)
    {
        /// <summary>Whether all targets are known from which they are selected.</summary>
        public bool IsComplete { get; init; } = true;
    }
}

using System.CommandLine;
using System.Text.Json;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Rotation;
using MtlsProbe.Terminal;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe matrix</c>: who may call whom, expected and actual.</summary>
internal sealed class MatrixCommand(MatrixOptions options, Surroundings surroundings)
{
    /// <summary>Maximum concurrent probes, as for <c>probe</c>.</summary>
    private const int Concurrency = 64;

    public static Command Create(Surroundings surroundings)
    {
        var options = new MatrixOptions(surroundings);
        var command = new ExampledCommand(
            "matrix",
            "Show which identity each target accepts and refuses, expected and actual. Exit code 1 unless every expectation is proven.",
            "mtlsprobe matrix --config.file mtlsprobe.yml",
            "mtlsprobe matrix --config.file mtlsprobe.yml --label team=money --output json",
            "mtlsprobe matrix --config.file mtlsprobe.yml --output policy > access.yml",
            "mtlsprobe matrix --config.file mtlsprobe.yml --all --rate 5");
        options.AddTo(command);
        command.SetAction((parsed, stop) => new MatrixCommand(options, surroundings).RunAsync(parsed, stop));
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken stop) => WithConfiguration.RunAsync(
        options.ConfigFile, options.Choice, parsed, surroundings, (configuration, file) => ProveAsync(configuration, file, parsed, stop), stop);

    /// <exception cref="UsageException">Something that is named does not exist.</exception>
    private async Task<int> ProveAsync(Configuration configuration, string file, ParseResult parsed, CancellationToken stop)
    {
        var targets = options.Choice.Among(configuration, parsed, file).ToList();
        var identities = IdentitiesOf(parsed, configuration, file);
        var report = await ReportAsync(parsed, configuration, targets, identities, stop);
        Write(report, parsed.GetRequiredValue(options.Output), file);
        return report.Holds ? ExitCode.Good : ExitCode.Bad;
    }

    /// <summary>No certificate first, then in the order of the configuration.</summary>
    /// <exception cref="UsageException">There is no identity with a given name.</exception>
    private ValueList<string> IdentitiesOf(ParseResult parsed, Configuration configuration, string file)
    {
        ValueList<string> all = [Identity.None, .. configuration.Identities.Select(identity => identity.Name)];
        var names = parsed.GetValue(options.Identities) ?? [];
        if (Array.Find(names, name => !all.Contains(name)) is { } unknown)
            throw new UsageException($"{file} has no identity \"{unknown}\"", Spelling.DidYouMean(unknown, all) ?? $"it names {all.Some()}");
        return names.Length == 0 ? all : [.. all.Where(names.Contains)];
    }

    /// <param name="identities">Those that are shown.</param>
    private async Task<AccessReport> ReportAsync(ParseResult parsed, Configuration configuration, List<Target> targets, ValueList<string> identities, CancellationToken stop)
    {
        using var logs = Logging.Create(new LogSettings(LogSettings.LevelOf(parsed.GetRequiredValue(options.LogLevel)), new TextLogFormat()));
        var stack = new ProbeStack(surroundings.Time, logs, SystemTrust.Locate(surroundings.Environment), once: true, environment: surroundings.Environment);
        stack.Materials.Follow(configuration);
        await EvidenceLoading.FollowAsync(stack.Evidence, configuration, surroundings, stop);
        var isAll = parsed.GetValue(options.All);
        var rate = !isAll ? 0 : parsed.GetValue(options.Rate) is > 0 and var given ? given : MatrixOptions.DefaultRate;

        // Credentials that must be accepted are probed even if they are not shown: while the server accepts none, a close does not prove a refusal.
        ValueList<string> asked = isAll ? identities : [];
        var planned = targets.ConvertAll(target => Planned(target, asked, identities));
        var survey = new Survey(
            isAll ? PacedBy(new Pace(rate, surroundings.Time), stack) : stack.Probe, stack.Resolve,
            (identity, slot) => slot == Slot.Current ? stack.Materials.Handle(identity, slot) : CredentialHandle.Nothing, surroundings.Time, stack.Prober.Reconsider);
        var jobs = await PlanAsync(survey, planned, stop);
        var timeout = parsed.GetValue(options.Timeout);
        var results = await EvidenceLoading.ProbeAsync(stack.Evidence, RunAsync, surroundings, stop);

        var byTarget = jobs.Zip(results).ToLookup(one => one.First.Key.Target, one => (one.First.Key, (ProbeResult?)one.Second), StringComparer.Ordinal);
        var shown = identities.ToHashSet(StringComparer.Ordinal);
        List<AccessRow> rows = [.. targets.Select(target => AccessRow.Of(target, byTarget[target.Name], shown))];
        return AccessReport.Of(surroundings.Time.GetUtcNow(), [.. identities.Select(name => AccessIdentity.Of(name, stack.Materials.Credential(name, Slot.Current).Credential?.Leaf))], rows);

        async Task<IReadOnlyList<ProbeResult>> RunAsync()
        {
            using var progress = new Progress(surroundings, jobs.Count, rate);
            return await survey.RunAsync(jobs, timeout > TimeSpan.Zero ? ProbeTime.Patient(timeout) : null, Concurrency, progress.OneDone, stop);
        }
    }

    /// <summary>The identities to probe with: as configured and, on demand, all others, as credentials that should be refused.</summary>
    private static Target Planned(Target target, ValueList<string> asked, ValueList<string> shown)
    {
        var accepted = target.Accepted.ToHashSet(StringComparer.Ordinal);
        ValueList<string> refused = [.. target.MustReject.Where(shown.Contains)];
        return target with { MustReject = [.. refused, .. asked.Where(identity => !accepted.Contains(identity) && !refused.Contains(identity))] };
    }

    private static Func<ProbeJob, ProbeRun, CancellationToken, Task<ProbeResult>> PacedBy(Pace pace, ProbeStack stack) => async (job, run, stop) =>
    {
        await pace.TurnAsync(stop);
        return await stack.Probe(job, run, stop);
    };

    private async Task<IReadOnlyList<ProbeJob>> PlanAsync(Survey survey, IReadOnlyList<Target> targets, CancellationToken stop)
    {
        using var waiting = Waiting.ForNames(surroundings, targets.Count(target => target.Addresses == AddressChoice.All));
        return await survey.PlanAsync(targets, stop);
    }

    private void Write(AccessReport report, string form, string file)
    {
        if (form == "json") surroundings.Output.WriteLine(JsonSerializer.Serialize(report, AccessJson.Pretty.AccessReport));
        else if (form == "policy") PolicyYaml.Write(report, Path.GetFileName(file), surroundings.Output);
        else new MatrixText(surroundings.Pen, surroundings.OutputWidth).Write(report);
    }
}

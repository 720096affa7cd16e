using System.CommandLine;
using MtlsProbe.Certificates;
using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Rotation;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe preflight</c>: what a rollout would break.</summary>
internal sealed class PreflightCommand(PreflightOptions options, Surroundings surroundings)
{
    /// <summary>A manual rollout takes some days.</summary>
    private static readonly TimeSpan s_minOverlap = TimeSpan.FromDays(7);

    public static Command Create(Surroundings surroundings)
    {
        var options = new PreflightOptions(surroundings);
        var command = new ExampledCommand(
            "preflight",
            "Before a rollout: would every server accept the new client certificate (--identity), or still be trusted with the new anchors (--trust)? Exit code 1 unless all would.",
            "mtlsprobe preflight --identity checkout --config.file mtlsprobe.yml",
            "mtlsprobe preflight --identity checkout --config.file mtlsprobe.yml --cert new.crt --key new.key",
            "mtlsprobe preflight --identity checkout --config.file mtlsprobe.yml --pkcs12 new.p12 --key-passphrase-file new.pass --min-overlap 12h",
            "mtlsprobe preflight --identity checkout --config.file mtlsprobe.yml --label team=money --exclude legacy-payments",
            "mtlsprobe preflight --trust internal --config.file mtlsprobe.yml --ca new-root.crt --output json");
        options.AddTo(command);
        command.SetAction((parsed, stop) => new PreflightCommand(options, surroundings).RunAsync(parsed, stop));
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken stop) => WithConfiguration.RunAsync(
        options.ConfigFile, options.Choice, parsed, surroundings, (configuration, file) => CheckAsync(configuration, file, parsed, stop), stop);

    /// <exception cref="UsageException">Something that is named does not exist.</exception>
    private async Task<int> CheckAsync(Configuration configuration, string file, ParseResult parsed, CancellationToken stop)
    {
        using var logs = Logging.Create(new LogSettings(LogSettings.LevelOf(parsed.GetRequiredValue(options.LogLevel)), new TextLogFormat()));
        var request = new PreflightRequest
        {
            File = file,
            Configuration = configuration,
            Choice = options.Choice.Among(configuration, parsed, file).Select(target => target.Name).ToHashSet(StringComparer.Ordinal),
            Stack = new ProbeStack(surroundings.Time, logs, SystemTrust.Locate(surroundings.Environment), once: true, environment: surroundings.Environment),
            Timeout = parsed.GetValue(options.Timeout) is var timeout && timeout > TimeSpan.Zero ? timeout : null,
            Json = parsed.GetValue(options.Output) == "json",
        };
        return parsed.GetValue(options.Identity) is { } identity
            ? await new RolloutCheck(request, surroundings).RunAsync(identity, NewCredential(parsed), parsed.GetResult(options.MinOverlap) is null ? s_minOverlap : parsed.GetValue(options.MinOverlap), stop)
            : await new TrustCheck(request, surroundings).RunAsync(
                parsed.GetRequiredValue(options.Trust)!, [.. parsed.GetRequiredValue(options.Authorities).Select(Path.GetFullPath)], stop);
    }

    private CredentialSource? NewCredential(ParseResult parsed) =>
        GivenCredential.Of(parsed, options.Certificate, options.Key, options.Pkcs12, options.Passphrase, options.Pin);
}

/// <summary>The common parts of both forms of the command.</summary>
internal sealed record PreflightRequest
{
    /// <summary>The path of the configuration, for sentences.</summary>
    public required string File { get; init; }

    public required Configuration Configuration { get; init; }

    /// <summary>Names of the targets that may be probed; null: all.</summary>
    public IReadOnlySet<string>? Choice { get; init; }

    public required ProbeStack Stack { get; init; }

    public MaterialStore Materials => Stack.Materials;

    /// <summary>For each probe; null: that of its target.</summary>
    public TimeSpan? Timeout { get; init; }

    public bool Json { get; init; }

    /// <summary>Of the targets affected by the change: those that are probed, a warning that lists the others, and a remark for the summary.</summary>
    /// <exception cref="UsageException">None is left.</exception>
    public (IReadOnlyList<Target> Asked, ValueList<PreflightWarning> LeftOut, string Suffix) Chosen(IReadOnlyList<Target> concerned)
    {
        var left = concerned.Where(target => Choice?.Contains(target.Name) == false).Select(target => target.Name).ToList();
        if (left.Count == 0) return (concerned, [], "");
        if (left.Count == concerned.Count) throw new UsageException($"none of the chosen targets is among the {Counts.Of(left.Count, "target")} that this affects", $"it affects {left.Some()}");
        var sentence = $"{Counts.Of(left.Count, "target")} that this affects {(left.Count == 1 ? "was" : "were")} left out and not probed: {left.Some()}. This report does not cover {(left.Count == 1 ? "it" : "them")}.";
        return ([.. concerned.Where(target => Choice!.Contains(target.Name))], [new PreflightWarning("targets_left_out", sentence)], $" Not probed: {Counts.Of(left.Count, "target")}.");
    }

    /// <summary>The configured evidence of revocation about a credential with which the servers are already probed.</summary>
    public async Task<ValueList<CertificateRevocation>> RevocationAsync(ValueList<Certificate> chain, Surroundings surroundings, CancellationToken stop)
    {
        Stack.OwnRevocation.Of(chain); // so that the responders are asked about it
        await EvidenceLoading.LoadAsync(Stack.Evidence, surroundings, stop);
        return Stack.OwnRevocation.Of(chain).Lines;
    }

    /// <summary>Probes every server behind these targets; progress is shown on a terminal.</summary>
    /// <param name="replacement">Tested as the slot <c>next</c> of every target; null: none.</param>
    public async Task<ProbedServers> ProbeAsync(IReadOnlyList<Target> targets, CredentialHandle? replacement, Surroundings surroundings, CancellationToken stop)
    {
        await EvidenceLoading.FollowAsync(Stack.Evidence, Configuration, surroundings, stop);
        var servers = new ServerSurvey(new Survey(Stack.Probe, Stack.Resolve, Credential, surroundings.Time, Stack.Prober.Reconsider));
        var jobs = await PlanAsync();
        return await EvidenceLoading.ProbeAsync(Stack.Evidence, RunAsync, surroundings, stop);

        async Task<ProbedServers> RunAsync()
        {
            using var progress = new Progress(surroundings, jobs.Count);
            return await servers.ProbeAsync(targets, jobs, Timeout, progress.OneDone, stop);
        }

        async Task<IReadOnlyList<ProbeJob>> PlanAsync()
        {
            using var waiting = Waiting.ForNames(surroundings, targets.Count(target => target.Address.Literal is null));
            return await servers.PlanAsync(targets, stop);
        }

        CredentialHandle Credential(string identity, Slot slot) => slot == Slot.Current ? Materials.Handle(identity, slot) : replacement ?? CredentialHandle.Nothing;
    }
}

using System.CommandLine;
using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Rotation;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe preflight</c>: before a rollout, what would break?</summary>
internal sealed class PreflightCommand(PreflightOptions options, Surroundings surroundings)
{
    /// <summary>A rollout by people takes some days.</summary>
    private static readonly TimeSpan s_minOverlap = TimeSpan.FromDays(7);

    public static Command Create(Surroundings surroundings)
    {
        var options = new PreflightOptions();
        var command = new ExampledCommand(
            "preflight",
            "Before a rollout: would every server accept the new client certificate (--identity), or still be trusted with the new anchors (--trust)? Exit code 1 unless all would.",
            "mtlsprobe preflight --identity checkout --config.file mtlsprobe.yml",
            "mtlsprobe preflight --identity checkout --config.file mtlsprobe.yml --cert new.crt --key new.key",
            "mtlsprobe preflight --identity checkout --config.file mtlsprobe.yml --pkcs12 new.p12 --key-passphrase-file new.pass --min-overlap 12h",
            "mtlsprobe preflight --trust internal --config.file mtlsprobe.yml --ca new-root.crt --output json");
        options.AddTo(command);
        command.SetAction((parsed, stop) => new PreflightCommand(options, surroundings).RunAsync(parsed, stop));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        var file = parsed.GetRequiredValue(options.ConfigFile)!;
        var (configuration, errors) = ConfigurationFile.Load(file, surroundings.Protocols);
        if (configuration is null)
        {
            foreach (var error in errors) surroundings.Error.WriteLine(error.ToString());
            return ExitCode.Usage;
        }

        using var logs = Logging.Create(new LogSettings(LogSettings.LevelOf(parsed.GetRequiredValue(options.LogLevel)), new TextLogFormat()));
        var request = new PreflightRequest
        {
            File = file,
            Configuration = configuration,
            Stack = new ProbeStack(surroundings.Time, logs, SystemTrust.Locate(surroundings.Environment), once: true),
            Timeout = parsed.GetValue(options.Timeout) is var timeout && timeout > TimeSpan.Zero ? timeout : null,
            Json = parsed.GetValue(options.Output) == "json",
        };
        try
        {
            return parsed.GetValue(options.Identity) is { } identity
                ? await new RolloutCheck(request, surroundings).RunAsync(identity, NewCredential(parsed), parsed.GetResult(options.MinOverlap) is null ? s_minOverlap : parsed.GetValue(options.MinOverlap), stop)
                : await new TrustCheck(request, surroundings).RunAsync(
                    parsed.GetRequiredValue(options.Trust)!, [.. parsed.GetRequiredValue(options.Authorities).Select(Path.GetFullPath)], stop);
        }
        catch (UsageException mistake)
        {
            surroundings.Error.WriteLine($"mtlsprobe: {mistake.Message}");
            return ExitCode.Usage;
        }
    }

    private CredentialSource? NewCredential(ParseResult parsed)
    {
        string? File(Option<string?> option) => parsed.GetValue(option) is { } path ? Path.GetFullPath(path) : null;

        var passphrase = File(options.Passphrase);
        if (File(options.Pkcs12) is { } pkcs12) return new Pkcs12File(pkcs12, passphrase);
        return File(options.Certificate) is { } certificate ? new PemFiles(certificate, File(options.Key) ?? certificate, passphrase) : null;
    }
}

/// <summary>What both forms of the command share.</summary>
internal sealed record PreflightRequest
{
    /// <summary>The path of the configuration, for sentences.</summary>
    public required string File { get; init; }

    public required Configuration Configuration { get; init; }

    public required ProbeStack Stack { get; init; }

    public MaterialStore Materials => Stack.Materials;

    /// <summary>For each probe; null: what its target says.</summary>
    public TimeSpan? Timeout { get; init; }

    public bool Json { get; init; }

    /// <summary>Probes every server behind these targets; progress is shown to those who watch.</summary>
    /// <param name="replacement">What is tried as the slot <c>next</c> of every target; null: nothing is.</param>
    public async Task<ProbedServers> ProbeAsync(IReadOnlyList<Target> targets, CredentialHandle? replacement, Surroundings surroundings, CancellationToken stop)
    {
        var servers = new ServerSurvey(new Survey(Stack.Probe, Stack.Resolve, Credential, surroundings.Time, Stack.Prober.Reconsider));
        var jobs = await PlanAsync();
        using var progress = new Progress(surroundings, jobs.Count);
        return await servers.ProbeAsync(targets, jobs, Timeout, progress.OneDone, stop);

        async Task<IReadOnlyList<ProbeJob>> PlanAsync()
        {
            using var waiting = Waiting.ForNames(surroundings, targets.Count(target => target.Address.Literal is null));
            return await servers.PlanAsync(targets, stop);
        }

        CredentialHandle Credential(string identity, Slot slot) => slot == Slot.Current ? Materials.Handle(identity, slot) : replacement ?? CredentialHandle.Nothing;
    }
}

/// <summary>The command was called for something that is not there; the message says what, and a hint line how to mend it.</summary>
internal sealed class UsageException(string problem, string hint) : Exception($"{problem}\n  hint: {hint}");

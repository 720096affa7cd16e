using System.CommandLine;
using System.Text.Json;
using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Forecast;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Terminal;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Cli;

/// <summary>
/// <c>mtlsprobe forecast</c>: which handshakes will fail by a date if nothing is renewed, or without a certificate, from probes made now.
/// </summary>
internal sealed class ForecastCommand(ForecastOptions options, Surroundings surroundings)
{
    /// <summary>Maximum concurrent probes: most of a probe is silence.</summary>
    private const int Concurrency = 256;

    private static readonly TimeSpan s_within = TimeSpan.FromDays(30);

    public static Command Create(Surroundings surroundings)
    {
        var options = new ForecastOptions(surroundings);
        var command = new ExampledCommand(
            "forecast",
            "Probe every target now and show which handshakes will fail by a date, why, and what to renew; or which would fail without a certificate. Exit code 1 if any will fail.",
            "mtlsprobe forecast --config.file mtlsprobe.yml",
            "mtlsprobe forecast --config.file mtlsprobe.yml --at 2027-03-31 --label team=payments",
            "mtlsprobe forecast --config.file mtlsprobe.yml --within 1y --output json",
            "mtlsprobe forecast --config.file mtlsprobe.yml --without old-root.crt");
        options.AddTo(command);
        command.SetAction((parsed, stop) => new ForecastCommand(options, surroundings).RunAsync(parsed, stop));
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken stop) => WithConfiguration.RunAsync(
        options.ConfigFile, options.Choice, parsed, surroundings,
        (configuration, file) => ForecastAsync(parsed, configuration, options.Choice.Among(configuration, parsed, file), stop), stop);

    /// <exception cref="UsageException">The certificate that is to be removed does not exist.</exception>
    private async Task<int> ForecastAsync(ParseResult parsed, Configuration configuration, IReadOnlyList<Target> targets, CancellationToken stop)
    {
        using var logs = Logging.Create(new LogSettings(LogSettings.LevelOf(parsed.GetRequiredValue(options.LogLevel)), new TextLogFormat()));
        var stack = new ProbeStack(surroundings.Time, logs, SystemTrust.Locate(surroundings.Environment), once: true, environment: surroundings.Environment);
        stack.Materials.Follow(configuration);
        var wanted = parsed.GetValue(options.Without) is { } text ? await WantedCertificate.OfAsync(text, stack.Materials, stop) : null;
        if (wanted?.IsSoughtBeyond(Known(stack.Materials)) is true)
            surroundings.Error.WriteLine($"mtlsprobe: \"{wanted.Text}\" is not a file, and not a certificate of a trust bundle or a credential; searching the certificates that servers present");
        ProbeTime? timeout = parsed.GetValue(options.Timeout) is var given && given > TimeSpan.Zero ? ProbeTime.Patient(given) : null;
        var (jobs, results) = await ProbeAsync(stack, configuration, targets, timeout, stop);

        var isJson = parsed.GetValue(options.Output) == "json";
        var words = new ForecastText(surroundings.Output, surroundings.OutputIsColored);
        if (wanted is not null)
        {
            var removal = Removed(wanted, stack, jobs, results);
            if (isJson) surroundings.Output.WriteLine(JsonSerializer.Serialize(removal, ForecastJson.Pretty.RemovalReport));
            else words.Write(removal);
            return removal.Clear ? ExitCode.Good : ExitCode.Bad;
        }

        await RenewalNotes.WriteAsync(jobs, results, stack.Materials, surroundings, stop);
        var report = Report(parsed, configuration, jobs, results);
        if (isJson) surroundings.Output.WriteLine(JsonSerializer.Serialize(report, ForecastJson.Pretty.ForecastReport));
        else words.Write(report);
        return report.Clear ? ExitCode.Good : ExitCode.Bad;
    }

    private async Task<(IReadOnlyList<ProbeJob> Jobs, IReadOnlyList<ProbeResult> Results)> ProbeAsync(
        ProbeStack stack, Configuration configuration, IReadOnlyList<Target> targets, ProbeTime? timeout, CancellationToken stop)
    {
        await EvidenceLoading.FollowAsync(stack.Evidence, configuration, surroundings, stop);
        var survey = stack.Survey();
        var jobs = await PlanAsync();
        return (jobs, await EvidenceLoading.ProbeAsync(stack.Evidence, RunAsync, surroundings, stop));

        async Task<IReadOnlyList<ProbeJob>> PlanAsync()
        {
            using var waiting = Waiting.ForNames(surroundings, targets.Count(target => target.Addresses == AddressChoice.All));
            var planned = await survey.PlanAsync([.. targets.Select(target => target with { MustReject = [] })], stop);
            return [.. planned.Where(job => job.Key.Expect == Expectation.Accept)];
        }

        async Task<IReadOnlyList<ProbeResult>> RunAsync()
        {
            using var progress = new Progress(surroundings, jobs.Count);
            return await survey.RunAsync(jobs, timeout, Concurrency, progress.OneDone, stop);
        }
    }

    private ForecastReport Report(ParseResult parsed, Configuration configuration, IReadOnlyList<ProbeJob> jobs, IReadOnlyList<ProbeResult> results)
    {
        var now = surroundings.Time.GetUtcNow();
        var until = parsed.GetValue(options.At) ?? Later(now, parsed.GetResult(options.Within) is null ? s_within : parsed.GetValue(options.Within));
        return ForecastReport.Of(
            [.. jobs.Zip(results, (job, result) => new ForecastHandshake(job.Key, result))],
            ForecastSources.Of(configuration.Identities, configuration.Trusts, configuration.Targets), now, until, int.MaxValue);
    }

    private static DateTimeOffset Later(DateTimeOffset now, TimeSpan span) => span < DateTimeOffset.MaxValue - now ? now + span : DateTimeOffset.MaxValue;

    /// <summary>What is known before any server is probed.</summary>
    private static IEnumerable<Certificate> Known(MaterialStore materials) =>
        materials.Bundles.SelectMany(bundle => bundle.Anchors).Concat(materials.Snapshot().SelectMany(credential => credential.Chain));

    private RemovalReport Removed(WantedCertificate wanted, ProbeStack stack, IReadOnlyList<ProbeJob> jobs, IReadOnlyList<ProbeResult> results)
    {
        var gone = wanted.Among(Known(stack.Materials).Concat(results.SelectMany(result => result.ServerCertificates)));
        var removal = new Removal(stack.Chains, gone, stack.Materials.Bundles);
        return new RemovalReport(
            surroundings.Time.GetUtcNow(),
            EndingCertificate.Of(gone),
            jobs.Zip(results, (job, result) => removal.Of(job.Key, job.Target, result, job.Credential.Now.Credential?.Chain ?? [], stack.Materials.Trust(job.Target.Trust).Bundle)).ToValueList());
    }
}

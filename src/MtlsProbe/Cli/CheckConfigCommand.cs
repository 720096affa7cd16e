using System.CommandLine;
using System.Globalization;
using MtlsProbe.Certificates;
using MtlsProbe.Checks;
using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Discovery;
using MtlsProbe.Handshake;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Revocation;
using MtlsProbe.Terminal;
using MtlsProbe.Text;
using MtlsProbe.Values;
using Microsoft.Extensions.Logging.Abstractions;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe check-config F</c>: validates a configuration and every file that it names, and says what would be probed.</summary>
internal static class CheckConfigCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var file = new Argument<string?>("FILE") { Description = "the configuration to check, as --config.file names it", Arity = ArgumentArity.ZeroOrOne };
        var option = new ConfigFile("The configuration to check.", surroundings);
        var noFiles = new Option<bool>("--no-files") { Description = "Check the text of the configuration only: open no certificate, key or password, and ask nobody for one." };
        var discovery = new Option<bool>("--discovery") { Description = "Ask the discovery sources too: list the targets that they deliver, and those that are left out." };
        var shard = ShardOption.Create("List only the targets of this shard of serve. All are checked.");
        var command = new ExampledCommand(
            "check-config",
            "Validate a configuration and every file that it names, and list what would be probed.",
            "mtlsprobe check-config /etc/mtlsprobe/mtlsprobe.yml",
            "mtlsprobe check-config mtlsprobe.yml --no-files",
            "mtlsprobe check-config mtlsprobe.yml --discovery",
            "mtlsprobe check-config mtlsprobe.yml --shard 2/4");
        command.Arguments.Add(file);
        command.Options.Add(option.Option);
        command.Options.Add(noFiles);
        command.Options.Add(discovery);
        command.Options.Add(shard);
        command.Validators.Add(result =>
        {
            if (result.GetValue(file) is not null && result.GetResult(option.Option) is { Implicit: false }) result.AddError($"{ConfigFile.Name} and FILE mean the same: give one of them");
            if (result.GetValue(noFiles) && result.GetValue(discovery)) result.AddError($"{discovery.Name} asks the sources, and {noFiles.Name} checks the text only: give one of them");
        });
        command.SetAction((parsed, stop) =>
        {
            var given = parsed.GetValue(file);
            var read = given is null ? option.Load(parsed) : ConfigurationFile.Load(given, surroundings.Protocols);
            return RunAsync(given ?? option.PathIn(parsed), read, (!parsed.GetValue(noFiles), parsed.GetValue(discovery)), parsed.GetValue(shard), surroundings, stop);
        });
        return command;
    }

    /// <param name="depth">Whether its files are opened, and whether its discovery sources are asked.</param>
    /// <param name="shard">Whose targets are listed; null: all.</param>
    private static async Task<int> RunAsync(string path, ConfigurationResult result, (bool OpensFiles, bool Discovers) depth, Shard? shard, Surroundings surroundings, CancellationToken stop)
    {
        var pen = surroundings.Pen;
        if (result.Configuration is not { } read)
        {
            foreach (var error in result.Errors) pen.Line(error.ToString());
            pen.Line();
            pen.Line($"{pen.Cross} {(result.Errors.Count > ErrorList.MostTold ? $"more than {ErrorList.MostTold} errors" : Count(result.Errors.Count, "error"))}: this configuration would not be loaded.");
            return ExitCode.Usage;
        }

        var (configuration, sets) = depth.Discovers ? await DiscoverAsync(result, path, surroundings, stop) : (read, []);
        pen.Line($"{path}: {Count(configuration.Targets.Count, "target")}, " +
            $"{Count(configuration.Identities.Count, "identity", "identities")}, {Count(configuration.Trusts.Count, "trust bundle")}");
        if (configuration.Discoveries.Count > 0 && !depth.Discovers) pen.Line($"{Count(configuration.Discoveries.Count, "discovery source")}; to ask for their targets: --discovery");
        var listed = shard is null ? configuration : configuration with { Targets = [.. configuration.Targets.Where(target => shard.Owns(target.Name))] };
        if (shard is not null) pen.Line($"shard {shard}: {Count(listed.Targets.Count, "target")}");
        if (sets.Count > 1) Sources(sets, pen).Write(pen);
        var findings = depth.OpensFiles ? await OpenAsync(configuration, listed, surroundings, stop) : OfText(configuration, listed, pen);
        var ofPatterns = result.FitNothing.Select(where => new Finding(false, where, "fits no file", null));
        return Conclude([.. DiscoveryFindings.Of(configuration, sets).Concat(findings).Concat(ofPatterns).OrderByDescending(finding => finding.IsError).ThenBy(finding => finding.IsNote)], depth.OpensFiles, pen);
    }

    private static async Task<(Configuration Configuration, ValueList<TargetSet> Sets)> DiscoverAsync(ConfigurationResult read, string path, Surroundings surroundings, CancellationToken stop)
    {
        using var waiting = new Waiting(surroundings, "discovering targets …");
        return await DiscoveryLook.RunAsync(read, path, surroundings.Time, stop);
    }

    private static Table Sources(ValueList<TargetSet> sets, Pen pen)
    {
        var table = new Table("SOURCE", "KIND", "TARGETS", "LEFT OUT", "PLACE");
        foreach (var set in sets)
        {
            if (set.Place is not { } place) continue;
            table.Add(
                set.Name, place.Kind, set.Probed.ToString("N0", CultureInfo.InvariantCulture),
                (set.RejectedCount + set.LeftOut.Count).ToString("N0", CultureInfo.InvariantCulture), pen.Safe(place.Shown, 100));
        }

        return table;
    }

    /// <summary>Findings from the text alone. It is not known whether a replacement exists, so it counts as not staged.</summary>
    /// <param name="listed">With the targets that are listed.</param>
    private static IReadOnlyList<Finding> OfText(Configuration configuration, Configuration listed, Pen pen)
    {
        var probed = new ProbedTables(listed, null, pen);
        probed.Targets().Write(pen);
        probed.Rotations().Write(pen);
        return ConfigurationCheck.OfText(configuration);
    }

    private static async Task<IReadOnlyList<Finding>> OpenAsync(Configuration configuration, Configuration listed, Surroundings surroundings, CancellationToken stop)
    {
        var pen = surroundings.Pen;
        var now = surroundings.Time.GetUtcNow();
        var check = new ConfigurationCheck(configuration, MaterialSources.Configured(surroundings.Time, environment: surroundings.Environment), SystemTrust.Locate(surroundings.Environment), now);
        var evidence = Evidence(check, surroundings);
        var own = new OwnRevocation(evidence.Bundles, surroundings.Time, evidence.Learn);
        var findings = await check.RunAsync(() => ReadListsAsync(evidence, configuration, surroundings, stop), chain => OfOwnAsync(own, chain, evidence, surroundings, stop), stop);
        var probed = new ProbedTables(listed, check.NextIsStaged, pen);
        probed.Targets().Write(pen);
        probed.Rotations().Write(pen);
        Identities(check, now, pen).Write(pen);
        Trusts(check, now, pen).Write(pen);
        if (check.Lists.Count > 0) Lists(check, now, pen).Write(pen);
        return findings;
    }

    private static Table Identities(ConfigurationCheck check, DateTimeOffset now, Pen pen)
    {
        var table = new Table("IDENTITY", "SLOT", "SERIAL", "SUBJECT", "SENT", "VALIDITY");
        foreach (var (identity, slot, loaded) in check.Credentials)
        {
            string[] facts = loaded switch
            {
                { Good: { Leaf: var leaf, Chain.Count: var count } } =>
                    [leaf.Serial, pen.Safe(leaf.Subject, 60), Count(count, "certificate"), ValidityText.Describe(leaf, now, pen)],
                { Fault: { } fault } => ["", "", "", pen.Bad(fault.Reason.Label)],
                _ => ["", "", "", "not staged"],
            };
            table.Add([identity, slot.Label(), .. facts]);
        }

        return table;
    }

    private static Table Trusts(ConfigurationCheck check, DateTimeOffset now, Pen pen)
    {
        var table = new Table("TRUST", "ANCHORS", "FIRST TO EXPIRE");
        foreach (var (source, loaded) in check.Trusts)
        {
            var count = loaded.Good?.Anchors.Count ?? 0;
            var first = source.Name == TrustSource.System ? null : loaded.Good?.Anchors.MinBy(anchor => anchor.NotAfter);
            table.Add(source.Name, count.ToString(CultureInfo.InvariantCulture), (loaded.Fault, first) switch
            {
                ({ } fault, _) => pen.Bad(fault.Reason.Label),
                (_, { } anchor) => $"{pen.Safe(anchor.Subject, 60)}: {ValidityText.DescribeAnchor(anchor, now, pen)}",
                _ => "",
            });
        }

        return table;
    }

    private static Table Lists(ConfigurationCheck check, DateTimeOffset now, Pen pen)
    {
        var table = new Table("TRUST", "REVOCATION LIST", "ISSUER", "ENTRIES", "ENDS");
        foreach (var list in check.Lists)
        {
            var ends = list switch
            {
                { Issuer: null } => pen.Bad("cannot be used"),
                { NextUpdate: { } end } when end < now => pen.Bad($"ended {Times.Minute(end)}"),
                { NextUpdate: { } end } => Times.Minute(end),
                _ => "",
            };
            table.Add(list.Trust, pen.Safe(list.Place, 80), pen.Safe(list.Issuer ?? "", 60), list.Issuer is null ? "" : list.Entries.ToString("N0", CultureInfo.InvariantCulture), ends);
        }

        return table;
    }

    private static EvidenceStore Evidence(ConfigurationCheck check, Surroundings surroundings)
    {
        var sources = MaterialSources.Configured(surroundings.Time, environment: surroundings.Environment);
        var fetch = new Fetch(surroundings.Time, new Resolver(surroundings.Time).ResolveAsync, path => sources.Secret(path).Look().Found is var found ? new LoadedSecret(found.Good, found.Fault) : new(null, null));
        return new EvidenceStore(
            surroundings.Time, NullLogger<EvidenceStore>.Instance, new LoopSet(surroundings.Time).Revocation,
            name => check.Trusts.Find(entry => entry.Source.Name == name).Loaded?.Good, fetch.RunAsync);
    }

    /// <summary>Reads and fetches the lists as the prober would, but only once and not for long.</summary>
    private static async Task<ValueList<RevocationListState>> ReadListsAsync(EvidenceStore evidence, Configuration configuration, Surroundings surroundings, CancellationToken stop)
    {
        await EvidenceLoading.FollowAsync(evidence, configuration, surroundings, stop);
        return evidence.Lists();
    }

    private static async Task<ValueList<CertificateRevocation>> OfOwnAsync(OwnRevocation own, ValueList<Certificate> chain, EvidenceStore evidence, Surroundings surroundings, CancellationToken stop)
    {
        own.Of(chain); // so that the responders are asked about it
        await EvidenceLoading.LoadAsync(evidence, surroundings, stop);
        return own.Of(chain).Lines;
    }

    private static int Conclude(IReadOnlyList<Finding> findings, bool hasOpened, Pen pen)
    {
        pen.Line();
        foreach (var (index, finding) in findings.Index())
        {
            var (isError, where, problem, hint) = finding;
            pen.Line($"{(isError ? pen.Bad("error") : finding.IsNote ? "note" : pen.Warning("warning"))}: {where}: {pen.Safe(problem, 1000)}");
            var saidAgain = index + 1 < findings.Count && findings[index + 1].Hint == hint;
            if (hint is not null && !saidAgain) pen.Line("  hint: " + pen.Safe(hint, 1000));
        }

        if (findings.Count > 0) pen.Line();
        var (errors, warnings) = (findings.Count(finding => finding.IsError), findings.Count(finding => finding is { IsError: false, IsNote: false }));
        var (what, more) = hasOpened ? ("configuration", "") : ("text of the configuration", "; no certificate, key or password was opened");
        pen.Line((errors, warnings) switch
        {
            (0, 0) => $"{pen.Tick} The {what} is good{more}.",
            (0, _) => $"{pen.Tick} The {what} is good, with {Count(warnings, "warning")}{more}.",
            _ => $"{pen.Cross} {Count(errors, "error")}, {Count(warnings, "warning")}: probes that need these files would fail.",
        });
        return errors == 0 ? ExitCode.Good : ExitCode.Usage;
    }

    private static string Count(int count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many ?? one + "s")}");
}

using System.Text.Json;
using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Cli;

/// <summary><c>preflight --identity</c>: whether every server would accept the new credential.</summary>
internal sealed class RolloutCheck(PreflightRequest request, Surroundings surroundings)
{
    /// <param name="files">The new credential; null: the one that the configuration stages as <c>next</c>.</param>
    /// <exception cref="UsageException">There is no such identity, nothing is staged, or no target uses it.</exception>
    public async Task<int> RunAsync(string name, CredentialSource? files, TimeSpan minOverlap, CancellationToken stop)
    {
        var identity = Find(name);
        var targets = request.Configuration.Targets.Where(target => target.Accepted.Contains(name)).Select(target => target with { Identity = name }).ToList();
        if (targets.Count == 0)
            throw new UsageException($"no target of {request.File} uses the identity \"{name}\"", "there are no servers to probe; give targets `identity: " + name + "`, or list it in their `accepts`");
        var source = files ?? identity.Next
            ?? throw new UsageException($"the identity \"{name}\" has no next credential in {request.File}", "give the new one with --cert and --key, or --pkcs12, or configure `next`");
        if (files is null) await RequireStagedAsync(identity, source, stop);

        var (asked, leftOut, suffix) = request.Chosen(targets);

        // Not as the slot `next`: there, missing files or those of the current credential mean that nothing is staged.
        var others = request.Configuration with { Identities = [.. request.Configuration.Identities.Select(one => one with { Next = null })] };
        var replacement = request.Materials.FollowAndTry(others, name + " (new)", source);
        var loaded = replacement.Now;
        if (loaded.Fault is { } fault) return Write(Broken(name, fault), null, null);
        var facts = new CredentialFacts(
            loaded.Credential!.Chain, request.Materials.Credential(name, Slot.Current).Credential?.Chain ?? [], Others(), Anchors())
        {
            // Some hundred files, needed only for a certificate that claims to be public.
            Machine = BaselineRequirements.AreClaimedBy(loaded.Credential.Leaf) ? (await request.Materials.LookAtAsync(SystemTrust.Locate(surroundings.Environment), stop)).Good : null,
        };
        var probed = await request.ProbeAsync(asked, replacement, surroundings, stop);
        facts = facts with { Revocation = await request.RevocationAsync(facts.New, surroundings, stop) };
        var warnings = CredentialWarnings.Of(facts, surroundings.Time.GetUtcNow(), minOverlap);
        var lists = IssuerLists.Warnings(probed, facts.Leaf.Issuer, facts.IssuerChanges);
        var report = RolloutJudge.Report(name, probed, [.. leftOut, .. warnings, .. lists]);
        var staged = StagedServers.Of(asked, request.Materials.Pin);
        return Write(
            report with { Ready = report.Ready && staged.Names.Count == 0, Summary = staged.In(report.Summary, report.Ready) + suffix, Warnings = [.. report.Warnings, .. staged.Warnings] },
            facts.CurrentLeaf, facts.Leaf);
    }

    private Identity Find(string name)
    {
        var names = request.Configuration.Identities.Select(identity => identity.Name).ToList();
        if (name == Identity.None) throw new UsageException("the identity \"none\" presents no certificate", "name one that does");
        return request.Configuration.Identities.FirstOrDefault(identity => identity.Name == name)
            ?? throw new UsageException(
                $"{request.File} has no identity \"{name}\"",
                Spelling.DidYouMean(name, names) ?? (names.Count == 0 ? "it names none" : $"it names {string.Join(", ", names.Take(10))}"));
    }

    private async Task RequireStagedAsync(Identity identity, CredentialSource next, CancellationToken stop)
    {
        using var source = MaterialSources.Configured(surroundings.Time, environment: surroundings.Environment).Credential(next, identity.Current);
        var (found, faults) = await source.LookAsync(stop);
        if (found is not (null, null)) return;
        var missing = string.Join(" and ", faults.Select(fault => fault.Detail));
        throw new UsageException(
            $"nothing is staged as next of \"{identity.Name}\": {(missing.Length > 0 ? missing : "its files are those of current")}",
            "put the new credential there, or give its files with --cert and --key, or --pkcs12");
    }

    /// <summary>The servers were not probed: our own files are at fault.</summary>
    private static RolloutReport Broken(string name, MaterialFault fault) => new()
    {
        Identity = name,
        Ready = false,
        Summary = $"Not ready: the new credential of {name} is not usable, identity/{fault.Reason.Label}: {fault.Detail}. {fault.Reason.Hint}",
        Warnings = [],
    };

    /// <summary>The other credentials of the configuration, including the current one of the same identity.</summary>
    private ValueList<(string Name, Certificate Leaf)> Others() =>
    [
        .. from identity in request.Configuration.Identities
           let leaf = request.Materials.Credential(identity.Name, Slot.Current).Credential?.Leaf
           where leaf is not null
           select (identity.Name, leaf),
    ];

    private ValueList<TrustBundle> Anchors() =>
        request.Configuration.Trusts.Select(source => source.Name).Append(TrustSource.System)
            .Select(trust => request.Materials.Trust(trust).Bundle).OfType<TrustBundle>().ToValueList();

    private int Write(RolloutReport report, Certificate? current, Certificate? fresh)
    {
        if (request.Json) surroundings.Output.WriteLine(JsonSerializer.Serialize(report, PreflightJson.Pretty.RolloutReport));
        else new PreflightText(surroundings).Write(report, current, fresh);
        return report.Ready ? ExitCode.Good : ExitCode.Bad;
    }
}

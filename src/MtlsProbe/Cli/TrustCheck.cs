using System.Text.Json;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Rotation;
using MtlsProbe.Text;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Cli;

/// <summary><c>preflight --trust</c>: whether every server's chain would be valid with the new trust anchors.</summary>
internal sealed class TrustCheck(PreflightRequest request, Surroundings surroundings)
{
    /// <param name="files">The new anchors.</param>
    /// <exception cref="UsageException">There is no such bundle, or no target uses it.</exception>
    public async Task<int> RunAsync(string name, ValueList<string> files, CancellationToken stop)
    {
        var configuration = request.Configuration;
        var names = configuration.Trusts.Select(trust => trust.Name).Append(TrustSource.System).ToList();
        if (!names.Contains(name))
            throw new UsageException($"{request.File} has no trust bundle \"{name}\"", Spelling.DidYouMean(name, names) ?? $"it names {string.Join(", ", names.Take(10))}");
        var targets = configuration.Targets.Where(target => target.Trust == name).ToList();
        if (targets.Count == 0)
            throw new UsageException($"no target of {request.File} uses the trust bundle \"{name}\"", "there are no servers to probe; give targets `trust: " + name + "`");

        var (asked, leftOut, suffix) = request.Chosen(targets);

        request.Materials.Follow(configuration);
        var old = request.Materials.Trust(name);
        var fresh = await request.Materials.LookAtAsync(new TrustSource(name, files), stop);
        if (fresh.Fault is { } fault) return Write(Broken(name, "the new anchors", fault));
        if (old.Bundle is null) return Write(Broken(name, "the current bundle", old.Fault!));

        var probed = await request.ProbeAsync(asked, replacement: null, surroundings, stop);
        var issuers = new IssuersSeen(request.Materials);
        foreach (var server in probed.Servers) issuers.Learn(server.Target.Name, server.Current.ServerCertificates);
        var report = new TrustChangeJudge(new ChainJudge(issuers.Of)).Report(old.Bundle, fresh.Good!, probed, surroundings.Time.GetUtcNow());
        var staged = StagedServers.Of(asked, request.Materials.Pin);
        return Write(report with { Ready = report.Ready && staged.Names.Count == 0, Summary = staged.In(report.Summary, report.Ready) + suffix, Warnings = [.. leftOut, .. report.Warnings, .. staged.Warnings, .. fresh.Notes.Select(note => new PreflightWarning("left_out", note.Detail))] });
    }

    /// <summary>The servers were not probed: our own files are at fault.</summary>
    private static TrustChangeReport Broken(string name, string what, MaterialFault fault) => new()
    {
        Trust = name,
        Ready = false,
        Summary = $"Not ready: {what} of {name} is not usable, identity/{fault.Reason.Label}: {fault.Detail}. {fault.Reason.Hint}",
        Warnings = [],
        Results = [],
    };

    private int Write(TrustChangeReport report)
    {
        if (request.Json) surroundings.Output.WriteLine(JsonSerializer.Serialize(report, PreflightJson.Pretty.TrustChangeReport));
        else new PreflightText(surroundings).Write(report);
        return report.Ready ? ExitCode.Good : ExitCode.Bad;
    }
}

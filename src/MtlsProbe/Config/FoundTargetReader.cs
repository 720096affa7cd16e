using System.Globalization;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>
/// Makes targets from the findings of a discovery source, by the grammar and the rules of the configuration. The findings are untrusted: they select among
/// what the configuration defines, cannot name files of this machine, and are limited in size. For one thread at a time.
/// </summary>
/// <param name="source">The name of the source.</param>
/// <param name="template">The configured keys for all targets of the source, merged with the defaults.</param>
internal sealed class FoundTargetReader(string source, TargetDraft template, TargetRules rules, Protocols protocols, ErrorList errors)
{
    /// <summary>Of one source; more are left out.</summary>
    public const int MostTargets = 100_000;

    /// <summary>How many of the omitted targets are reported with their reasons.</summary>
    public const int MostReported = 100;

    /// <summary>Labels and entries of accepts and must_reject, of all targets of a source.</summary>
    private const int MostParts = 1_000_000;

    /// <summary>Characters of the labels of all targets of a source. The labels of a group count for each target, as they do in the metrics.</summary>
    private const long MostLabelText = 32 * 1024 * 1024;

    private const int MaxShown = 200;

    /// <summary>The results of the last time, so that only changed targets are read again; null for a target that cannot be probed.</summary>
    private Dictionary<(string, ValueList<Label>), Target?> _known = [];

    /// <summary>The targets, and those that cannot be probed.</summary>
    public FoundTargets Read(ValueList<DiscoveredTarget> found)
    {
        rules.Trim(found.Count);
        Dictionary<(string, ValueList<Label>), Target?> known = new(found.Count);
        List<Target> targets = new(found.Count);
        List<RejectedTarget> rejected = [];
        var (count, parts, text) = (0, 0, 0L);
        foreach (var one in found)
        {
            var key = (one.Address, one.Labels);
            var isKnown = _known.TryGetValue(key, out var target) || known.TryGetValue(key, out target);

            // One that is reported is read again, because its place may have changed.
            if (one.Problem is not null || !isKnown || (target is null && rejected.Count < MostReported))
            {
                target = Read(one, out var mistake);
                if (mistake is not null) Report(one, Place(mistake), mistake.Where.Length == 0 ? mistake.Problem : $"{mistake.Where}: {mistake.Problem}", mistake.Hint);
            }

            if (one.Problem is null) known[key] = target;
            if (target is null)
            {
                count++;
                continue;
            }

            parts += target.Labels.Count + target.Accepts.Count + (target.MustRejectOthers ? 0 : target.MustReject.Count);
            text += target.Labels.Sum(label => (long)label.Name.Length + label.Value.Length);
            if (targets.Count == MostTargets) LeaveOut(one, string.Create(CultureInfo.InvariantCulture, $"the source has more than {MostTargets:N0} targets"), "use several sources, or several exporters");
            else if (parts > MostParts || text > MostLabelText) LeaveOut(one, "labels, accepts and must_reject of all targets of the source are together too large", "use fewer or shorter labels, or several sources");
            else targets.Add(target);
        }

        _known = known;
        return new FoundTargets(targets.ToValueList(), rejected.ToValueList(), count);

        void LeaveOut(DiscoveredTarget one, string problem, string hint)
        {
            count++;
            Report(one, Place(one.At), problem, hint);
        }

        void Report(DiscoveredTarget one, string place, string problem, string? hint)
        {
            if (rejected.Count < MostReported) rejected.Add(new RejectedTarget(Shown(one.Address), place, problem, hint));
        }
    }

    private Target? Read(DiscoveredTarget found, out ConfigurationError? mistake)
    {
        var where = Shown(found.Address);
        if (found.Problem is { } problem)
        {
            mistake = new ConfigurationError(found.At.Source, found.At.Line, found.At.Column, "", problem, found.Hint);
            return null;
        }

        var own = TargetDraft.ReadFound(FoundTargetNode.Of(found, protocols, errors), where, protocols, errors);
        var merged = own.Over(template);
        if (errors.Count == 0) CheckFiles(own);
        rules.CheckAlone(own);
        rules.CheckMerged(own, merged);
        if ((mistake = errors.TakeFirst()) is not null) return null;
        var target = rules.Build(merged, own.Name?.Value ?? "", own.Address!.Value!, source);
        return own.Name is null ? target with { Name = target.Address.ToString() } : target;
    }

    /// <summary>Otherwise a source could have the content of any file compared with what a server of its choice presents.</summary>
    private void CheckFiles(TargetDraft own)
    {
        foreach (var pin in (Setting<CertificatePin>?[])[own.Of(TargetKeys.ServerCertificate), own.Of(TargetKeys.Issuer)])
        {
            if (pin is { Value: PinnedFile }) errors.Add(pin.At, pin.Where, FoundTargetNode.NoFiles, FoundTargetNode.NoFilesHint);
        }
    }

    private static string Place(ConfigurationError mistake) => (mistake with { Where = "", Problem = "", Hint = null }).ToString().TrimEnd(':', ' ');

    private static string Place(TextPlace at) => Place(new ConfigurationError(at.Source, at.Line, at.Column, "", "", null));

    private static string Shown(string address) => VisibleText.Of(address, MaxShown, ascii: false);
}

/// <summary>The targets of a discovery source.</summary>
/// <param name="Rejected">The first targets that cannot be probed.</param>
/// <param name="RejectedCount">How many targets cannot be probed.</param>
internal sealed record FoundTargets(ValueList<Target> Targets, ValueList<RejectedTarget> Rejected, int RejectedCount);

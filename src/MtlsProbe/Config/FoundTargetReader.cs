using System.Globalization;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>
/// Makes targets of what a source has found, by the grammar and the rules of the configuration. All that a source says is a stranger's: it
/// chooses among what the configuration has, names no file of this machine, and is bounded. For one thread at a time.
/// </summary>
/// <param name="template">What the configuration says of all targets of this source, over its defaults.</param>
internal sealed class FoundTargetReader(TargetDraft template, TargetRules rules, Protocols protocols, ErrorList errors)
{
    /// <summary>Of one source; more are left out.</summary>
    public const int MostTargets = 100_000;

    /// <summary>How many are named that are left out.</summary>
    public const int MostTold = 100;

    /// <summary>Labels, and entries of accepts and must_reject, of all targets of a source.</summary>
    private const int MostParts = 1_000_000;

    /// <summary>Characters of the labels of all targets of a source: those of a group count for each, as they do in the metrics.</summary>
    private const long MostLabelText = 32 * 1024 * 1024;

    private const int MaxShown = 200;

    /// <summary>Those known from the time before, so that a change costs what has changed.</summary>
    private Dictionary<(string, ValueList<Label>), Target> _known = [];

    /// <summary>The targets, and those that cannot be probed.</summary>
    public FoundTargets Read(ValueList<DiscoveredTarget> found)
    {
        Dictionary<(string, ValueList<Label>), Target> known = new(found.Count);
        List<Target> targets = new(found.Count);
        List<RejectedTarget> rejected = [];
        var (count, parts, text) = (0, 0, 0L);
        foreach (var one in found)
        {
            var key = (one.Address, one.Labels);
            if (one.Problem is not null || !_known.TryGetValue(key, out var target))
            {
                target = Read(one, out var mistake);
                if (mistake is not null)
                {
                    LeaveOut(one, Place(mistake), mistake.Where.Length == 0 ? mistake.Problem : $"{mistake.Where}: {mistake.Problem}", mistake.Hint);
                    continue;
                }
            }

            known[key] = target!;
            parts += target!.Labels.Count + target.Accepts.Count + (target.MustRejectOthers ? 0 : target.MustReject.Count);
            text += target.Labels.Sum(label => (long)label.Name.Length + label.Value.Length);
            if (targets.Count == MostTargets) LeaveOut(one, Place(one.At), string.Create(CultureInfo.InvariantCulture, $"the source has more than {MostTargets:N0} targets"), "several sources, or several exporters");
            else if (parts > MostParts || text > MostLabelText) LeaveOut(one, Place(one.At), "the labels, accepts and must_reject of this source together are too large", "fewer or shorter labels, or several sources");
            else targets.Add(target);
        }

        _known = known;
        return new FoundTargets(targets.ToValueList(), rejected.ToValueList(), count);

        void LeaveOut(DiscoveredTarget one, string place, string problem, string? hint)
        {
            count++;
            if (rejected.Count < MostTold) rejected.Add(new RejectedTarget(Shown(one.Address), place, problem, hint));
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
        var target = rules.Build(merged, own.Name?.Value ?? "", own.Address!.Value!);
        return own.Name is null ? target with { Name = target.Address.ToString() } : target;
    }

    /// <summary>The content of a file that a stranger chooses must not go anywhere.</summary>
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

/// <summary>What was made of what a source has found.</summary>
/// <param name="Rejected">The first that cannot be probed.</param>
/// <param name="RejectedCount">How many there are of them.</param>
internal sealed record FoundTargets(ValueList<Target> Targets, ValueList<RejectedTarget> Rejected, int RejectedCount);

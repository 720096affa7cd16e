using System.Globalization;
using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// Groups of targets as in Prometheus' file_sd and http_sd (its manual, <c>file_sd_config</c>): a list of <c>targets</c>, which are addresses, and their
/// common <c>labels</c>, in JSON or YAML. Anything else is refused as a whole.
/// </summary>
internal static class TargetGroups
{
    /// <summary>In bytes, of a file or a response.</summary>
    public const int MaxSize = 16 * 1024 * 1024;

    /// <summary>Of a file or a response.</summary>
    public const int MostTargets = FoundTargetReader.MostTargets;

    /// <summary>Of a group, without ignored ones.</summary>
    public const int MostLabels = 256;

    /// <summary>Of all groups of a file or a response, without ignored ones.</summary>
    public const int MostLabelsInAll = 1_000_000;

    /// <summary>Of a YAML file; enough for a group of a dozen values per target.</summary>
    private const int MostNodes = 2_000_000;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="source">The path; its extension determines the format.</param>
    /// <returns>The targets, or what is wrong with the whole list, beginning with the place.</returns>
    public static (ValueList<DiscoveredTarget> Targets, string? Problem) Read(ReadOnlySpan<byte> content, string source) =>
        source.EndsWith(".json", StringComparison.Ordinal) ? JsonGroups.Read(content, source) : ReadYaml(content, source);

    private static (ValueList<DiscoveredTarget> Targets, string? Problem) ReadYaml(ReadOnlySpan<byte> content, string source)
    {
        var errors = new ErrorList(source);
        try
        {
            var root = YamlTree.Load(s_strictUtf8.GetString(content).TrimStart('\uFEFF'), errors, mostNodes: MostNodes);
            if (root is null && errors.Count == 0) errors.Add(1, 1, "", "the file is empty; write [] for a list without targets");
            var targets = root is null ? [] : Groups(root, source, errors);
            return errors.TakeFirst() is { } mistake ? ([], VisibleText.Of((mistake with { Hint = null }).ToString(), 1000, ascii: false)) : (targets, null);
        }
        catch (DecoderFallbackException)
        {
            return ([], $"{source} is not UTF-8");
        }
    }

    private static ValueList<DiscoveredTarget> Groups(YamlNode root, string source, ErrorList errors)
    {
        List<DiscoveredTarget> targets = [];
        if (root is not YamlSequence list)
        {
            errors.Add(root, "", $"this has to be a list of groups, not {root.Kind}");
            return [];
        }

        foreach (var (index, node) in list.Items.Index())
        {
            var group = Section.Open(node, string.Create(CultureInfo.InvariantCulture, $"[{index}]"), errors, "targets", "labels");
            List<Label> labels = [];
            List<TextPlace> places = [];
            foreach (var (name, key, value) in group.Open("labels")?.Entries ?? [])
            {
                if (!DiscoveredTarget.IsKept(name)) continue;
                if (value is not YamlScalar { Text: var text }) errors.Add(value, $"{group.Where}.labels.{name}", $"has to be a single value, not {value.Kind}");
                else
                {
                    labels.Add(new Label(name, value.IsEmpty ? "" : text));
                    places.Add(At(key));
                }
            }

            if (labels.Count > MostLabels) errors.Add(node, group.Where, $"has more than {MostLabels} labels");
            var (shared, sharedAt) = (labels.ToValueList(), places.ToValueList());
            foreach (var item in group.Items("targets"))
            {
                if (item is YamlScalar { IsEmpty: false, Text: var address }) targets.Add(new DiscoveredTarget(address, shared) { At = At(item), LabelsAt = sharedAt });
                else errors.Add(item, $"{group.Where}.targets", $"a target has to be a single value, HOST:PORT, not {item.Kind}");
            }

            if (targets.Count > MostTargets) errors.Add(node, group.Where, string.Create(CultureInfo.InvariantCulture, $"has more than {MostTargets:N0} targets"));
            if (errors.Count > 0) return [];
        }

        return targets.ToValueList();

        TextPlace At(YamlNode node) => new(source, node.Line, node.Column);
    }
}

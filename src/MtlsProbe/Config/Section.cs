using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>
/// One mapping of the file, with the keys it may have. Opening it reports what is no mapping, unknown keys and duplicate keys;
/// reading a key reports a value of the wrong type or one that its grammar refuses.
/// </summary>
internal sealed class Section
{
    /// <summary>Of a list of single values: a target has nothing to list so often, and lists of the defaults count once for each target.</summary>
    private const int MostItems = 1000;

    private readonly Dictionary<string, (YamlNode Node, string Where)> _values = new(StringComparer.Ordinal);
    private readonly List<(string Name, YamlNode Key, YamlNode Value)> _entries = [];
    private readonly ErrorList _errors;

    private Section(YamlNode at, string where, ErrorList errors) => (At, Where, _errors) = (at, where, errors);

    public YamlNode At { get; }

    /// <summary>The path of keys that leads here; empty for the file.</summary>
    public string Where { get; }

    /// <summary>The keys that are present, in the order of the file, each once.</summary>
    public IReadOnlyList<(string Name, YamlNode Key, YamlNode Value)> Entries => _entries;

    /// <summary>A section without keys.</summary>
    public static Section Empty() => new(new YamlUnusable(0, 0), "", new ErrorList(""));

    /// <param name="keys">The keys it may have; none: any.</param>
    public static Section Open(YamlNode node, string where, ErrorList errors, params string[] keys)
    {
        var section = new Section(node, where, errors) { IsIntelligible = node is YamlMapping || node.IsEmpty };
        if (node is YamlMapping mapping) section.Take(mapping, keys);
        else if (!node.IsEmpty && node is not YamlUnusable)
            errors.Add(node, where, $"{Subject(where)}has to be a mapping of keys to values, not {node.Kind}");
        return section;
    }

    /// <summary>
    /// Whether a key that is absent deserves a complaint: not where the mapping is none, nor where an unknown key, already reported,
    /// may be the absent one misspelt.
    /// </summary>
    public bool IsIntelligible { get; private set; }

    /// <summary>This section, and the keys of the other where it has none; each is reported where it stands.</summary>
    public Section Over(Section? inherited)
    {
        if (inherited is null) return this;
        var merged = new Section(At, Where, _errors);
        foreach (var (key, value) in _values.Concat(inherited._values)) merged._values.TryAdd(key, value);
        return merged;
    }

    public bool Has(string key) => _values.ContainsKey(key);

    /// <summary>The path of a key of this section.</summary>
    public string PathOf(string key) => Where.Length == 0 ? Shown(key) : $"{Where}.{Shown(key)}";

    /// <summary>A nested section; null when the key is absent.</summary>
    public Section? Open(string key, params string[] keys) =>
        _values.TryGetValue(key, out var value) ? Open(value.Node, value.Where, _errors, keys) : null;

    /// <summary>A single value; null when the key is absent.</summary>
    public Setting<T>? Read<T>(string key, Func<string, Reading<T>> grammar)
    {
        if (!_values.TryGetValue(key, out var given)) return null;
        var value = Read(given.Node, given.Where, grammar, out var valid);
        return new Setting<T>(value, valid, given.Node, given.Where);
    }

    /// <summary>A list of single values; null when the key is absent.</summary>
    public Setting<ValueList<T>>? ReadList<T>(string key, Func<string, Reading<T>> grammar)
    {
        if (!_values.TryGetValue(key, out var given)) return null;
        var (node, where) = given;
        var items = new List<T>();
        var allValid = node is YamlSequence;
        if (node is YamlSequence { Items.Count: > MostItems })
        {
            _errors.Add(node, where, $"has more than {MostItems} entries");
            return new Setting<ValueList<T>>([], false, node, where);
        }

        foreach (var (index, item) in (node as YamlSequence)?.Items.Index() ?? [])
        {
            var value = Read(item, $"{where}[{index}]", grammar, out var valid);
            if (valid) items.Add(value!);
            allValid &= valid;
        }

        if (node is not YamlSequence and not YamlUnusable)
            _errors.Add(node, where, $"has to be a list, not {KindOf(node)}", ListHint(node));
        return new Setting<ValueList<T>>(items.ToValueList(), allValid, node, where);
    }

    /// <summary>The items of a list of anything; none when the key is absent.</summary>
    public IReadOnlyList<YamlNode> Items(string key)
    {
        if (!_values.TryGetValue(key, out var given) || given.Node.IsEmpty || given.Node is YamlUnusable) return [];
        var (node, where) = given;
        if (node is YamlSequence sequence) return sequence.Items;
        _errors.Add(node, where, $"has to be a list, not {KindOf(node)}", "each entry begins with a dash");
        return [];
    }

    private void Take(YamlMapping mapping, string[] keys)
    {
        var seen = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        foreach (var (key, value) in mapping.Entries)
        {
            if (key is not YamlScalar { IsEmpty: false, Text: var name })
            {
                IsIntelligible = false;
                if (key is YamlUnusable) continue;
                _errors.Add(key, Where, $"a key has to be a single value, not {KindOf(key)}");
            }
            else if (!seen.TryAdd(name, key))
            {
                _errors.Add(key, PathOf(name), $"is given twice, first in line {seen[name].Line}", "remove one of them");
            }
            else if (keys.Length > 0 && !keys.Contains(name))
            {
                IsIntelligible = false;
                _errors.Add(key, PathOf(name), "unknown key", Spelling.DidYouMean(name, keys) ?? "known here: " + string.Join(", ", keys));
            }
            else
            {
                _values.Add(name, (value, PathOf(name)));
                _entries.Add((name, key, value));
            }
        }
    }

    private T? Read<T>(YamlNode node, string where, Func<string, Reading<T>> grammar, out bool valid)
    {
        valid = false;
        if (node is YamlScalar { IsEmpty: false, Text: var text })
        {
            var reading = PastedSecret.Is(text) ? Reading<T>.Withheld(PastedSecret.Problem, PastedSecret.Hint) : grammar(text);
            valid = reading.Problem is null;
            if (!valid) _errors.Add(node, where, reading.IsWithheld ? reading.Problem! : $"{Quoted(text)} {reading.Problem}", reading.Hint);
            return reading.Value;
        }

        if (node is not YamlUnusable)
            _errors.Add(node, where, node.IsEmpty ? "has no value" : $"has to be a single value, not {node.Kind}");
        return default;
    }

    private static string Subject(string where) => where.Length == 0 ? "the file " : "";

    private static string KindOf(YamlNode node) => node.IsEmpty ? "nothing" : node.Kind;

    private static string? ListHint(YamlNode node) =>
        node is YamlScalar { IsEmpty: false, Text: { Length: < 40 } text } && !text.Any(char.IsControl) ? $"write [{text}]" : null;

    private static string Quoted(string text) => $"\"{Visible(text)}\"";

    /// <summary>A key in a path; quoted where it would not be seen otherwise.</summary>
    private static string Shown(string key) => key.Length == 0 ? "\"\"" : Visible(key);

    /// <summary>A text from the file as it may stand in an error: short, on one line, and no secret.</summary>
    private static string Visible(string text) =>
        PastedSecret.Is(text) ? "(a key or a certificate)" : string.Concat(text.Take(60).Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString())) + (text.Length > 60 ? "…" : "");
}

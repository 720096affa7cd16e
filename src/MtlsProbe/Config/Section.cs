using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>
/// One mapping of the file, with its allowed keys. Opening it reports nodes that are not mappings, unknown keys and duplicate keys; reading a key
/// reports a value of the wrong type or one that its grammar refuses.
/// </summary>
internal sealed class Section
{
    /// <summary>Of a list of single values: a target has nothing to list so often, and lists of the defaults count once for each target.</summary>
    private const int MostItems = 1000;

    private static readonly Section s_empty = new(new YamlUnusable(0, 0), "", new ErrorList(""));

    private readonly Dictionary<string, Given> _values; // including unknown keys, which are never read
    private readonly List<(string Name, YamlNode Key, YamlNode Value)> _entries = [];
    private readonly ErrorList _errors;

    private Section(YamlNode at, string where, ErrorList errors, int count = 0) =>
        (At, Where, _errors, _values) = (at, where, errors, new(count, StringComparer.Ordinal));

    public YamlNode At { get; }

    /// <summary>The path of keys that leads here; empty for the file.</summary>
    public string Where { get; }

    /// <summary>The keys that are present, in the order of the file, each once.</summary>
    public IReadOnlyList<(string Name, YamlNode Key, YamlNode Value)> Entries => _entries;

    /// <summary>A section without keys.</summary>
    public static Section Empty() => s_empty;

    /// <param name="keys">The keys it may have; none: any.</param>
    public static Section Open(YamlNode node, string where, ErrorList errors, params ReadOnlySpan<string> keys)
    {
        var section = new Section(node, where, errors, (node as YamlMapping)?.Entries.Count ?? 0) { IsIntelligible = node is YamlMapping || node.IsEmpty };
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

    /// <summary>This section, with the keys of the other that it lacks; each is reported at its own position.</summary>
    public Section Over(Section? inherited)
    {
        if (inherited is null) return this;
        var merged = new Section(At, Where, _errors, _values.Count + inherited._values.Count);
        foreach (var (key, value) in _values.Concat(inherited._values)) merged._values.TryAdd(key, value);
        return merged;
    }

    public bool Has(string key) => _values.ContainsKey(key);

    /// <summary>Whether it is present with a value: a key whose entries are all commented out counts as absent.</summary>
    public bool HasValue(string key) => _values.TryGetValue(key, out var given) && !given.Value.IsEmpty;

    /// <summary>The path of a key of this section.</summary>
    public string PathOf(string key) => Where.Length == 0 ? Shown(key) : $"{Where}.{Shown(key)}";

    /// <summary>A nested section; null when the key is absent.</summary>
    public Section? Open(string key, params ReadOnlySpan<string> keys) =>
        _values.TryGetValue(key, out var given) ? Open(given.Value, given.In.PathOf(key), _errors, keys) : null;

    /// <summary>A single value; null when the key is absent.</summary>
    public Setting<T>? Read<T>(string key, Func<string, Reading<T>> grammar)
    {
        if (!_values.TryGetValue(key, out var given)) return null;
        var value = Read(given.Value, given.In, key, null, grammar, out var valid);
        return new Setting<T>(value, valid, given.Value, given.In, key);
    }

    /// <summary>A single value, or a mapping that says more; null when the key is absent.</summary>
    /// <param name="keys">That the mapping may have.</param>
    /// <param name="block">What the mapping means; null where something is wrong with it, which it reports.</param>
    public Setting<T>? ReadEither<T>(string key, Func<string, Reading<T>> grammar, string[] keys, Func<Section, T?> block)
        where T : class
    {
        if (!_values.TryGetValue(key, out var given) || given.Value is not YamlMapping) return Read(key, grammar);
        var value = block(Open(given.Value, given.In.PathOf(key), _errors, keys));
        return new Setting<T>(value, value is not null, given.Value, given.In, key);
    }

    /// <summary>Whether the value is this one word.</summary>
    public bool IsWord(string key, string word) => _values.TryGetValue(key, out var given) && given.Value is YamlScalar { IsEmpty: false, Text: var text } && text == word;

    /// <summary>Whether the value is a list.</summary>
    public bool IsList(string key) => _values.TryGetValue(key, out var given) && given.Value is YamlSequence;

    /// <summary>Reports what is wrong with the mapping as a whole.</summary>
    public void Complain(string problem, string hint) => _errors.Add(At, Where, problem, hint);

    /// <summary>A list of single values; null when the key is absent.</summary>
    public Setting<ValueList<T>>? ReadList<T>(string key, Func<string, Reading<T>> grammar)
    {
        if (!_values.TryGetValue(key, out var given)) return null;
        var node = given.Value;
        var items = new List<T>();
        var allValid = node is YamlSequence;
        if (node is YamlSequence { Items.Count: > MostItems })
        {
            _errors.Add(node, given.In.PathOf(key), $"has more than {MostItems} entries");
            return new Setting<ValueList<T>>([], false, node, given.In, key);
        }

        foreach (var (index, item) in (node as YamlSequence)?.Items.Index() ?? [])
        {
            var value = Read(item, given.In, key, index, grammar, out var valid);
            if (valid) items.Add(value!);
            allValid &= valid;
        }

        if (node is not YamlSequence and not YamlUnusable)
            _errors.Add(node, given.In.PathOf(key), $"has to be a list, not {KindOf(node)}", ListHint(node));
        return new Setting<ValueList<T>>(items.ToValueList(), allValid, node, given.In, key);
    }

    /// <summary>The items of a list of anything; none when the key is absent.</summary>
    public IReadOnlyList<YamlNode> Items(string key)
    {
        if (!_values.TryGetValue(key, out var given) || given.Value.IsEmpty || given.Value is YamlUnusable) return [];
        var node = given.Value;
        if (node is YamlSequence sequence) return sequence.Items;
        _errors.Add(node, given.In.PathOf(key), $"has to be a list, not {KindOf(node)}", "each entry begins with a dash");
        return [];
    }

    private void Take(YamlMapping mapping, ReadOnlySpan<string> keys)
    {
        foreach (var (key, value) in mapping.Entries)
        {
            if (key is not YamlScalar { IsEmpty: false, Text: var name })
            {
                IsIntelligible = false;
                if (key is YamlUnusable) continue;
                _errors.Add(key, Where, $"a key has to be a single value, not {KindOf(key)}");
            }
            else if (!_values.TryAdd(name, new Given(key, value, this)))
            {
                _errors.Add(key, PathOf(name), $"is given twice{(_values[name].Key.Line is > 0 and var line ? $", first in line {line}" : "")}", "remove one of them");
            }
            else if (keys.Length > 0 && !keys.Contains(name))
            {
                IsIntelligible = false;
                _errors.Add(key, PathOf(name), "unknown key", Spelling.DidYouMean(name, keys.ToArray()) ?? "known here: " + string.Join(", ", keys!));
            }
            else _entries.Add((name, key, value));
        }
    }

    /// <param name="index">In a list; null: the value is a single one.</param>
    private T? Read<T>(YamlNode node, Section section, string key, int? index, Func<string, Reading<T>> grammar, out bool valid)
    {
        valid = false;
        if (node is YamlScalar { IsEmpty: false, Text: var text })
        {
            var reading = PastedSecret.Is(text) ? Reading<T>.Withheld(PastedSecret.Problem, PastedSecret.Hint) : grammar(text);
            valid = reading.Problem is null;
            if (!valid) _errors.Add(node, Where(), reading.IsWithheld ? reading.Problem! : $"{Quoted(text)} {reading.Problem}", reading.Hint);
            return reading.Value;
        }

        if (node is not YamlUnusable)
            _errors.Add(node, Where(), node.IsEmpty ? "has no value" : $"has to be a single value, not {node.Kind}");
        return default;

        string Where() => index is null ? section.PathOf(key) : $"{section.PathOf(key)}[{index}]";
    }

    private static string Subject(string where) => where.Length == 0 ? "the file " : "";

    private static string KindOf(YamlNode node) => node.IsEmpty ? "nothing" : node.Kind;

    private static string? ListHint(YamlNode node) =>
        node is YamlScalar { IsEmpty: false, Text: { Length: < 40 } text } && !text.Any(char.IsControl) ? $"write [{text}]" : null;

    private static string Quoted(string text) => $"\"{Visible(text)}\"";

    /// <summary>A key in a path; quoted where it would not be seen otherwise.</summary>
    private static string Shown(string key) => key.Length == 0 ? "\"\"" : Visible(key);

    /// <summary>A text from the file as it may be quoted in an error: short, on one line, and not a secret.</summary>
    private static string Visible(string text) =>
        PastedSecret.Is(text) ? "(a key or a certificate)"
        : text.Length <= 60 && !text.Any(char.IsControl) ? text
        : string.Concat(text.Take(60).Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString())) + (text.Length > 60 ? "…" : "");

    /// <summary>A key with its value.</summary>
    /// <param name="In">Its section, also if another section inherits it.</param>
    private readonly record struct Given(YamlNode Key, YamlNode Value, Section In);
}

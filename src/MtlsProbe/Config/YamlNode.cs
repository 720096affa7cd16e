namespace MtlsProbe.Config;

/// <summary>A node of a YAML document, with the place where it begins (both from 1).</summary>
internal abstract class YamlNode(int line, int column)
{
    public int Line { get; } = line;

    public int Column { get; } = column;

    /// <summary>Where it stands, where that is not the file whose mistakes are gathered; as the user knows it.</summary>
    public string? File { get; init; }

    /// <summary>What it is, for sentences.</summary>
    public abstract string Kind { get; }

    /// <summary>No value: nothing, <c>~</c> or <c>null</c>.</summary>
    public virtual bool IsEmpty => false;
}

/// <summary>A single value.</summary>
internal sealed class YamlScalar(int line, int column, string text, bool plain) : YamlNode(line, column)
{
    public string Text { get; } = text;

    public override string Kind => "a single value";

    public override bool IsEmpty => plain && Text is "" or "~" or "null";
}

internal sealed class YamlSequence(int line, int column, IReadOnlyList<YamlNode> items) : YamlNode(line, column)
{
    public IReadOnlyList<YamlNode> Items { get; } = items;

    public override string Kind => "a list";
}

/// <summary>Keys and values in the order of the file; keys may occur twice.</summary>
internal sealed class YamlMapping(int line, int column, IReadOnlyList<(YamlNode Key, YamlNode Value)> entries) : YamlNode(line, column)
{
    public IReadOnlyList<(YamlNode Key, YamlNode Value)> Entries { get; } = entries;

    public override string Kind => "a mapping of keys to values";
}

/// <summary>A node that cannot be used and has been reported: no further error is reported about it.</summary>
internal sealed class YamlUnusable(int line, int column) : YamlNode(line, column)
{
    public override string Kind => "unusable";
}

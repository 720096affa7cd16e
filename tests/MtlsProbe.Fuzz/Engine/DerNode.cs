namespace MtlsProbe.Fuzz;

/// <summary>A value of DER or BER that can be changed; octet strings and bit strings that hold DER have it as children.</summary>
internal sealed class DerNode
{
    private const int MaxDepth = 40;
    private const byte BitString = 0x03;
    private const byte OctetString = 0x04;

    public required byte[] Tag { get; set; }

    /// <summary>Null: only <see cref="Content"/>.</summary>
    public List<DerNode>? Children { get; set; }

    public byte[] Content { get; set; } = [];

    /// <summary>For a bit string with children: its number of unused bits.</summary>
    private bool HasPrefix { get; init; }

    /// <summary>All values in a row; null if the bytes are not such a row.</summary>
    public static List<DerNode>? Parse(ReadOnlySpan<byte> bytes, int depth = 0)
    {
        if (depth > MaxDepth) return null;
        List<DerNode> nodes = [];
        while (!bytes.IsEmpty)
        {
            var tag = 1;
            if ((bytes[0] & 0x1f) == 0x1f)
            {
                do tag++;
                while (tag <= bytes.Length && tag < 6 && (bytes[tag - 1] & 0x80) != 0);
            }

            if (tag >= bytes.Length || Length(bytes[tag..]) is not { } length || length.Header + length.Content > bytes.Length - tag) return null;
            nodes.Add(Node(bytes[..tag], bytes.Slice(tag + length.Header, length.Content), depth));
            bytes = bytes[(tag + length.Header + length.Content)..];
        }

        return nodes;
    }

    public static byte[] Encode(IEnumerable<DerNode> nodes)
    {
        var bytes = new List<byte>();
        foreach (var node in nodes) node.Write(bytes, 0);
        return [.. bytes];
    }

    public DerNode Copy() => new() { Tag = Tag, Content = Content, HasPrefix = HasPrefix, Children = Children?.ConvertAll(child => child.Copy()) };

    private static DerNode Node(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> content, int depth)
    {
        var hasPrefix = tag[0] == BitString && content.Length > 2 && content[0] == 0;
        var inner = hasPrefix ? content[1..] : content;
        var children = (tag[0] & 0x20) != 0 || (inner.Length > 1 && tag[0] is OctetString or BitString) ? Parse(inner, depth + 1) : null;
        return new DerNode { Tag = tag.ToArray(), Content = content.ToArray(), Children = children, HasPrefix = hasPrefix && children is not null };
    }

    private static (int Header, int Content)? Length(ReadOnlySpan<byte> bytes)
    {
        if (bytes[0] < 0x80) return (1, bytes[0]);
        var count = bytes[0] & 0x7f;
        if (count is 0 or > 3 || bytes.Length <= count) return null;
        var length = 0;
        foreach (var b in bytes.Slice(1, count)) length = (length << 8) | b;
        return (1 + count, length);
    }

    private void Write(List<byte> bytes, int depth)
    {
        var content = new List<byte>();
        if (Children is null || depth > 10 * MaxDepth) content.AddRange(Content);
        else
        {
            if (HasPrefix) content.Add(0);
            foreach (var child in Children) child.Write(content, depth + 1);
        }

        bytes.AddRange(Tag);
        if (content.Count < 0x80) bytes.Add((byte)content.Count);
        else if (content.Count < 0x100) bytes.AddRange([0x81, (byte)content.Count]);
        else if (content.Count < 0x10000) bytes.AddRange([0x82, (byte)(content.Count >> 8), (byte)content.Count]);
        else bytes.AddRange([0x83, (byte)(content.Count >> 16), (byte)(content.Count >> 8), (byte)content.Count]);
        bytes.AddRange(content);
    }
}

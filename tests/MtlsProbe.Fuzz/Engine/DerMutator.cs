namespace MtlsProbe.Fuzz;

/// <summary>Changes the tree and writes it with correct lengths, so a change deep inside reaches the parser of that part.</summary>
/// <param name="pick">Another input.</param>
/// <param name="change">Changes the content of one value.</param>
internal sealed class DerMutator(Random random, Func<byte[]> pick, Func<byte[], byte[]> change)
{
    /// <summary>In bytes.</summary>
    private const int MostRepeated = 32 * 1024;

    private static readonly byte[] s_tags = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x24, 0x30, 0x31, 0x80, 0x82, 0x86, 0x87, 0xa0, 0xa1, 0xa3, 0xa4];

    /// <summary>Content octets: large integers, and object identifiers with a meaning here.</summary>
    private static readonly byte[][] s_contents =
    [
        [], [0], [0xff], [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        [0x55, 0x1d, 0x0f], [0x55, 0x1d, 0x11], [0x55, 0x1d, 0x13], [0x55, 0x1d, 0x1e], [0x55, 0x1d, 0x25], [0x55, 0x1d, 0x23], [0x55, 0x04, 0x03],
        [0x2b, 6, 1, 5, 5, 7, 1, 1], [0x2b, 6, 1, 5, 5, 7, 1, 24], [0x2b, 6, 1, 5, 5, 7, 0x30, 2], [0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1],
        "99991231235959Z"u8.ToArray(), "000101000000Z"u8.ToArray(), "20260229000000Z"u8.ToArray(), "20260101000000+0100"u8.ToArray(),
    ];

    public byte[] Change(byte[] input)
    {
        if (DerNode.Parse(input) is not { Count: > 0 } roots) return change(input);
        List<List<DerNode>> lists = [];
        Collect(roots, lists);
        var list = lists[random.Next(lists.Count)];
        var at = random.Next(list.Count);
        var node = list[at];
        switch (random.Next(12))
        {
            case 0:
                list.RemoveAt(at);
                break;
            case 1:
                list.Insert(random.Next(list.Count + 1), node.Copy());
                break;
            case 2:
                var most = Math.Max(1, MostRepeated / DerNode.Encode([node]).Length);
                list.InsertRange(at, Enumerable.Repeat(node, Math.Min(most, 1 << random.Next(12))));
                break;
            case 3:
                var other = random.Next(list.Count);
                (list[at], list[other]) = (list[other], node);
                break;
            case 4 or 5:
                list[at] = Another() ?? node;
                break;
            case 6:
                list.Insert(at, Another() ?? node);
                break;
            case 7:
                node.Tag = [s_tags[random.Next(s_tags.Length)]];
                break;
            case 8:
                for (var depth = 1 << random.Next(7); depth > 0; depth--) list[at] = new DerNode { Tag = node.Tag.Length == 1 && (node.Tag[0] & 0x20) != 0 ? node.Tag : [0x30], Children = [list[at]] };
                break;
            case 9:
                (node.Children, node.Content) = (null, s_contents[random.Next(s_contents.Length)]);
                break;
            default:
                (node.Children, node.Content) = (null, change(node.Children is null ? node.Content : DerNode.Encode(node.Children)));
                break;
        }

        return DerNode.Encode(roots);
    }

    private DerNode? Another()
    {
        if (DerNode.Parse(pick()) is not { Count: > 0 } roots) return null;
        List<List<DerNode>> lists = [];
        Collect(roots, lists);
        var list = lists[random.Next(lists.Count)];
        return list[random.Next(list.Count)];
    }

    private static void Collect(List<DerNode> nodes, List<List<DerNode>> lists)
    {
        if (nodes.Count == 0) return;
        lists.Add(nodes);
        foreach (var node in nodes)
        {
            if (node.Children is { } children) Collect(children, lists);
        }
    }
}

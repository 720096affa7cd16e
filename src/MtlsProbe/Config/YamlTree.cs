using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MtlsProbe.Config;

/// <summary>
/// Reads a YAML text into nodes. The nodes keep duplicate keys and places, which YamlDotNet's own models do not; anchors, aliases
/// and tags are refused, so that a small file cannot unfold into a large configuration.
/// </summary>
internal sealed class YamlTree
{
    /// <summary>The grammar needs six levels.</summary>
    private const int MaxDepth = 16;

    private readonly Parser _parser;
    private readonly ErrorList _errors;
    private readonly string? _included;
    private readonly int _mostNodes;
    private int _nodes;
    private int _skipped; // collections that are being skipped

    private YamlTree(string text, ErrorList errors, string? included, int mostNodes)
    {
        _parser = new Parser(new StringReader(text));
        (_errors, _included, _mostNodes) = (errors, included, mostNodes);
    }

    /// <summary>The root of the only document; null if there is none, or if it is not YAML, which is reported.</summary>
    /// <param name="included">The file of the text, if it is not the one whose mistakes are collected.</param>
    /// <param name="mostNodes">A text with more is refused: a node takes up to a hundred times the memory of its text.</param>
    public static YamlNode? Load(string text, ErrorList errors, string? included = null, int mostNodes = int.MaxValue)
    {
        var tree = new YamlTree(text, errors, included, mostNodes);
        try
        {
            return tree.Document();
        }
        catch (YamlException e) when (tree._nodes > mostNodes)
        {
            errors.Add((int)e.Start.Line, (int)e.Start.Column, "", FormattableString.Invariant($"there are more than {mostNodes:N0} values"), null, included);
        }
        catch (YamlException e)
        {
            YamlSyntax.Report(e.Message, e.Start, text, errors, included);
        }
        catch (InvalidOperationException)
        {
            // What YamlDotNet's parser throws on some flow collections that are not closed.
            YamlSyntax.Report("did not find expected ',' or closing bracket", tree._parser.Current?.End ?? Mark.Empty, text, errors, included);
        }

        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // What it throws on tags and directives that make no sense, such as !<> and %YAML 1.99999999999.
            YamlSyntax.Report("found a tag or a directive that cannot be read", tree._parser.Current?.End ?? Mark.Empty, text, errors, included);
        }

        return null;
    }

    private YamlNode? Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _)) return null;
        _parser.Consume<DocumentStart>();
        var root = Node(depth: 0);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second))
        {
            _errors.Add((int)second.Start.Line, (int)second.Start.Column, "", "a second YAML document begins here",
                "one file holds one document: remove the line with ---", _included);
        }

        return root;
    }

    private YamlNode Node(int depth)
    {
        _parser.Accept<ParsingEvent>(out var node);
        var (line, column) = ((int)node!.Start.Line, (int)node.Start.Column);

        // Nothing is read on: the parser needs a time that grows with the square of the depth.
        if (depth > MaxDepth) throw new SemanticErrorException(node.Start, node.End, "lists and mappings are nested too deeply");
        if (++_nodes > _mostNodes) throw new SemanticErrorException(node.Start, node.End, "there are too many values");
        if (Refusal(node) is var (problem, hint))
        {
            _errors.Add(line, column, "", problem, hint, _included);
            Skip(depth);
            return new YamlUnusable(line, column) { File = _included };
        }

        if (_parser.TryConsume<Scalar>(out var scalar))
            return new YamlScalar(line, column, scalar.Value, scalar.Style is ScalarStyle.Plain) { File = _included };

        if (_parser.TryConsume<SequenceStart>(out _))
        {
            var items = new List<YamlNode>();
            while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(Node(depth + 1));
            return new YamlSequence(line, column, items) { File = _included };
        }

        _parser.Consume<MappingStart>();
        var entries = new List<(YamlNode, YamlNode)>();
        while (!_parser.TryConsume<MappingEnd>(out _)) entries.Add((Node(depth + 1), Node(depth + 1)));
        return new YamlMapping(line, column, entries) { File = _included };
    }

    /// <summary>Skips a node, within the same depth limit: the parser's own method has none.</summary>
    private void Skip(int depth)
    {
        do
        {
            var parsed = _parser.Consume<ParsingEvent>();
            depth += parsed.NestingIncrease;
            if (depth > MaxDepth) throw new SemanticErrorException(parsed.Start, parsed.End, "lists and mappings are nested too deeply");
            if (parsed.NestingIncrease > 0) _skipped++;
            else if (parsed.NestingIncrease < 0) _skipped--;
        }
        while (_skipped > 0);
    }

    private static (string Problem, string Hint)? Refusal(ParsingEvent node) => node switch
    {
        AnchorAlias alias =>
            ($"the alias *{alias.Value.Value} is not supported", "write the value out"),
        NodeEvent { Anchor: { IsEmpty: false } anchor } =>
            ($"the anchor &{anchor.Value} is not supported", "write the value out where it is needed"),
        NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } tag } =>
            ($"the tag {tag.Value} is not supported", "write the value alone; quote it to make it a text"),
        _ => null,
    };
}

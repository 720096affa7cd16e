using System.Globalization;
using System.Text.Json;
using MtlsProbe.ApiCalls;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>The groups of <see cref="TargetGroups"/> in JSON, read token by token: only addresses and labels are kept.</summary>
internal ref struct JsonGroups
{
    private const int MaxDepth = 16;

    private readonly string _source;
    private readonly ReadOnlySpan<byte> _json;
    private readonly List<DiscoveredTarget> _targets = [];
    private Utf8JsonReader _reader;
    private int _labels; // of all groups
    private int _line = 1;
    private int _lineStart;
    private int _counted; // lines are counted up to here

    private JsonGroups(ReadOnlySpan<byte> json, string source)
    {
        _source = source;
        _json = json;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <param name="source">Its name in places and problems.</param>
    /// <returns>The targets, or what is wrong with the whole list, beginning with the place.</returns>
    public static (ValueList<DiscoveredTarget> Targets, string? Problem) Read(ReadOnlySpan<byte> json, string source)
    {
        if (json.StartsWith("\uFEFF"u8)) json = json[3..];
        var groups = new JsonGroups(json, source);
        try
        {
            return groups.All() is { } problem ? ([], problem) : (groups._targets.ToValueList(), null);
        }
        catch (JsonException e)
        {
            return ([], string.Create(CultureInfo.InvariantCulture, $"{source}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}: this is not valid JSON"));
        }
        catch (InvalidOperationException)
        {
            return ([], groups.Wrong("this string is not valid Unicode"));
        }
    }

    private string? All()
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartArray) return Wrong("this has to be a list of groups");
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.StartObject) return Wrong("a group has to be an object with targets and labels");
            if (Group() is { } problem) return problem;
        }

        return _reader.Read() ? Wrong("something follows the list") : null;
    }

    private string? Group()
    {
        List<(string Address, TextPlace At)> addresses = [];
        List<Label> labels = [];
        List<TextPlace> places = [];
        while (JsonWalk.NextProperty(ref _reader, out var name))
        {
            var problem = (name, _reader.TokenType) switch
            {
                ("targets", JsonTokenType.StartArray) => Addresses(addresses),
                ("labels", JsonTokenType.StartObject) => Labels(labels, places),
                ("targets" or "labels", JsonTokenType.Null) => null,
                ("targets", _) => Wrong("targets has to be a list"),
                ("labels", _) => Wrong("labels has to be an object"),
                _ => Wrong($"unknown key \"{VisibleText.Of(name, 60, ascii: false)}\"; a group has targets and labels"),
            };
            if (problem is not null) return problem;
        }

        if ((_labels += labels.Count) > TargetGroups.MostLabelsInAll) return Wrong(string.Create(CultureInfo.InvariantCulture, $"there are more than {TargetGroups.MostLabelsInAll:N0} labels"));
        var (shared, sharedAt) = (labels.ToValueList(), places.ToValueList());
        foreach (var (address, at) in addresses) _targets.Add(new DiscoveredTarget(address, shared) { At = at, LabelsAt = sharedAt });
        return null;
    }

    private string? Addresses(List<(string Address, TextPlace At)> addresses)
    {
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.String) return Wrong("a target has to be a string, \"HOST:PORT\"");
            if (_targets.Count + addresses.Count == TargetGroups.MostTargets) return Wrong(string.Create(CultureInfo.InvariantCulture, $"there are more than {TargetGroups.MostTargets:N0} targets"));
            addresses.Add((_reader.GetString()!, At()));
        }

        return null;
    }

    private string? Labels(List<Label> labels, List<TextPlace> places)
    {
        while (JsonWalk.NextProperty(ref _reader, out var name))
        {
            if (_reader.TokenType != JsonTokenType.String) return Wrong($"the label \"{VisibleText.Of(name, 60, ascii: false)}\" has to be a string");
            if (!DiscoveredTarget.IsKept(name)) continue;
            if (labels.Count == TargetGroups.MostLabels) return Wrong($"a group has more than {TargetGroups.MostLabels} labels");
            labels.Add(new Label(name, _reader.GetString()!));
            places.Add(At());
        }

        return null;
    }

    /// <summary>The place of the current token; columns count bytes.</summary>
    private TextPlace At()
    {
        var at = (int)_reader.TokenStartIndex;
        for (int found; (found = _json[_counted..at].IndexOf((byte)'\n')) >= 0; _line++)
        {
            _counted += found + 1;
            _lineStart = _counted;
        }

        _counted = at;
        return new TextPlace(_source, _line, at - _lineStart + 1);
    }

    private string Wrong(string problem)
    {
        var at = At();
        return string.Create(CultureInfo.InvariantCulture, $"{_source}:{at.Line}:{at.Column}: {problem}");
    }
}

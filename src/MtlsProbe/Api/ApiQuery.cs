using System.Collections.Frozen;
using System.Globalization;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>
/// The parameters of a request to the API. Nothing is ignored or guessed: the first parameter that is unknown, or has an invalid value, refuses the
/// request with a sentence.
/// </summary>
internal sealed class ApiQuery
{
    private const int MostShown = 100;
    private const int LongestText = 200;
    private const int LastPage = 1_000_000;

    /// <summary>Maximum number of different words of a search: each is searched for in every text of every row.</summary>
    private const int MostWords = 8;

    /// <summary>Maximum number of values of a parameter that can be repeated.</summary>
    private const int MostValues = 100;

    private readonly IQueryCollection _query;

    /// <param name="known">The parameters of the path.</param>
    public ApiQuery(IQueryCollection query, params ReadOnlySpan<string> known)
    {
        _query = query;
        foreach (var name in query.Keys)
        {
            if (!known.Contains(name)) Refuse($"\"{Visible(name)}\" is not a parameter of this path; {(known.IsEmpty ? "it takes none" : $"these are: {string.Join(", ", known!)}")}.");
        }
    }

    /// <summary>The first mistake; null if there is none.</summary>
    public Refusal? Refusal { get; private set; }

    public int Number(string name, int otherwise, int most) =>
        One(name) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most ? number
        : Refuse(otherwise, name, text, string.Create(CultureInfo.InvariantCulture, $"is not a whole number from 1 to {most}"));

    /// <summary>A duration in Prometheus' syntax, as in 30d.</summary>
    public TimeSpan Span(string name, TimeSpan otherwise) =>
        One(name) is not { } text ? otherwise
        : Duration.TryParse(text) is { } span && span > TimeSpan.Zero ? span
        : Refuse(otherwise, name, text, "is not a duration, as in 30d");

    /// <summary>A time as in RFC 3339, in UTC; null if it is absent.</summary>
    public DateTimeOffset? Time(string name) =>
        One(name) is not { } text ? null
        : DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time
        : Refuse<DateTimeOffset?>(null, name, text, "is not a time, as in 2026-11-30T03:12:00Z");

    public Paging Paging(int limit, int most) => new(Number("page", 1, LastPage), Number("limit", limit, most));

    /// <summary>Null if it is absent.</summary>
    public string? Text(string name) => One(name);

    /// <summary>A text, parsed.</summary>
    /// <param name="parse">Returns null if the text is invalid.</param>
    public T Parsed<T>(string name, T otherwise, Func<string, T?> parse, string problem)
        where T : class => One(name) is not { } text ? otherwise : parse(text) ?? Refuse(otherwise, name, text, problem);

    /// <summary>The words of a text, which must all occur; none if it is absent or blank.</summary>
    public ValueList<string> Words(string name)
    {
        if (One(name) is not { } text) return [];
        if (text.Length > LongestText) return Refuse<ValueList<string>>([], name, text, string.Create(CultureInfo.InvariantCulture, $"is longer than {LongestText} characters"));
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.OrdinalIgnoreCase).ToValueList();
        return words.Count > MostWords ? Refuse<ValueList<string>>([], name, text, string.Create(CultureInfo.InvariantCulture, $"has more than {MostWords} different words")) : words;
    }

    /// <summary>The values of a parameter that can be given several times.</summary>
    public FrozenSet<string> Many(string name) => All(name).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Those of the allowed texts that a parameter, which can be given several times, has.</summary>
    public FrozenSet<string> ManyOf(string name, IReadOnlyCollection<string> allowed)
    {
        var values = Many(name);
        foreach (var text in values)
        {
            if (!allowed.Contains(text)) Refuse(false, name, text, $"is not allowed; these are: {string.Join(", ", allowed)}");
        }

        return values;
    }

    /// <summary>Null if it is absent.</summary>
    public T? Choice<T>(string name)
        where T : struct, Enum => One(name) is { } text ? Member<T>(name, text) : null;

    /// <summary>The members of a comma-separated list.</summary>
    public FrozenSet<T> Choices<T>(string name)
        where T : struct, Enum => One(name) is not { } text ? [] : text.Split(',').Select(part => Member<T>(name, part)).OfType<T>().ToFrozenSet();

    /// <summary>One of the allowed texts.</summary>
    public string OneOf(string name, string otherwise, IReadOnlyCollection<string> allowed) =>
        One(name) is not { } text ? otherwise
        : allowed.Contains(text) ? text
        : Refuse(otherwise, name, text, $"is not allowed; these are: {string.Join(", ", allowed)}");

    /// <summary>A column, and whether the order is descending.</summary>
    public (string Column, bool Descending) Sort(string otherwise, IReadOnlyCollection<string> columns)
    {
        if (One("sort") is not { } text) return (otherwise, false);
        var descending = text.StartsWith('-');
        var column = descending ? text[1..] : text;
        return columns.Contains(column)
            ? (column, descending)
            : Refuse((otherwise, false), "sort", text, $"is not a column. Columns, with - in front for descending order: {string.Join(", ", columns)}");
    }

    /// <summary>Labels as <c>name=value</c>.</summary>
    public ValueList<Label> Labels(string name)
    {
        var labels = new List<Label>();
        foreach (var text in All(name))
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) labels.Add(new Label(text[..equals], text[(equals + 1)..]));
            else Refuse(false, name, text, "is not written as name=value");
        }

        return labels.ToValueList();
    }

    private string? One(string name)
    {
        if (!_query.TryGetValue(name, out var values)) return null;
        return values.Count == 1 ? values[0] ?? "" : Refuse<string?>(null, name, values[^1] ?? "", "is given more than once");
    }

    private IEnumerable<string> All(string name)
    {
        var values = _query[name];
        if (values.Count > MostValues) Refuse(false, name, "", string.Create(CultureInfo.InvariantCulture, $"is given more than {MostValues} times"));
        return values.Take(MostValues).Select(value => value ?? "");
    }

    private T? Member<T>(string name, string text)
        where T : struct, Enum
    {
        foreach (var member in Enum.GetValues<T>())
        {
            if (member.Label() == text) return member;
        }

        return Refuse<T?>(null, name, text, $"is not allowed; these are: {string.Join(", ", Enum.GetValues<T>().Select(member => member.Label()))}");
    }

    private T Refuse<T>(T otherwise, string name, string text, string problem)
    {
        Refuse($"{name}: \"{Visible(text)}\" {problem}.");
        return otherwise;
    }

    private void Refuse(string sentence) => Refusal ??= new Refusal(StatusCodes.Status400BadRequest, sentence);

    private static string Visible(string text) => VisibleText.Of(text, MostShown, ascii: false);
}

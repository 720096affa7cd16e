using System.Globalization;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>
/// Gathers the mistakes of one file and of those that it includes, within bounds. The same mistake at the same place counts once: many targets may inherit it.
/// </summary>
internal sealed class ErrorList(string file)
{
    /// <summary>The maximum number of reported errors.</summary>
    public const int MostTold = 100;

    private const int MostKept = 1000;
    private const int MostShown = 4000; // characters of one sentence

    private readonly HashSet<ConfigurationError> _errors = [];

    /// <summary>As the user named it.</summary>
    public string File => file;

    public int Count => _errors.Count;

    public void Add(YamlNode at, string where, string problem, string? hint = null) => Add(at.Line, at.Column, where, problem, hint, at.File);

    /// <param name="included">Another file than the one whose mistakes are gathered.</param>
    public void Add(int line, int column, string where, string problem, string? hint = null, string? included = null)
    {
        if (_errors.Count <= MostKept) _errors.Add(new ConfigurationError(included ?? file, line, column, Visible(where), Visible(problem), hint is null ? null : Visible(hint)));
    }

    /// <summary>Removes all mistakes and returns the first; null if there is none.</summary>
    public ConfigurationError? TakeFirst()
    {
        var first = _errors.MinBy(error => (error.Line, error.Column));
        _errors.Clear();
        return first;
    }

    /// <summary>The parser and hints quote the file, which may hold what a terminal obeys.</summary>
    private static string Visible(string text) => VisibleText.Of(text, MostShown, ascii: false);

    /// <summary>In the order of the file, before those of included files; if some are not reported, the last one gives their number.</summary>
    public ValueList<ConfigurationError> InOrder()
    {
        var told = _errors.OrderBy(error => error.File != file).ThenBy(error => error.File, StringComparer.Ordinal).ThenBy(error => error.Line).ThenBy(error => error.Column).Take(MostTold);
        var more = Math.Min(_errors.Count, MostKept) - MostTold;
        if (more <= 0) return told.ToValueList();
        var atLeast = _errors.Count > MostKept ? "more than " : "";
        return [.. told, new ConfigurationError(file, 0, 0, "", string.Create(CultureInfo.InvariantCulture, $"and {atLeast}{more} more mistakes"), null)];
    }
}

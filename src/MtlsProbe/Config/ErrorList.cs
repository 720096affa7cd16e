using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>Gathers the mistakes of one file. The same mistake at the same place counts once: many targets may inherit it.</summary>
internal sealed class ErrorList(string file)
{
    private readonly HashSet<ConfigurationError> _errors = [];

    public int Count => _errors.Count;

    public void Add(YamlNode at, string where, string problem, string? hint = null) => Add(at.Line, at.Column, where, problem, hint);

    public void Add(int line, int column, string where, string problem, string? hint = null) =>
        _errors.Add(new ConfigurationError(file, line, column, where, problem, hint));

    /// <summary>In the order of the file.</summary>
    public ValueList<ConfigurationError> InOrder() =>
        _errors.OrderBy(error => error.Line).ThenBy(error => error.Column).ToValueList();
}

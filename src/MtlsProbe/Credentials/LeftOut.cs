using System.Globalization;
using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>Sentences about unused content of a file that is used: nothing is ignored silently.</summary>
internal static class LeftOut
{
    /// <summary>The maximum for one set of files; a directory may hold thousands.</summary>
    private const int MostTold = 10;

    /// <summary>Blocks of other kinds than the file is read for.</summary>
    /// <param name="what">What is read from the file.</param>
    public static IEnumerable<MaterialNote> Blocks(string path, IReadOnlyList<PemBlock> blocks, string what)
    {
        if (blocks.Count == 0) yield break;
        yield return new MaterialNote($"{path} holds {Labels(blocks)} too, which is left out: {what}")
        {
            IsWarning = blocks.Any(block => block.IsPrivateKey),
        };
    }

    /// <summary>OpenSSL's own settings of trust, which may also say that a certificate is not to be trusted.</summary>
    public static IEnumerable<MaterialNote> Settings(string path, int count)
    {
        if (count == 0) yield break;
        yield return new MaterialNote(
            $"{path} holds {Count(count, "certificate")} with OpenSSL's settings of trust (TRUSTED CERTIFICATE), which are left out: each counts as an anchor, whatever they say")
        {
            IsWarning = true,
        };
    }

    /// <summary>The labels of some blocks, each with its number and where the first begins.</summary>
    public static string Labels(IEnumerable<PemBlock> blocks)
    {
        List<IGrouping<string, PemBlock>> kinds = [.. blocks.GroupBy(block => block.Label, StringComparer.Ordinal)];
        var told = kinds.Take(MostTold)
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Count():N0} × {group.Key} ({(group.Skip(1).Any() ? "the first at" : "at")} line {group.First().Line})"));
        return string.Join(", ", told) + (kinds.Count > MostTold ? $" and {Count(kinds.Count - MostTold, "other kind")}" : "");
    }

    /// <summary>A readable number of them; warnings first.</summary>
    public static ValueList<MaterialNote> Bounded(IReadOnlyCollection<MaterialNote> notes)
    {
        List<MaterialNote> ordered = [.. notes.OrderByDescending(note => note.IsWarning)];
        if (ordered.Count <= MostTold) return [.. ordered];
        var rest = ordered[MostTold..];
        return
        [
            .. ordered[..MostTold],
            new MaterialNote(string.Create(CultureInfo.InvariantCulture, $"and {rest.Count:N0} more like this")) { IsWarning = rest.Any(note => note.IsWarning) },
        ];
    }

    public static string Count(int count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many ?? one + "s")}");
}

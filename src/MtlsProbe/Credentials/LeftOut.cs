using System.Globalization;
using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>Sentences about unused content of files: nothing is ignored silently.</summary>
internal static class LeftOut
{
    /// <summary>Maximum number of sentences about one set of files; a directory can have thousands.</summary>
    private const int MostTold = 10;

    /// <summary>Blocks of kinds that are not read from this file.</summary>
    /// <param name="what">What is read from the file.</param>
    public static IEnumerable<MaterialNote> Blocks(string path, IReadOnlyList<PemBlock> blocks, string what)
    {
        if (blocks.Count == 0) yield break;
        yield return new MaterialNote($"{path} also contains {Labels(blocks)}, which is ignored: {what}")
        {
            IsWarning = blocks.Any(block => block.IsPrivateKey),
        };
    }

    /// <summary>OpenSSL's own trust settings, which can even say that a certificate is not trusted.</summary>
    public static IEnumerable<MaterialNote> Settings(string path, int count)
    {
        if (count == 0) yield break;
        yield return new MaterialNote(
            $"{path} holds {Count(count, "certificate")} with OpenSSL trust settings (TRUSTED CERTIFICATE), which are ignored: each counts as an anchor, whatever its settings are")
        {
            IsWarning = true,
        };
    }

    /// <summary>The labels of some blocks, with the number of each and the line of the first.</summary>
    public static string Labels(IEnumerable<PemBlock> blocks)
    {
        List<IGrouping<string, PemBlock>> kinds = [.. blocks.GroupBy(block => block.Label, StringComparer.Ordinal)];
        var told = kinds.Take(MostTold)
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Count():N0} × {group.Key} ({(group.Skip(1).Any() ? "the first at" : "at")} line {group.First().Line})"));
        return string.Join(", ", told) + (kinds.Count > MostTold ? $" and {Count(kinds.Count - MostTold, "other kind")}" : "");
    }

    /// <summary>The first notes, warnings before others; the rest is counted.</summary>
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

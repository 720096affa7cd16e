using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Inventories;

/// <summary>The certificates of one place.</summary>
/// <param name="LeftOut">How many more blocks are labeled as certificates: beyond the limit, or damaged.</param>
internal sealed record StoredContent(ValueList<Certificate> Certificates, int LeftOut)
{
    public static readonly StoredContent Nothing = new([], 0);

    /// <summary>
    /// Why there are none, as the continuation of a sentence that begins with the path, without any of the content; null if there are some.
    /// </summary>
    public string? Problem { get; init; }

    public static StoredContent Broken(string problem) => Nothing with { Problem = problem };
}

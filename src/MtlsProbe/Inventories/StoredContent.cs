using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Inventories;

/// <summary>The certificates of one place.</summary>
/// <param name="LeftOut">How many more say that they are certificates: beyond the bound, or damaged.</param>
internal sealed record StoredContent(ValueList<Certificate> Certificates, int LeftOut)
{
    public static readonly StoredContent Nothing = new([], 0);

    /// <summary>Why there are none; continues a sentence that begins with the path, and has nothing of the content in it. Null where there are some.</summary>
    public string? Problem { get; init; }

    public static StoredContent Broken(string problem) => Nothing with { Problem = problem };
}

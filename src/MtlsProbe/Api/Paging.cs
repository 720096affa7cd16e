namespace MtlsProbe.Api;

/// <summary>Which part of a list is wanted.</summary>
/// <param name="Page">From 1.</param>
/// <param name="Limit">How many on a page.</param>
internal readonly record struct Paging(int Page, int Limit)
{
    /// <summary>The part of a list; empty behind its end.</summary>
    public IEnumerable<T> Of<T>(IReadOnlyList<T> list)
    {
        var first = (Page - 1L) * Limit;
        for (var i = first; i < Math.Min(first + Limit, list.Count); i++) yield return list[(int)i];
    }
}

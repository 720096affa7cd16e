using MtlsProbe.Handshake;

namespace MtlsProbe.Fuzz;

/// <summary>The head of an answer, whole or in parts.</summary>
internal sealed class HttpHeadEntry : FuzzEntry
{
    public override string Name => "http-head";

    public override string Does => "the head of an HTTP/1.x answer";

    public override IReadOnlyList<string> Tokens => HttpEntry.Words;

    public override IReadOnlyList<string> Reached => ["Whole 0", "Partial 0"];

    public override IEnumerable<byte[]> Seeds() => [.. SeedDialogues.Said["https"].Select(SeedDialogues.Bytes), "HTTP/1.1 200"u8.ToArray()];

    public override string Run(byte[] input)
    {
        var head = HttpHead.Parse(input);
        Claim.Holds(head.Length >= 0 && head.Length <= input.Length, "it is longer than the input");
        Claim.Holds(head.State != HttpHeadState.Whole || head.Status is >= 100 and <= 999, $"the status is {head.Status}");
        foreach (var scanned in (int[])[1, head.Length / 2, head.Length - 1])
        {
            if (scanned > 0 && scanned < head.Length) Claim.Holds(HttpHead.Parse(input, scanned) == head, "read in parts it is different");
        }

        if (head.State != HttpHeadState.Whole) return $"{head.State} 0";
        var whole = input.AsSpan(0, head.Length);
        Claim.Holds(HttpHead.Parse(whole) == head, "alone it is different");
        Claim.Holds(HttpHead.ContentLength(whole) is null or >= 0, "a length is negative");
        return $"{head.State} {head.Status / 100}{(HttpHead.Field(whole, "Server") is null ? "" : " with a field")}{(HttpHead.ContentLength(whole) is null ? "" : " with a length")}";
    }
}

namespace MtlsProbe.Fuzz;

/// <summary>A parser with a known fault, to test the fuzzer. It is the last of the list and runs only if it is named.</summary>
internal sealed class PlantedEntry : FuzzEntry
{
    public override string Name => "planted";

    public override string Does => "a parser with a known fault, to show a finding";

    public override IReadOnlyList<string> Tokens => ["<boom>"];

    public override IEnumerable<byte[]> Seeds() => ["a quiet text, as long as a line may well be"u8.ToArray()];

    public override string Run(byte[] input) =>
        input.AsSpan().IndexOf("<boom>"u8) < 0 ? "quiet" : throw new InvalidDataException("planted");
}

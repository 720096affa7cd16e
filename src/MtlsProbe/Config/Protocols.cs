using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>The protocols that can be spoken: a value that is passed in where the program is put together. The first is spoken where none is named.</summary>
internal sealed record Protocols(ValueList<ProtocolGrammar> Grammars)
{
    public ProtocolGrammar Default => Grammars[0];

    /// <summary>One for each block, in their order.</summary>
    public IEnumerable<ProtocolGrammar> WithBlocks => Grammars.Where(grammar => grammar.Block is not null).DistinctBy(grammar => grammar.Block);

    public Protocols With(ProtocolGrammar another) => new([.. Grammars, another]);

    public Reading<ProtocolGrammar> Named(string text) => Grammars.FirstOrDefault(grammar => grammar.Name == text) is { } known
        ? known
        : Reading<ProtocolGrammar>.Wrong(
            "is not a protocol that the prober speaks",
            Spelling.DidYouMean(text, Grammars.Select(grammar => grammar.Name)) ?? "it speaks " + string.Join(", ", Grammars.Select(grammar => grammar.Name)));
}

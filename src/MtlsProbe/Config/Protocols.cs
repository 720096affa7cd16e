using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>The protocols that can be spoken: a value that is passed in where the program is put together. The first is spoken where none is named.</summary>
internal sealed record Protocols
{
    public Protocols(ValueList<ProtocolGrammar> grammars)
    {
        Grammars = grammars;
        WithBlocks = [.. grammars.Where(grammar => grammar.Block is not null).DistinctBy(grammar => grammar.Block)];
        KeysOfDefaults =
        [
            TargetKeys.ServerName.Name, "protocol", .. WithBlocks.Select(protocol => protocol.Block!),
            .. TargetKeys.All.Except([TargetKeys.ServerName]).Select(key => key.Block ?? key.Name).Distinct(), "labels",
        ];
        KeysOfTarget = ["name", "address", .. KeysOfDefaults];
    }

    public ValueList<ProtocolGrammar> Grammars { get; }

    public ProtocolGrammar Default => Grammars[0];

    /// <summary>One for each block, in their order.</summary>
    public IReadOnlyList<ProtocolGrammar> WithBlocks { get; }

    /// <summary>The keys that the defaults may have, as help names them.</summary>
    public string[] KeysOfDefaults { get; }

    /// <summary>The keys that a target may have.</summary>
    public string[] KeysOfTarget { get; }

    public Protocols With(ProtocolGrammar another) => new([.. Grammars, another]);

    public Reading<ProtocolGrammar> Named(string text) => Grammars.FirstOrDefault(grammar => grammar.Name == text) is { } known
        ? known
        : Reading<ProtocolGrammar>.Wrong(
            "is not a protocol that MtlsProbe supports",
            Spelling.DidYouMean(text, Grammars.Select(grammar => grammar.Name)) ?? "it speaks " + string.Join(", ", Grammars.Select(grammar => grammar.Name)));
}

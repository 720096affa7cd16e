using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>
/// A protocol in the configuration and on the command line: its name and its keys. Each protocol declares its own, beside its messages.
/// </summary>
internal sealed record ProtocolGrammar
{
    /// <summary>The value of the key <c>protocol</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, as text that follows the name.</summary>
    public required string Does { get; init; }

    /// <summary>Null where everybody has another.</summary>
    public int? DefaultPort { get; init; }

    /// <summary>Where its keys choose another port than <see cref="DefaultPort"/>.</summary>
    public Func<Protocol, int?> PortByKeys { get; init; } = _ => null;

    /// <summary>The key of its block in a target and in the defaults, which similar protocols may share; null: it has none.</summary>
    public string? Block { get; init; }

    /// <summary>The keys of the block.</summary>
    public ValueList<string> Keys { get; init; } = [];

    /// <summary>The keys of the block that are flags of <c>mtlsprobe probe</c> as well.</summary>
    public ValueList<ProtocolFlag> Flags { get; init; } = [];

    /// <summary>
    /// The protocol that a block describes, with inherited keys; the block is empty if there is none. Errors are reported by the section, and the
    /// returned value is then not used.
    /// </summary>
    public required Func<Section, Protocol> Read { get; init; }

    /// <summary>What is wrong with offering this by ALPN where the protocol is spoken so; null: nothing.</summary>
    public Func<ValueList<string>, Protocol, (string Problem, string Hint)?> AlpnProblem { get; init; } = (_, _) => null;

    /// <summary>What the key <c>login</c> may be where this protocol is spoken.</summary>
    public LoginKinds Logins { get; init; } = LoginKinds.None;

    /// <summary>What to do instead of a login that is not possible; null: nothing.</summary>
    public string? LoginHint { get; init; }

    /// <summary>Why a login cannot be combined with this block; null: it can.</summary>
    public Func<Login, Protocol, (string Problem, string Hint)?> LoginProblem { get; init; } = (_, _) => null;

    /// <summary>What is wrong with the block, its defaults merged in; null: nothing.</summary>
    public Func<Protocol, (string Problem, string Hint)?> BlockProblem { get; init; } = _ => null;

    /// <summary>What is wrong with the block where another protocol is spoken.</summary>
    public Func<string, string> Misplaced { get; init; } = spoken => $"this has no effect with protocol {spoken}";

    /// <summary>The port that is meant where none is given; null where one has to be.</summary>
    public int? PortOf(Protocol spoken) => PortByKeys(spoken) ?? DefaultPort;

    /// <summary>The protocol if only its name is given.</summary>
    public Protocol Plain => Read(Section.Empty());
}

/// <summary>A key of a protocol's block that <c>mtlsprobe probe</c> takes as a flag.</summary>
/// <param name="Name">Of the flag.</param>
/// <param name="Placeholder">For its value, in the help.</param>
/// <param name="Check">What is wrong with a value, as in the file.</param>
/// <param name="IsList">The key is a list, and the flag may be given several times.</param>
internal sealed record ProtocolFlag(string Name, string Key, string Placeholder, string Description, Func<string, Reading<string>> Check, bool IsList = false);

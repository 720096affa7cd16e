using MtlsProbe.Model;

namespace MtlsProbe.Verdicts;

/// <summary>What the same server does to others, in words.</summary>
internal static class ControlText
{
    public static string Of(ControlFacts control) => string.Join("; ", new[]
    {
        control.Stranger is { } stranger ? $"to a stranger's certificate: {Of(stranger)}" : null,
        control.None is { } none ? $"to no certificate: {Of(none)}" : null,
        control.Alpn is { } alpn ? $"to our own, with h2 and http/1.1 offered: {Of(alpn)}" : null,
    }.Where(part => part is not null));

    private static string Of(Reaction reaction) => reaction.Kind switch
    {
        ReactionKind.Kept => "goes on",
        ReactionKind.Alert => $"the alert {reaction.Alert?.Name}",
        ReactionKind.Closed => "closes without a word",
        ReactionKind.Reset => "resets",
        _ => "nothing was found out",
    };
}

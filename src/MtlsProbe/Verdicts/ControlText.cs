using MtlsProbe.Model;

namespace MtlsProbe.Verdicts;

/// <summary>The result of control probes at the same server, as text.</summary>
internal static class ControlText
{
    public static string Of(ControlFacts control) => string.Join("; ", new[]
    {
        control.Stranger is { } stranger ? $"with an unknown certificate: {Of(stranger)}" : null,
        control.None is { } none ? $"without a certificate: {Of(none)}" : null,
        control.Alpn is { } alpn ? $"with ours, offering h2 and http/1.1: {Of(alpn)}" : null,
    }.Where(part => part is not null));

    private static string Of(Reaction reaction) => reaction.Kind switch
    {
        ReactionKind.Kept => "goes on",
        ReactionKind.Alert => $"the alert {reaction.Alert?.Name}",
        ReactionKind.Closed => "closes without an alert",
        ReactionKind.Reset => "resets the connection",
        _ when reaction.Alert is { } alert => $"the alert {alert.Name}",
        _ => "not known",
    };
}

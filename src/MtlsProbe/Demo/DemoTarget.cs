using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Demo;

/// <summary>One server of the demo, and how it is probed.</summary>
/// <param name="Name">Of the target; <see cref="ServerName"/> follows from it.</param>
/// <param name="Story">What is right or wrong with it, in a few words.</param>
/// <param name="Verdict">What the prober has to find.</param>
internal sealed record DemoTarget(string Name, string Story, DemoVerdict Verdict)
{
    /// <summary>Null: the server speaks no TLS.</summary>
    public ServerParameters? Tls { get; init; }

    /// <summary>Null: nothing listens.</summary>
    public Behaviour? Behaviour { get; init; }

    /// <summary>The identity that is presented.</summary>
    public string Identity { get; init; } = DemoFiles.Checkout;

    public Protocol Protocol { get; init; } = Protocol.Https;

    /// <summary>The same server with a renewed certificate; null where it keeps the one it has.</summary>
    public Func<ServerParameters>? Renew { get; init; }

    public string ServerName => NameOf(Name);

    public static string NameOf(string target) => target + ".demo.test";
}

/// <summary>A verdict by its parts.</summary>
/// <param name="Reason">Null for success.</param>
/// <param name="Alert">The alert that the server has to send.</param>
internal sealed record DemoVerdict(Outcome Outcome, Reason? Reason = null, Alert? Alert = null)
{
    public static readonly DemoVerdict Accepted = new(Outcome.Accepted);

    public static DemoVerdict Rejected(Reason reason, byte? alert = null) =>
        new(Outcome.Rejected, reason, alert is { } code ? new Alert(code) : null);

    public static DemoVerdict Failed(Reason reason) => new(Outcome.Failed, reason);

    public override string ToString() =>
        Outcome.Label() + (Reason is null ? "" : $": {Reason.Label}") + (Alert is { } alert ? $" (alert {alert.Code})" : "");
}

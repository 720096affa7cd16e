using MtlsProbe.Certificates;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Demo;

/// <summary>One server of the demo, and how to probe it.</summary>
/// <param name="Name">The name of the target; <see cref="ServerName"/> is derived from it.</param>
/// <param name="Story">What is right or wrong with it, in a few words.</param>
/// <param name="Verdict">The expected verdict of the prober.</param>
internal sealed record DemoTarget(string Name, string Story, DemoVerdict Verdict)
{
    /// <summary>Null: the server speaks no TLS.</summary>
    public ServerParameters? Tls { get; init; }

    /// <summary>Null: nothing listens.</summary>
    public Behaviour? Behaviour { get; init; }

    /// <summary>The identity that is presented.</summary>
    public string Identity { get; init; } = DemoFiles.Checkout;

    public Protocol Protocol { get; init; } = new Https();

    /// <summary>The trust bundle.</summary>
    public string Trust { get; init; } = DemoFiles.Trust;

    /// <summary>More servers behind the same address: connections go to <see cref="Tls"/> and to each of these in turn.</summary>
    public IReadOnlyList<ServerParameters> Replicas { get; init; } = [];

    /// <summary>Further identities that the server has to accept, and accepts.</summary>
    public IReadOnlyList<string> Accepts { get; init; } = [];

    /// <summary>Whether <see cref="MustReject"/> is configured as "all others".</summary>
    public bool RefusesOthers { get; init; }

    /// <summary>The identities that the server has to refuse, with the expected verdicts.</summary>
    public IReadOnlyList<DemoRefusal> MustReject { get; init; } = [];

    /// <summary>The leaf that was issued for this server and should be served; null if the configuration does not name it.</summary>
    public MintedCertificate? Issued { get; init; }

    /// <summary>The same server with a renewed certificate; null if its certificate is not renewed.</summary>
    public Func<ServerParameters>? Renew { get; init; }

    /// <summary>The expected ID of the server, if it is checked by ID only; null: its <see cref="ServerName"/> is checked.</summary>
    public SpiffeId? ServerId { get; init; }

    public string ServerName => NameOf(Name);

    /// <summary>All verdicts on this server, in one line. Of "all others", only those that are accepted.</summary>
    public string Promise => string.Join("; ",
    [
        Verdict.ToString(), .. Accepts.Select(identity => $"{identity}: {DemoVerdict.Accepted}"),
        .. MustReject.Where(refusal => !RefusesOthers || refusal.Verdict != DemoVerdict.Refused).Select(refusal => refusal.ToString()),
    ]);

    /// <summary>Whether all verdicts are good.</summary>
    public bool IsGood => Verdict == DemoVerdict.Accepted && MustReject.All(refusal => refusal.Verdict == DemoVerdict.Refused);

    public static string NameOf(string target) => target + ".demo.test";
}

/// <summary>A credential that a server has to refuse.</summary>
/// <param name="Verdict">Whether the server refuses it.</param>
internal sealed record DemoRefusal(string Identity, DemoVerdict Verdict)
{
    public override string ToString() => $"{Identity}: {(Verdict.Reason is { } reason ? reason.Label : Verdict.ToString())}";
}

/// <summary>A verdict: outcome, reason and alert.</summary>
/// <param name="Reason">Null for success.</param>
/// <param name="Alert">The alert that the server must send.</param>
internal sealed record DemoVerdict(Outcome Outcome, Reason? Reason = null, Alert? Alert = null)
{
    public static readonly DemoVerdict Accepted = new(Outcome.Accepted);

    /// <summary>For a credential that the server must refuse: it refuses it.</summary>
    public static readonly DemoVerdict Refused = new(Outcome.Rejected);

    /// <summary>For a credential that the server must refuse: it accepts it.</summary>
    public static readonly DemoVerdict NotRefused = new(Outcome.Accepted, Reasons.NotRefused);

    public static DemoVerdict Rejected(Reason reason, byte? alert = null) =>
        new(Outcome.Rejected, reason, alert is { } code ? new Alert(code) : null);

    public static DemoVerdict Failed(Reason reason) => new(Outcome.Failed, reason);

    public override string ToString() =>
        Outcome.Label() + (Reason is null ? "" : $": {Reason.Label}") + (Alert is { } alert ? $" (alert {alert.Code})" : "");
}

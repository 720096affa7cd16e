using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>What can go wrong with targets and credentials, one target each, and one with which nothing does.</summary>
internal static class Cases
{
    /// <summary>What begins as a ticket becomes a page when the error budget burns fast.</summary>
    private const string BudgetToo = "MtlsProbeErrorBudgetBurningFast critical";

    public static IReadOnlyList<TargetCase> Targets { get; } =
    [
        new("healthy"),
        .. Refusals, .. ServerCertificates, .. Enforcements, .. OutOfReach, .. Rollouts, .. Credentials,
    ];

    public static IReadOnlyList<ExporterCase> Exporters { get; } =
    [
        new(AlertingFleet.Instance, "MtlsProbeConfigurationReloadFailed warning"),
        new(OtherExporters.Crowded, "MtlsProbeScheduleOverloaded warning"),
        new(OtherExporters.Frozen, "MtlsProbeResultsStale warning"),
    ];

    public static IReadOnlyList<Case> All { get; } = [.. Targets, .. Exporters];

    /// <summary>The server refuses a client whose certificate is in order as far as we can tell; each in its own way.</summary>
    private static IEnumerable<TargetCase> Refusals =>
    [
        new("refuses-by-alert", "MtlsProbeCredentialRefused critical") { Server = "haproxy-http", Broken = (stage, server) => server with { Check = stage.Strangers } },
        new("refuses-by-close", "MtlsProbeCredentialRefused critical") { Server = "kestrel-https", Broken = (stage, server) => server with { Check = stage.Strangers } },
        new("refuses-by-status", "MtlsProbeCredentialRefused critical") { Broken = (stage, server) => server with { Check = stage.Strangers } },
        new("has-us-revoked", "MtlsProbeCredentialRefused critical")
        {
            Server = "haproxy-tcp", Identity = "revoked", Broken = (stage, server) => server with { Check = stage.Known with { RevocationLists = stage.Files.RevocationLists } },
        },
        new("wants-a-certificate", "MtlsProbeCredentialRefused critical")
        {
            Server = "apache-host", Identity = "none",
            Before = (stage, server) => server with { Check = stage.Known with { Enforcement = Enforcement.Optional } },
            Broken = (stage, server) => server with { Check = stage.Known },
        },
    ];

    private static IEnumerable<TargetCase> ServerCertificates =>
    [
        Serves("expiring", "expiring", "MtlsProbeServerCertificateExpiring warning"),
        Serves("expiring-today", "expiring_today", "MtlsProbeServerCertificateExpiring critical"),
        Serves("expired", "expired", "MtlsProbeServerCertificateExpired critical"),
        Serves("not-yet-valid", "not_yet_valid", "MtlsProbeServerCertificateNotYetValid critical"),
        Serves("incomplete", "incomplete_chain", "MtlsProbeServerChainIncomplete critical"),
        Serves("untrusted", "untrusted_issuer", "MtlsProbeServerCertificateInvalid critical"),
        Serves("misnamed", "wrong_name", "MtlsProbeServerCertificateInvalid critical") with { Server = "haproxy-http" },
        new("revoked", "MtlsProbeServerCertificateRevoked critical")
        {
            Before = (stage, server) => server with { Stapled = stage.Path("ocsp/good/good/response.der") },
            Broken = (stage, server) => server with { Stapled = stage.Path("ocsp/good/revoked/response.der") },
        },
        Serves("of-another-issuer", "other_issuer", "MtlsProbeServerIssuerUnexpected warning") with { More = stage => [$"expect: {{ issuer: {stage.Path("issuer.pem")} }}"] },
    ];

    private static IEnumerable<TargetCase> Enforcements =>
    [
        Lets(Enforcement.Optional, "lets-nobodies-in", "MtlsProbeMutualTlsNotEnforced critical") with { More = _ => ["must_reject: [none]"] },
        Lets(Enforcement.Ignored, "lets-strangers-in", "MtlsProbeForbiddenCredentialAccepted critical") with { More = _ => ["must_reject: [wrong_ca]"] },
        Lets(Enforcement.Unasked, "does-not-ask", "MtlsProbeClientCertificateNotRequested warning"),
    ];

    private static IEnumerable<TargetCase> OutOfReach =>
    [
        new("down", "MtlsProbeTargetUnreachable warning") { Broken = (_, server) => server with { Face = Face.Closed } },
        new("black-hole", "MtlsProbeTargetUnreachable warning")
        {
            Broken = (_, server) => server with { Face = Face.Closed }, Break = stage => stage.OpenHole("black-hole"), Mend = stage => stage.CloseHole(),
        },
        new("plain", "MtlsProbeHandshakeFailing warning", BudgetToo) { Broken = (_, server) => server with { Face = Face.Plain } },
        new("unwell", "MtlsProbeApplicationFailing warning", BudgetToo) { Broken = (_, server) => server with { Status = 503 }, ExpectStatus = "[200-299]" },
        new("slow", "MtlsProbeHandshakeSlow warning")
        {
            Version = "1.2", Front = stage => stage.Lead("slow"), Break = stage => stage.TakeDetour(), Mend = stage => stage.LeaveDetour(),
        },
    ];

    private static IEnumerable<TargetCase> Rollouts =>
    [
        new("replicas", "MtlsProbeReplicasDisagree warning")
        {
            Hosts = ["127.0.0.2", "127.0.0.3", "127.0.0.4"],
            Broken = (_, server) => server.Host == "127.0.0.3" ? server with { Certificate = "straggler" } : server,
            More = _ => ["addresses: all"],
        },

        // Two behind one address, by turns.
        new("balanced", "MtlsProbeReplicasDisagree warning")
        {
            Hosts = ["127.0.0.2", "127.0.0.3"], Front = stage => stage.Balance("balanced", "127.0.0.2", "127.0.0.3"),
            Broken = (_, server) => server.Host == "127.0.0.3" ? server with { Certificate = "straggler" } : server,
        },

        // What the issuer wrote is in the file, and the server goes on with what it has read.
        new("late-to-load", "MtlsProbeServedCertificateUnexpected warning")
        {
            Before = (_, server) => server with { Certificate = "served" },
            Break = stage => { File.Copy(stage.Files.ServerLeaf("straggler"), stage.Path("expected.pem"), overwrite: true); return Task.CompletedTask; },
            After = (_, server) => server with { Certificate = "straggler" },
            More = stage => [$"expect: {{ server_certificate: {stage.Path("expected.pem")} }}"],
        },

        new("ahead") { Identity = "behind-client", Before = (stage, server) => server with { Check = stage.KnownAndNew } },

        // It does not know the authority of the next credential, and is told of it in the end.
        new("behind", "MtlsProbeNextCredentialRefused warning")
        {
            Identity = null, Break = stage => stage.Next("behind-client").Put(stage.NewClient()), After = (stage, server) => server with { Check = stage.KnownAndNew },
        },
    ];

    private static IEnumerable<TargetCase> Credentials =>
    [
        Holds("ageing", TimeSpan.FromHours(19), TimeSpan.FromHours(5), "MtlsProbeClientCertificateExpiring warning"), // of those that live for a day
        Holds("aged", TimeSpan.FromDays(88), TimeSpan.FromDays(2), "MtlsProbeClientCertificateExpiring critical"),
        Holds("lapsed", TimeSpan.FromDays(90), TimeSpan.FromDays(-1), "MtlsProbeClientCertificateExpired critical"),
        Holds("early", TimeSpan.FromDays(-2), TimeSpan.FromDays(90), "MtlsProbeClientCertificateNotYetValid critical"),
        new("damaged", "MtlsProbeCredentialFilesBroken warning")
        {
            Identity = null, Break = Damage("identities/damaged-client/current/tls.key"), Mend = stage => stage.Current("damaged-client").Put(Stage.Fresh()),
        },
        new("damaged-trust", "MtlsProbeTrustFilesBroken warning") { Trust = "trust-1", Break = Damage("trust-1.pem"), Mend = Trusts("trust-1", null) },
        new("old-trust", "MtlsProbeTrustAnchorExpiring warning")
        {
            Trust = "trust-2", Break = Trusts("trust-2", TimeSpan.FromDays(60)), Mend = Trusts("trust-2", null),
        },
    ];

    private static TargetCase Serves(string name, string certificate, string alert) =>
        new(name, alert) { Broken = (_, server) => server with { Certificate = certificate } };

    private static TargetCase Lets(Enforcement enforcement, string name, string alert) =>
        new(name, alert) { Broken = (stage, server) => server with { Check = stage.Known with { Enforcement = enforcement } } };

    /// <summary>A credential of this age takes the place of a fresh one.</summary>
    private static TargetCase Holds(string name, TimeSpan age, TimeSpan left, string alert) => new(name, alert)
    {
        Identity = null,
        Break = stage => stage.Current($"{name}-client").Put(Stage.Client(age, left)),
        Mend = stage => stage.Current($"{name}-client").Put(Stage.Fresh()),
    };

    private static Func<Stage, Task> Damage(string file) => stage => File.WriteAllTextAsync(stage.Path(file), "damaged\n");

    /// <param name="left">Until a second anchor of the bundle ends; null: there is no second.</param>
    private static Func<Stage, Task> Trusts(string name, TimeSpan? left) => stage => File.WriteAllTextAsync(
        stage.Path($"{name}.pem"), TestPki.Shared.Root.CertificatePem + (left is { } time ? Stage.Root(time) : ""));
}

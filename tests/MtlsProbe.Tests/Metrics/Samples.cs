using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Handshake;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Metrics;

/// <summary>Facts for output, the same in every run.</summary>
internal static class Samples
{
    private static readonly string[] s_hosts = ["a", "b", "c"];

    public static readonly DateTimeOffset Now = new(2026, 11, 20, 18, 0, 0, 125, TimeSpan.Zero);

    private static readonly CertificateRules Rules = new()
    {
        Version = 3,
        SubjectName = default,
        IssuerName = default,
        PublicKeyInfo = default,
        PublicKey = new PublicKeyFacts("EC P-256", null, 256),
    };

    public static Certificate Certificate(string name, int days = 90, string issuer = "CN=Root") => new(Rules, default)
    {
        Subject = $"CN={name}",
        Issuer = issuer,
        Serial = "0a" + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(name)),
        NotBefore = Now.AddDays(-10),
        NotAfter = Now.AddDays(days),
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))),
        Key = "EC P-256",
    };

    public static Target Target(string name = "payments", params Label[] labels) => new()
    {
        Name = name,
        Address = new HostPort($"{name}.internal", 8443),
        ServerName = $"{name}.internal",
        Protocol = new Https(),
        Identity = "checkout",
        Trust = "internal",
        Labels = [.. labels],
    };

    public static HandshakeKey Key(Target target, string? identity = null, Expectation expect = Expectation.Accept) =>
        new(target.Name, target.Address.ToString(), identity ?? target.Identity, Slot.Current, expect);

    /// <summary>An accepted handshake, with a leaf and an intermediate on either side.</summary>
    public static ProbeResult Accepted(Target target) => new()
    {
        Target = target.Name,
        Address = target.Address.ToString(),
        Remote = "10.0.0.7:8443",
        Identity = target.Identity,
        Slot = Slot.Current,
        Expect = Expectation.Accept,
        At = Now,
        Outcome = Outcome.Accepted,
        Success = true,
        Evidence = Evidence.HttpStatus,
        Tls = new TlsFacts("1.3", "TLS_AES_256_GCM_SHA384", "http/1.1"),
        ClientCertificate = new ClientCertificateFacts
        {
            Requested = true,
            Presented = Certificate("checkout"),
            AcceptableIssuers = ["CN=Root", "CN=Old Root"],
            IssuerAcceptable = true,
        },
        ServerCertificates = [Certificate($"{target.Name}.internal", 30, "CN=Issuing"), Certificate("Issuing", 400)],
        Chain = new ChainVerdict(),
        Timings = new Timings { Dns = 0.001, Connect = 0.0005, Handshake = 0.004, Confirm = 0.01, Application = 0.002, Total = 0.0175 },
    };

    /// <summary>The same, with what it depends on: the server's leaf expires first.</summary>
    public static ProbeResult Lasting(Target target)
    {
        var accepted = Accepted(target);
        return accepted with
        {
            Outlook = new Outlook(
            [
                OutlookEnd.Of(EndCause.ServerCertificate, accepted.ServerCertificates[0]),
                OutlookEnd.Of(EndCause.ClientCertificate, accepted.ClientCertificate!.Presented!),
            ]),
        };
    }

    /// <summary>A refusal by a server whose own chain has two faults.</summary>
    public static ProbeResult Rejected(Target target) => Accepted(target) with
    {
        Outcome = Outcome.Rejected,
        Success = false,
        Evidence = Evidence.Alert,
        Failure = new Failure(Phase.Confirm, Reasons.CertificateExpired, new Alert(45), "the server sent alert certificate_expired (45)"),
        Chain = new ChainVerdict
        {
            Faults =
            [
                new ChainFault(Reasons.Expired, "CN=payments.internal", "expired yesterday"),
                new ChainFault(Reasons.Expired, "CN=Issuing", "expired yesterday too"),
                new ChainFault(Reasons.NameMismatch, "CN=payments.internal", "is for another name"),
            ],
            NoteNames = [ChainNotes.StapleInvalid],
            Staple = new StaplePeriod(Now, Now.AddDays(7)),
        },
        Timings = new Timings { Dns = 0.001, Connect = 0.0005, Handshake = 0.004, Confirm = 0.01, Total = 0.0155 },
    };

    /// <summary>A probe that never reached the server.</summary>
    public static ProbeResult Refused(Target target) => Accepted(target) with
    {
        Remote = null,
        Outcome = Outcome.Failed,
        Success = false,
        Evidence = null,
        Failure = new Failure(Phase.Connect, Reasons.ConnectionRefused, null, "10.0.0.7:8443 refused the connection"),
        Tls = null,
        ClientCertificate = null,
        ServerCertificates = [],
        Chain = null,
        Timings = new Timings { Dns = 0.001, Total = 0.001 },
    };

    /// <summary>A client that must be refused, and was.</summary>
    public static ProbeResult TurnedAway(Target target, string identity = Identity.None) => Accepted(target) with
    {
        Identity = identity,
        Expect = Expectation.Reject,
        Outcome = Outcome.Rejected,
        Evidence = Evidence.Alert,
    };

    /// <summary>A client that must be refused, but was let in.</summary>
    public static ProbeResult LetIn(Target target, string identity = Identity.None) => TurnedAway(target, identity) with
    {
        Outcome = Outcome.Accepted,
        Success = false,
        Evidence = Evidence.HttpStatus,
        Failure = new Failure(Phase.Confirm, Reasons.NotRefused, null, "the server asked for a client certificate, was shown none and let us in"),
    };

    /// <summary>The state after these results of one handshake, the newest last.</summary>
    public static HandshakeState State(Target target, params ProbeResult[] results)
    {
        var state = new HandshakeState
        {
            Key = results is [var first, ..] ? new(first.Target, first.Address, first.Identity, first.Slot, first.Expect) : Key(target),
            Target = target,
        };
        foreach (var result in results)
        {
            state = state with
            {
                Last = result,
                LastSuccess = result.Success ? result.At : state.LastSuccess,
                Outcomes = [.. state.Outcomes.Select((count, i) => i == (int)result.Outcome ? count + 1 : count)],
                Failures = [.. state.Failures.Select((count, i) => i == (int?)result.Failure?.Class ? count + 1 : count)],
                Server = result.ServerCertificates.Count > 0
                    ? new ServerFacts(result.At, result.ServerCertificates, result.Chain, result.Tls, result.ClientCertificate, result.Expected)
                    : state.Server,
            };
        }

        return state;
    }

    /// <summary>The servers of these handshakes, with what each last presented.</summary>
    public static IReadOnlyList<ServerState> Servers(params HandshakeState[] handshakes) =>
    [
        .. handshakes.Where(handshake => handshake.Key.Expect == Expectation.Accept).GroupBy(handshake => handshake.Key.Server).Select(group => new ServerState
        {
            Key = group.Key,
            Target = group.First().Target,
            Facts = group.Select(handshake => handshake.Server).OfType<ServerFacts>().MaxBy(facts => facts.At),
            Clock = ClockMemory.Empty.With(group.Select(handshake => handshake.Last?.ServerClock).FirstOrDefault(clock => clock is not null)),
        }),
    ];

    /// <summary>The current clock of a server.</summary>
    public static ClockMemory Told(double offset) => ClockMemory.Empty.With(new ServerClock(Now, Now.AddSeconds(offset - 1), offset, 1.01));

    /// <summary>One change of the leaf, now.</summary>
    public static LeafHistory Rotated() => LeafHistory.Empty.With(Certificate("before"), Now.AddMinutes(-1)).With(Certificate("after") with { NotBefore = Now }, Now);

    public static FleetSnapshot Snapshot(params HandshakeState[] handshakes) => new()
    {
        Targets = [.. handshakes.Select(handshake => handshake.Target).Distinct()],
        Handshakes = handshakes,
        Servers = Servers(handshakes),
        Credentials = [new CredentialState("checkout", Slot.Current, [Certificate("checkout"), Certificate("Issuing", 400)], Usable: true)],
        Trusts = [new TrustState("internal", Usable: true) { Anchors = [Certificate("Root", 900)] }],
        Scheduler = new SchedulerState(2, 7),
        Reload = new ReloadState(true, Now),
        Build = new BuildInfo("0.1.0", "0123abcd", "10.0.12", "3.0.18"),
    };

    /// <summary>A process that has counted something in each of its own families.</summary>
    public static ProberMetrics OwnMetrics()
    {
        var loops = new LoopSet(new ManualTime());
        loops.Credentials.Failed();
        loops.Credentials.UntilDoneAsync(() => { }, _ => { }, CancellationToken.None);
        var metrics = new ProberMetrics(loops);
        foreach (var seconds in new[] { 0.0005, 0.1, 0.25, 20 }) metrics.HandshakeDurations.Observe(seconds);
        metrics.InFlight.Set(2);
        metrics.Skipped.Inc(7);
        metrics.ScheduleLag.Observe(0.75);
        metrics.EventDelays.Observe(0.125);
        metrics.LogLinesDropped.Inc();
        metrics.HttpConnectionErrors.WithLabels("tls").Inc();
        metrics.HttpConnectionsEvicted.Inc();
        metrics.HttpRequests.WithLabels("/metrics", "200").Inc();
        metrics.HttpDurations.WithLabels("/metrics").Observe(0.5);
        return metrics;
    }

    /// <summary>A fleet with a sample in every family.</summary>
    public static FleetSnapshot Everything()
    {
        var payments = Target("payments", new Label("env", "prod"), new Label("team", "money"));
        var orders = Target("orders") with { Source = "catalogue", Accepts = ["batch"], MustReject = ["none"], MustRejectOthers = true, ServerId = ServerIdentity.OneOf(SpiffeId.TryParse("spiffe://internal/orders")!, SpiffeId.TryParse("spiffe://internal/orders-canary")!) };
        var expected = Lasting(orders) with { Expected = new ExpectedCertificateFacts(true, false), Chain = new ChainVerdict { Revocation = [Revocation(0, EvidenceSource.Crl, RevocationStatus.Good)] } };
        var snapshot = Snapshot(
            State(payments, Accepted(payments), Rejected(payments)), State(payments, TurnedAway(payments)), State(orders, expected));
        return snapshot with
        {
            Inventories = [new InventoryState("web", [new StoredCertificate("web", "/etc/pki/orders.crt", Certificate("orders.internal", 30, "CN=Issuing"), null)], new InventoryGaps(1, 0, 2))],
            RevocationLists = [List("CN=Issuing")],
            Handshakes = [snapshot.Handshakes[0] with { Admission = new Admission(Certificate("checkout").Sha256, Now, null) }, .. snapshot.Handshakes.Skip(1)],
            Credentials = [snapshot.Credentials[0] with { Renewals = 3, RenewedAt = 0.75, Revocation = [Revocation(0, EvidenceSource.Crl, RevocationStatus.Revoked)], RevokedSince = Now.AddHours(-1), Source = Vault }],
            Sources = [Vault],
            TargetSets =
            [
                new TargetSet("mtlsprobe.yml").Found([payments], Now),
                new TargetSet("catalogue") { Place = new FileDiscovery(["/etc/mtls/targets/*.yml"]), RejectedCount = 2, Probed = 1, LeftOut = ["payments"] }.Found([payments, orders], Now.AddMinutes(-2)).Failed("no answer", Now.AddMinutes(-1)),
            ],
            Shard = new ShardState(new Shard(2, 4), 7),
            Storage = new StorageState("/var/lib/mtlsprobe/events.jsonl", null, null),
            PeerMemory = new PeerMemoryState(20_000, 3_000, 64 << 20),
            Servers =
            [
                snapshot.Servers[0] with { Leaves = Rotated(), DeploymentDelay = TimeSpan.FromSeconds(90) },
                snapshot.Servers[1],
                .. s_hosts.Select(host => snapshot.Servers[1] with { Key = new ServerKey("orders", host), Target = orders with { Address = new HostPort(host, 443) }, Clock = Told(2.5) }),
            ],
            At = Now,
        };
    }

    /// <summary>A source of credentials that is not a file.</summary>
    public static SourceState Vault { get; } = new("vault", "https://vault.internal:8200") { Connected = true, LastUpdate = Now.AddSeconds(-30) };

    /// <summary>What one kind of evidence says about a certificate of a chain.</summary>
    public static CertificateRevocation Revocation(int depth, EvidenceSource source, RevocationStatus status) =>
        new() { Depth = depth, Subject = "CN=somebody", Serial = "01", Source = source, Status = status };

    /// <summary>A revocation list that is valid for a day from now on.</summary>
    public static RevocationListState List(string? issuer) => new("internal", "/etc/pki/ca.crl") { Issuer = issuer, ThisUpdate = Now.AddHours(-1), NextUpdate = Now.AddDays(1), IsSigned = issuer is not null };
}

using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>Everything that a scrape shows, taken at one moment. Immutable; <c>/metrics</c> is a projection of it.</summary>
internal sealed record FleetSnapshot
{
    /// <summary>Those that this process probes on schedule.</summary>
    public required IReadOnlyList<Target> Targets { get; init; }

    /// <summary>Which part of the fleet they are; null: all of it.</summary>
    public ShardState? Shard { get; init; }

    /// <summary>The sources of the targets: the configuration file first.</summary>
    public IReadOnlyList<TargetSet> TargetSets { get; init; } = [];

    /// <summary>One per target, address, identity and slot that is probed, whether or not it has a result yet.</summary>
    public required IReadOnlyList<HandshakeState> Handshakes { get; init; }

    /// <summary>One per target and address of <see cref="Handshakes"/>, in the same order.</summary>
    public required IReadOnlyList<ServerState> Servers { get; init; }

    /// <summary>One per credential , in use or staged.</summary>
    public required IReadOnlyList<CredentialState> Credentials { get; init; }

    /// <summary>One per trust bundle that a target uses.</summary>
    public IReadOnlyList<TrustState> Trusts { get; init; } = [];

    /// <summary>The state of each source of credentials and trust bundles that is not a file.</summary>
    public IReadOnlyList<SourceState> Sources { get; init; } = [];

    /// <summary>The inventories of stored certificates, in the order of the configuration.</summary>
    public IReadOnlyList<InventoryState> Inventories { get; init; } = [];

    /// <summary>Every revocation list of every trust bundle, and every place that has not delivered one.</summary>
    public IReadOnlyList<RevocationListState> RevocationLists { get; init; } = [];

    public required SchedulerState Scheduler { get; init; }

    public required ReloadState Reload { get; init; }

    public required BuildInfo Build { get; init; }

    /// <summary>As configured, in the order of the file.</summary>
    public IReadOnlyList<Identity> Identities { get; init; } = [];

    /// <summary>As configured; the machine's anchors are not among them.</summary>
    public IReadOnlyList<TrustSource> TrustSources { get; init; } = [];

    /// <summary>Links of the page.</summary>
    public WebLinks Links { get; init; } = new(null, null, null);

    /// <summary>The file that the configuration was read from.</summary>
    public string ConfigFile { get; init; } = "";

    /// <summary>The state of the file that keeps changes; null if they are kept in memory only.</summary>
    public StorageState? Storage { get; init; }

    /// <summary>Memory for what servers presented; null if not counted.</summary>
    public PeerMemoryState? PeerMemory { get; init; }

    /// <summary>When this was taken.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>When the process began to probe this fleet.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>Whether the first round of probes is done.</summary>
    public bool Ready { get; init; }
}

/// <summary>A series of handshakes: its counters and its last result.</summary>
internal sealed record HandshakeState
{
    public required HandshakeKey Key { get; init; }

    public required Target Target { get; init; }

    /// <summary>Null until the first probe has ended.</summary>
    public ProbeResult? Last { get; init; }

    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>When the last probe that changed outcome, reason or alert began; null before the first.</summary>
    public DateTimeOffset? Since { get; init; }

    public ResultHistory History { get; init; } = ResultHistory.Empty;

    /// <summary>A new value after each change, never repeated in this process.</summary>
    public long Revision { get; init; }

    /// <summary>Handshakes by <see cref="Outcome"/>, indexed by its value.</summary>
    public ValueList<long> Outcomes { get; init; } = [.. new long[Enum.GetValues<Outcome>().Length]];

    /// <summary>Failures by <see cref="FailureClass"/>, indexed by its value.</summary>
    public ValueList<long> Failures { get; init; } = [.. new long[Enum.GetValues<FailureClass>().Length]];

    /// <summary>What the server last presented to this credential. It is kept through probes that do not reach the server.</summary>
    public ServerFacts? Server { get; init; }

    /// <summary>
    /// When the server last accepted the certificate in use, and whether it refused it after that; null if this process has not seen an acceptance.
    /// </summary>
    public Admission? Admission { get; init; }
}

/// <summary>
/// A server accepted one of our certificates, and may have refused it since. This is kept while the server is down, because an outage is neither.
/// </summary>
/// <param name="Sha256">The leaf that was presented.</param>
/// <param name="LetIn">When the last probe began in which the server accepted it.</param>
/// <param name="Refused">When the first later probe began in which the server refused it; null if none did.</param>
internal sealed record Admission(string Sha256, DateTimeOffset LetIn, DateTimeOffset? Refused)
{
    /// <summary>The state after one more result; null if nothing is known of the certificate that the probe presented.</summary>
    public static Admission? After(Admission? before, ProbeResult result) => result switch
    {
        { ClientCertificate.Presented: null } or { ClientCertificate: null } => before,
        { Outcome: Outcome.Accepted } => new(result.ClientCertificate.Presented.Sha256, result.At, null),
        { Outcome: Outcome.Rejected } when before?.Sha256 != result.ClientCertificate.Presented.Sha256 => null,
        { Outcome: Outcome.Rejected } => before is { Refused: null } ? before with { Refused = result.At } : before,
        _ => before,
    };
}

/// <summary>What is known of the server at one address, from all handshakes with credentials that it has to accept.</summary>
internal sealed record ServerState
{
    public required ServerKey Key { get; init; }

    public required Target Target { get; init; }

    /// <summary>The identities that it has to accept and whose credential in use it last accepted.</summary>
    public ValueList<string> Accepted { get; init; } = [];

    /// <summary>Since when it accepts our credentials: for each identity at most two, in use and staged.</summary>
    public ValueList<Adoption> Adoptions { get; init; } = [];

    /// <summary>Its clock, from its answers.</summary>
    public ClockMemory Clock { get; init; } = ClockMemory.Empty;

    /// <summary>What it last presented; null until it has presented a certificate.</summary>
    public ServerFacts? Facts { get; init; }

    /// <summary>The leaves that it has presented; they distinguish a rotation from replicas that disagree.</summary>
    public LeafHistory Leaves { get; init; } = LeafHistory.Empty;

    /// <summary>
    /// Time from the change of the expected certificate's file to the first probe that saw the server with it; null until both have been seen.
    /// </summary>
    public TimeSpan? DeploymentDelay { get; init; }
}

/// <summary>Identifies a server; the labels marked S in the documentation of the metrics.</summary>
internal sealed record ServerKey(string Target, string Address);

/// <summary>What a server presented the last time it presented a certificate.</summary>
/// <param name="Expected">Whether the certificates were the expected ones.</param>
internal sealed record ServerFacts(
    DateTimeOffset At,
    ValueList<Certificate> Certificates,
    ChainVerdict? Chain,
    TlsFacts? Tls,
    ClientCertificateFacts? ClientCertificate,
    ExpectedCertificateFacts Expected);

/// <summary>A credential as loaded from its source.</summary>
/// <param name="Chain">Leaf first, then the intermediates that are sent; empty if it was never usable.</param>
/// <param name="Usable">Whether the current files can be used. If not, <paramref name="Chain"/> is the last good one.</param>
internal sealed record CredentialState(string Identity, Slot Slot, ValueList<Certificate> Chain, bool Usable)
{
    /// <summary>Why the files cannot be used; null if they can. It begins with a path, and contains no secret.</summary>
    public string? Fault { get; init; }

    /// <summary>How often a newer certificate has replaced the one before it.</summary>
    public long Renewals { get; init; }

    /// <summary>The share of its lifetime that the previous certificate had used at the last renewal; null if there was none.</summary>
    public double? RenewedAt { get; init; }

    /// <summary>When this leaf came; null if it was already there when this process first looked.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When this leaf was staged, if it is in use now; null if this process did not see that.</summary>
    public DateTimeOffset? Staged { get; init; }

    /// <summary>The leaf before this one; null if there was none.</summary>
    public Certificate? Previous { get; init; }

    /// <summary>The state of its source; null if it comes from files.</summary>
    public SourceState? Source { get; init; }

    /// <summary>What is known about its revocation: a line for each of its certificates and each kind of evidence.</summary>
    public ValueList<CertificateRevocation> Revocation { get; init; } = [];

    /// <summary>When the first evidence of its revocation was issued; null if it is not known to be revoked.</summary>
    public DateTimeOffset? RevokedSince { get; init; }

    /// <summary>
    /// How long a server still accepted it after the evidence of its revocation was issued: until now, if the server still accepts it. Null if the
    /// credential is not known to be revoked, or if this process has not seen the server accept this very certificate after that.
    /// </summary>
    public TimeSpan? EnforcementDelay(Admission? admission)
    {
        if (RevokedSince is not { } since || admission is null || Chain.Count == 0 || admission.Sha256 != Chain[0].Sha256) return null;
        var end = admission.Refused ?? admission.LetIn;
        return end > since ? end - since : null;
    }
}

/// <summary>A trust bundle as loaded from its files.</summary>
/// <param name="Usable">Whether the current files can be used. If not, the last good ones are in use.</param>
internal sealed record TrustState(string Name, bool Usable)
{
    /// <summary>Empty for the machine's anchors, and if it was never usable.</summary>
    public ValueList<Certificate> Anchors { get; init; } = [];

    /// <summary>The state of its source; null if it comes from files.</summary>
    public SourceState? Source { get; init; }
}

/// <summary>The scheduler's health.</summary>
internal sealed record SchedulerState(int InFlight, long Skipped);

/// <summary>The result of the last reload of the configuration.</summary>
internal sealed record ReloadState(bool LastSuccessful, DateTimeOffset LastSuccess)
{
    /// <summary>What is wrong with the current file; empty if it is in use.</summary>
    public ValueList<ReloadError> Errors { get; init; } = [];

    /// <summary>Since when it has been refused; null if it is not.</summary>
    public DateTimeOffset? Since { get; init; }
}

/// <summary>One mistake in the configuration.</summary>
/// <param name="Place">File, line and column.</param>
/// <param name="Hint">Null if the problem needs none.</param>
internal sealed record ReloadError(string Place, string Problem, string? Hint);

/// <summary>Memory for what servers presented, in bytes of the heap.</summary>
/// <param name="Results">For results: each certificate once, even if many targets present it, and the texts of each result.</param>
/// <param name="Issuers">For the issuers that servers may omit.</param>
/// <param name="Most">The limit for both together. Above it, results lose the bytes of their certificates.</param>
internal sealed record PeerMemoryState(long Results, long Issuers, long Most);

/// <summary>The running program.</summary>
internal sealed record BuildInfo(string Version, string Revision, string Runtime, string OpenSsl);

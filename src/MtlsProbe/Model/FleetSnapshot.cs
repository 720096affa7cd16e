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

    /// <summary>Where the targets come from: that of the configuration file first.</summary>
    public IReadOnlyList<TargetSet> TargetSets { get; init; } = [];

    /// <summary>One per target, address, identity and slot that is probed, whether or not it has a result yet.</summary>
    public required IReadOnlyList<HandshakeState> Handshakes { get; init; }

    /// <summary>One per target and address of <see cref="Handshakes"/>, in the same order.</summary>
    public required IReadOnlyList<ServerState> Servers { get; init; }

    /// <summary>One per credential that is configured and staged.</summary>
    public required IReadOnlyList<CredentialState> Credentials { get; init; }

    /// <summary>One per trust bundle that is in use.</summary>
    public IReadOnlyList<TrustState> Trusts { get; init; } = [];

    /// <summary>How the sources fare of credentials and trust bundles that are no files, each once.</summary>
    public IReadOnlyList<SourceState> Sources { get; init; } = [];

    /// <summary>What is stored, in the order of the configuration.</summary>
    public IReadOnlyList<InventoryState> Inventories { get; init; } = [];

    /// <summary>Every revocation list of every trust bundle, and every place that has given none.</summary>
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

    /// <summary>How the file fares in which changes are kept; null where they are in memory only.</summary>
    public StorageState? Storage { get; init; }

    /// <summary>Memory for what servers presented; null if not counted.</summary>
    public PeerMemoryState? PeerMemory { get; init; }

    /// <summary>When this was taken.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>When the fleet came to be.</summary>
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

    /// <summary>What the server showed to this credential last; it outlives probes that never reached the server.</summary>
    public ServerFacts? Server { get; init; }

    /// <summary>When it was let in last, and refused after that; null where this process has not seen the certificate in use let in.</summary>
    public Admission? Admission { get; init; }
}

/// <summary>
/// That a server let in a certificate of ours, and whether it has refused it since. Kept while a server is down, which is neither.
/// </summary>
/// <param name="Sha256">Of the leaf that was presented.</param>
/// <param name="LetIn">When the last probe began in which the server accepted it.</param>
/// <param name="Refused">When the first probe after that began in which the server refused it; null where none has.</param>
internal sealed record Admission(string Sha256, DateTimeOffset LetIn, DateTimeOffset? Refused)
{
    /// <summary>What comes after a result; null where nothing is known of the certificate that it presented.</summary>
    public static Admission? After(Admission? before, ProbeResult result) => result switch
    {
        { ClientCertificate.Presented: null } or { ClientCertificate: null } => before,
        { Outcome: Outcome.Accepted } => new(result.ClientCertificate.Presented.Sha256, result.At, null),
        { Outcome: Outcome.Rejected } when before?.Sha256 != result.ClientCertificate.Presented.Sha256 => null,
        { Outcome: Outcome.Rejected } => before is { Refused: null } ? before with { Refused = result.At } : before,
        _ => before,
    };
}

/// <summary>What is known of the server at one address, from all handshakes that it has to accept.</summary>
internal sealed record ServerState
{
    public required ServerKey Key { get; init; }

    public required Target Target { get; init; }

    /// <summary>The identities that it has to accept and whose credential in use it accepted the last time.</summary>
    public ValueList<string> Accepted { get; init; } = [];

    /// <summary>Since when it accepts our credentials: for each identity at most two, in use and staged.</summary>
    public ValueList<Adoption> Adoptions { get; init; } = [];

    /// <summary>Its clock, from its answers.</summary>
    public ClockMemory Clock { get; init; } = ClockMemory.Empty;

    /// <summary>What it showed last; null until it has presented a certificate.</summary>
    public ServerFacts? Facts { get; init; }

    /// <summary>The leaves that it has presented; they distinguish a rotation from replicas that disagree.</summary>
    public LeafHistory Leaves { get; init; } = LeafHistory.Empty;

    /// <summary>
    /// Time from the change of the expected certificate's file to the first probe that saw the server with it; null until both were seen.
    /// </summary>
    public TimeSpan? DeploymentDelay { get; init; }
}

/// <summary>Identifies a server; the labels written S in the documentation of the metrics.</summary>
internal sealed record ServerKey(string Target, string Address);

/// <summary>What a server showed of itself the last time it presented a certificate.</summary>
/// <param name="Expected">Whether the certificates were the expected ones.</param>
internal sealed record ServerFacts(
    DateTimeOffset At,
    ValueList<Certificate> Certificates,
    ChainVerdict? Chain,
    TlsFacts? Tls,
    ClientCertificateFacts? ClientCertificate,
    ExpectedCertificateFacts Expected);

/// <summary>A credential as loaded from its files.</summary>
/// <param name="Chain">Leaf first, then the intermediates that are sent; empty when it was never usable.</param>
/// <param name="Usable">Whether the files as they are now can be used; when false, <paramref name="Chain"/> is the last good one.</param>
internal sealed record CredentialState(string Identity, Slot Slot, ValueList<Certificate> Chain, bool Usable)
{
    /// <summary>Why the files cannot be used; null where they can. Begins with a path, and has no secret in it.</summary>
    public string? Fault { get; init; }

    /// <summary>How often a newer certificate has taken the place of the one before it.</summary>
    public long Renewals { get; init; }

    /// <summary>The share of its lifetime that the previous certificate had used at the last renewal; null if there was none.</summary>
    public double? RenewedAt { get; init; }

    /// <summary>When this leaf came; null where it was there when this process first looked.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When this leaf had been staged, where it is in use now; null where that was not seen.</summary>
    public DateTimeOffset? Staged { get; init; }

    /// <summary>The leaf that was here before; null where there was none.</summary>
    public Certificate? Previous { get; init; }

    /// <summary>How the source fares that it comes from; null: it is files.</summary>
    public SourceState? Source { get; init; }

    /// <summary>What is known of its revocation: a line for each of its certificates and kind of evidence.</summary>
    public ValueList<CertificateRevocation> Revocation { get; init; } = [];

    /// <summary>When the first evidence of its revocation was made; null where it is not known to be revoked.</summary>
    public DateTimeOffset? RevokedSince { get; init; }

    /// <summary>
    /// How long a server let it in after the evidence of its revocation was issued, until now if it still does; null if it is not known to be
    /// revoked, or if this process has not seen the server let this very certificate in after that.
    /// </summary>
    public TimeSpan? EnforcementDelay(Admission? admission)
    {
        if (RevokedSince is not { } since || admission is null || Chain.Count == 0 || admission.Sha256 != Chain[0].Sha256) return null;
        var end = admission.Refused ?? admission.LetIn;
        return end > since ? end - since : null;
    }
}

/// <summary>A trust bundle as loaded from its files.</summary>
/// <param name="Usable">Whether the files as they are now can be used; when false, the last good ones are in use.</param>
internal sealed record TrustState(string Name, bool Usable)
{
    /// <summary>Empty for the machine's anchors, and when it was never usable.</summary>
    public ValueList<Certificate> Anchors { get; init; } = [];

    /// <summary>How the source fares that it comes from; null: it is files.</summary>
    public SourceState? Source { get; init; }
}

/// <summary>The scheduler's health.</summary>
internal sealed record SchedulerState(int InFlight, long Skipped);

/// <summary>How the last reload of the configuration went.</summary>
internal sealed record ReloadState(bool LastSuccessful, DateTimeOffset LastSuccess)
{
    /// <summary>What is wrong with the file as it is now; empty where it is the one in use.</summary>
    public ValueList<ReloadError> Errors { get; init; } = [];

    /// <summary>Since when it is refused; null where it is not.</summary>
    public DateTimeOffset? Since { get; init; }
}

/// <summary>One mistake in the configuration.</summary>
/// <param name="Place">File, line and column.</param>
/// <param name="Hint">Null where the problem says it all.</param>
internal sealed record ReloadError(string Place, string Problem, string? Hint);

/// <summary>Memory for what servers presented, in bytes of the heap.</summary>
/// <param name="Results">For results: each certificate once, however many targets present it, and the texts of each result.</param>
/// <param name="Issuers">For the issuers that servers may omit.</param>
/// <param name="Most">The limit for all of it, above which results lose the bytes of their certificates.</param>
internal sealed record PeerMemoryState(long Results, long Issuers, long Most);

/// <summary>What is running.</summary>
internal sealed record BuildInfo(string Version, string Revision, string Runtime, string OpenSsl);

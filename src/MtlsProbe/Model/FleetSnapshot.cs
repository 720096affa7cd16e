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

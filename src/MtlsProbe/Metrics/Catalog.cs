using System.Collections.Frozen;

namespace MtlsProbe.Metrics;

/// <summary>
/// Every metric family, declared once. Names, labels and meanings are a contract with users' rules and dashboards; docs/metrics.md describes each.
/// </summary>
internal static class Catalog
{
    /// <summary>Labels for facts about one handshake: the server, and the presented credential.</summary>
    private static readonly string[] OfHandshake = ["target", "address", "identity", "slot"];

    /// <summary>Labels for facts about a server that do not depend on the presented credential.</summary>
    private static readonly string[] OfServer = ["target", "address"];

    /// <summary>Labels for facts about a credential, probed or not.</summary>
    private static readonly string[] OfCredential = ["identity", "slot"];

    /// <summary>Labels of a stored certificate.</summary>
    private static readonly string[] OfStored = ["inventory", "path", "serial", "subject"];

    private static readonly string[] OfCertificate = ["position", "serial", "subject", "issuer", "sha256", "key"];

    // Verdicts
    public static readonly MetricFamily Success = Gauge("mtlsprobe_success",
        "Whether the last probe succeeded: the server accepted the credential, its chain is valid and every expectation holds", OfHandshake);
    public static readonly MetricFamily Accepted = Gauge("mtlsprobe_client_certificate_accepted",
        "Whether the server accepted (1) or rejected (0) the credential in the last probe; also 1 if it asked for none; absent while unknown", OfHandshake);
    public static readonly MetricFamily Handshakes = Counter("mtlsprobe_handshakes_total",
        "Probes by outcome", OfHandshake, "outcome");
    public static readonly MetricFamily Failures = Counter("mtlsprobe_handshake_failures_total",
        "Probes that did not succeed, by class of failure", OfHandshake, "class");
    public static readonly MetricFamily FailureInfo = Gauge("mtlsprobe_failure_info",
        "Why the last probe did not succeed, and the alert that the server sent; always 1, present while the failure lasts", OfHandshake, "class", "reason", "alert");
    public static readonly MetricFamily PhaseDuration = Gauge("mtlsprobe_phase_duration_seconds",
        "How long each phase of the last probe took; absent for phases that were not reached", OfHandshake, "phase");
    public static readonly MetricFamily LastProbe = Gauge("mtlsprobe_last_probe_timestamp_seconds",
        "When the last probe that has ended began, in Unix time", OfHandshake);
    public static readonly MetricFamily LastSuccess = Gauge("mtlsprobe_last_success_timestamp_seconds",
        "When the last probe that succeeded began, in Unix time", OfHandshake);
    public static readonly MetricFamily HandshakeDuration = Histogram("mtlsprobe_handshake_duration_seconds",
        "Durations of completed TLS handshakes, over all targets");

    public static readonly MetricFamily BreaksAt = Gauge("mtlsprobe_breaks_at_timestamp_seconds",
        "When this handshake will fail if nothing is renewed, in Unix time, and which certificate or list causes it; absent if it fails already", OfHandshake, "cause");

    public static readonly MetricFamily Enforced = Gauge("mtlsprobe_rejection_enforced",
        "Whether the server refused (1) or accepted (0) a client that it must refuse, in the last probe; absent while unknown",
        OfServer, "identity");

    // The server's request
    public static readonly MetricFamily Requested = Gauge("mtlsprobe_client_certificate_requested",
        "Whether the server asked for a client certificate", OfServer);
    public static readonly MetricFamily AcceptableIssuers = Gauge("mtlsprobe_acceptable_issuers",
        "How many names of acceptable authorities the server sent with its request for a client certificate", OfServer);
    public static readonly MetricFamily IssuerAcceptable = Gauge("mtlsprobe_client_issuer_acceptable",
        "Whether an issuer of our certificates is among the names of acceptable authorities; absent if the server sent none", OfHandshake);
    public static readonly MetricFamily PresentedSerial = Gauge("mtlsprobe_presented_serial_info",
        "The serial number of the leaf that each side presented, always 1", OfHandshake, "side", "serial");
    public static readonly MetricFamily Tls = Gauge("mtlsprobe_tls_info",
        "What was negotiated, always 1", OfServer, "version", "cipher", "alpn");

    // The server's certificates
    public static readonly MetricFamily ServerNotAfter = Gauge("mtlsprobe_server_certificate_not_after_timestamp_seconds",
        "When the leaf presented by the server expires, and the earliest expiry of the others, of all and of those still valid, in Unix time", OfServer, "position");
    public static readonly MetricFamily ServerNotBefore = Gauge("mtlsprobe_server_certificate_not_before_timestamp_seconds",
        "When the leaf presented by the server becomes valid, and the earliest such time of the others, of all and of those still valid, in Unix time", OfServer, "position");
    public static readonly MetricFamily ServerCertificate = Gauge("mtlsprobe_server_certificate_info",
        "The certificates presented by the server, always 1", [.. OfServer, .. OfCertificate]);
    public static readonly MetricFamily LeafChanges = Counter("mtlsprobe_server_certificate_changes_total",
        "How often the leaf presented by the server has changed", OfServer);
    public static readonly MetricFamily LastLeafChange = Gauge("mtlsprobe_server_certificate_last_change_timestamp_seconds",
        "When the leaf presented by the server was last seen to have changed, in Unix time; absent if never", OfServer);
    public static readonly MetricFamily ServerRenewedAt = Gauge("mtlsprobe_server_certificate_renewed_at_ratio",
        "The share of its lifetime that the leaf presented by the server had used when a newer one was first seen instead; absent if never", OfServer);
    public static readonly MetricFamily DeploymentDelay = Gauge("mtlsprobe_server_certificate_deployment_delay_seconds",
        "Time from the change of the expected leaf's file until the server was first seen with that leaf; absent if never seen", OfServer);
    public static readonly MetricFamily Leaves = Gauge("mtlsprobe_server_certificate_leaves",
        "How many leaves the server presents in turn; 1 unless replicas behind one address disagree", OfServer);
    public static readonly MetricFamily ExpectedCertificate = Gauge("mtlsprobe_server_certificate_expected",
        "Whether the leaf presented by the server is the expected one; absent if none is configured", OfServer);
    public static readonly MetricFamily ExpectedIssuer = Gauge("mtlsprobe_server_issuer_expected",
        "Whether the leaf presented by the server was issued by the expected certificate; absent if none is configured", OfServer);
    public static readonly MetricFamily ChainValid = Gauge("mtlsprobe_chain_valid",
        "Whether the chain presented by the server is trusted", OfServer);
    public static readonly MetricFamily ChainError = Gauge("mtlsprobe_chain_error",
        "What is wrong with the chain presented by the server, always 1", OfServer, "error");
    public static readonly MetricFamily ChainNote = Gauge("mtlsprobe_chain_note",
        "Findings about the chain presented by the server that are not errors, always 1", OfServer, "reason");
    public static readonly MetricFamily StapleThisUpdate = Gauge("mtlsprobe_staple_this_update_timestamp_seconds",
        "When the OCSP response that the server staples was issued, in Unix time; absent without a valid signature", OfServer);
    public static readonly MetricFamily StapleNextUpdate = Gauge("mtlsprobe_staple_next_update_timestamp_seconds",
        "When the OCSP response that the server staples expires, in Unix time; absent without an expiry or a valid signature", OfServer);
    public static readonly MetricFamily ClockOffset = Gauge("mtlsprobe_server_clock_offset_seconds",
        "The server's clock minus ours, from the date of its last answer, accurate to one second and half a round trip; absent without a date", OfServer);
    public static readonly MetricFamily CertificateRevoked = Gauge("mtlsprobe_certificate_revoked",
        "Whether a certificate of the chain has been revoked (1), or is known not to be (0), by the kind of evidence; absent while unknown", OfServer, "position", "source");

    // Our credentials
    public static readonly MetricFamily ClientNotAfter = Gauge("mtlsprobe_client_certificate_not_after_timestamp_seconds",
        "When the leaf of a credential expires, and the earliest expiry of its others, of all and of those still valid, in Unix time", OfCredential, "position");
    public static readonly MetricFamily ClientNotBefore = Gauge("mtlsprobe_client_certificate_not_before_timestamp_seconds",
        "When the leaf of a credential becomes valid, and the earliest such time of its others, of all and of those still valid, in Unix time", OfCredential, "position");
    public static readonly MetricFamily ClientCertificate = Gauge("mtlsprobe_client_certificate_info",
        "The certificates of a credential, always 1", [.. OfCredential, .. OfCertificate]);
    public static readonly MetricFamily Renewals = Counter("mtlsprobe_client_certificate_renewals_total",
        "How often a newer certificate has replaced that of a credential", OfCredential);
    public static readonly MetricFamily ClientRenewedAt = Gauge("mtlsprobe_client_certificate_renewed_at_ratio",
        "The share of its lifetime that a credential had used when it was last renewed; absent if never", OfCredential);
    public static readonly MetricFamily IdentityLoaded = Gauge("mtlsprobe_identity_loaded",
        "Whether the current files of a credential are usable; if not, the last good ones stay in use", OfCredential);
    public static readonly MetricFamily IdentitySource = Gauge("mtlsprobe_identity_source_info",
        "The source of a credential that is not a file, always 1", "identity", "slot", "source");

    public static readonly MetricFamily ClientRevoked = Gauge("mtlsprobe_client_certificate_revoked",
        "Whether a credential is revoked (1) or known not to be (0), by the kind of evidence; absent while unknown", OfCredential, "source");
    public static readonly MetricFamily EnforcementDelay = Gauge("mtlsprobe_revocation_enforcement_delay_seconds",
        "How long a server still accepted a credential after the evidence of its revocation was issued: until now, if it still does", OfHandshake);

    // What we trust
    public static readonly MetricFamily TrustLoaded = Gauge("mtlsprobe_trust_loaded",
        "Whether the current files of a trust bundle are usable; if not, the last good ones stay in use", "trust");
    public static readonly MetricFamily TrustNotAfter = Gauge("mtlsprobe_trust_not_after_timestamp_seconds",
        "When the first trust anchor of a bundle expires, of all and of those still valid, in Unix time; not for the anchors of the machine", "trust", "position");
    public static readonly MetricFamily SourceConnected = Gauge("mtlsprobe_source_connected",
        "Whether a source of credentials or trust bundles other than a file delivered something at the last attempt, or its stream is open", "source");
    public static readonly MetricFamily SourceLastUpdate = Gauge("mtlsprobe_source_last_update_timestamp_seconds",
        "When the exporter last confirmed that its copy equals the content of the source, in Unix time; absent if never", "source");
    public static readonly MetricFamily CrlLoaded = Gauge("mtlsprobe_crl_loaded",
        "Whether the revocation lists of an issuer are usable: read, signed and not expired; without issuer: a list that has not been read yet", "trust", "issuer");
    public static readonly MetricFamily CrlThisUpdate = Gauge("mtlsprobe_crl_this_update_timestamp_seconds",
        "When the oldest revocation list in use of an issuer was issued, in Unix time", "trust", "issuer");
    public static readonly MetricFamily CrlNextUpdate = Gauge("mtlsprobe_crl_next_update_timestamp_seconds",
        "When the first revocation list in use of an issuer expires, in Unix time; servers that check it then refuse every client", "trust", "issuer");

    // What is stored
    public static readonly MetricFamily StoredNotAfter = Gauge("mtlsprobe_stored_certificate_not_after_timestamp_seconds",
        "When a stored certificate expires, in Unix time", OfStored);
    public static readonly MetricFamily StoredNotBefore = Gauge("mtlsprobe_stored_certificate_not_before_timestamp_seconds",
        "When a stored certificate becomes valid, in Unix time", OfStored);
    public static readonly MetricFamily StoredServed = Gauge("mtlsprobe_stored_certificate_served",
        "Whether a probed server presents the stored certificate or a newer one of the same subject (1), or an older one (0); absent if none presents any", OfStored);
    public static readonly MetricFamily InventoryCertificates = Gauge("mtlsprobe_inventory_certificates",
        "How many certificates an inventory has, each once", "inventory");
    public static readonly MetricFamily InventoryLeftOut = Gauge("mtlsprobe_inventory_left_out",
        "What an inventory leaves out: places that cannot be read, files and certificates beyond the limits", "inventory", "kind");

    // Configuration
    public static readonly MetricFamily TargetInfo = Gauge("mtlsprobe_target_info",
        "A target as configured, always 1", "target", "server_name", "protocol", "identity", "trust");
    public static readonly MetricFamily TargetSource = Gauge("mtlsprobe_target_source_info",
        "The discovery source that delivered a target, always 1; absent for configured targets", "target", "source");
    public static readonly MetricFamily TargetServerId = Gauge("mtlsprobe_target_server_id_info",
        "An allowed SPIFFE ID of a target, as configured, always 1; if a whole trust domain is allowed, the domain's own ID", "target", "server_id");
    public static readonly MetricFamily TargetIdentities = Gauge("mtlsprobe_target_identities",
        "How many credentials besides its own a target must accept or refuse, by the key of the configuration", "target", "key");
    public static readonly MetricFamily Interval = Gauge("mtlsprobe_interval_seconds",
        "How often a target is probed", "target");
    public static readonly MetricFamily Timeout = Gauge("mtlsprobe_timeout_seconds",
        "How long one probe of a target may take", "target");
    public static readonly MetricFamily DiscoveryUp = Gauge("mtlsprobe_discovery_up",
        "Whether a discovery source delivered all of its targets at the last attempt; if not, the last known ones stay", "source");
    public static readonly MetricFamily DiscoveryTargets = Gauge("mtlsprobe_discovery_targets",
        "Targets of a discovery source that are probed", "source");
    public static readonly MetricFamily DiscoveryRejected = Gauge("mtlsprobe_discovery_rejected_targets",
        "Targets of a discovery source that are left out because they cannot be probed, or because another target has the same name", "source");
    public static readonly MetricFamily DiscoveryLastSuccess = Gauge("mtlsprobe_discovery_last_success_timestamp_seconds",
        "When a discovery source last delivered or confirmed all of its targets, in Unix time; absent if never", "source");
    public static readonly MetricFamily ReloadSuccessful = Gauge("mtlsprobe_config_last_reload_successful",
        "Whether the last attempt to load the configuration succeeded");
    public static readonly MetricFamily ReloadTime = Gauge("mtlsprobe_config_last_reload_success_timestamp_seconds",
        "When the configuration was last loaded successfully, in Unix time");

    public static readonly MetricFamily StorageUsable = Gauge("mtlsprobe_storage_usable",
        "Whether the file of --storage.path can be written; absent without that flag");

    // The prober itself
    public static readonly MetricFamily InFlight = Gauge("mtlsprobe_probes_in_flight",
        "Probes that are running now");
    public static readonly MetricFamily Skipped = Counter("mtlsprobe_probes_skipped_total",
        "Probes that were not started because the previous one was still running");
    public static readonly MetricFamily ScheduleLag = Histogram("mtlsprobe_schedule_lag_seconds",
        "How much later than planned probes were started");
    public static readonly MetricFamily ClockSuspected = Gauge("mtlsprobe_own_clock_suspected",
        "Whether most server clocks differ from ours by more than 30 s in the same direction, so that ours is probably wrong; absent below three hosts");
    public static readonly MetricFamily EventDelay = Histogram("mtlsprobe_event_delay_seconds",
        "How long events of the network waited until this process handled them");
    public static readonly MetricFamily InternalErrors = Counter("mtlsprobe_internal_errors_total",
        "Unexpected faults of this program in its background work, which continues, by component", "component");
    public static readonly MetricFamily LastTurn = Gauge("mtlsprobe_background_last_turn_timestamp_seconds",
        "When background work last completed a cycle without a fault, in Unix time, by component", "component");
    public static readonly MetricFamily LogLinesDropped = Counter("mtlsprobe_log_lines_dropped_total",
        "Lines of the log that were dropped because the output was too slow");
    public static readonly MetricFamily HttpConnectionErrors = Counter("mtlsprobe_http_connection_errors_total",
        "Connections to the web server that the client broke, by kind", "kind");
    public static readonly MetricFamily HttpConnectionsEvicted = Counter("mtlsprobe_http_connections_evicted_total",
        "Connections to the web server that were closed to make room for new ones");
    public static readonly MetricFamily HttpRequests = Counter("mtlsprobe_http_requests_total",
        "HTTP requests that were answered, by path and status", "path", "code");
    public static readonly MetricFamily HttpDuration = Histogram("mtlsprobe_http_request_duration_seconds",
        "How long it took to answer HTTP requests, by path", "path");
    public static readonly MetricFamily PeerMemory = Gauge("mtlsprobe_peer_memory_bytes",
        "Memory used for what servers presented, in bytes, by purpose", "kind");
    public static readonly MetricFamily PeerMemoryLimit = Gauge("mtlsprobe_peer_memory_limit_bytes",
        "Limit on the memory for what servers presented, in bytes; above it, less is kept of the servers that present most");
    public static readonly MetricFamily ShardInfo = Gauge("mtlsprobe_shard_info",
        "Which shard this process is, and how many there are, always 1; absent without --shard", "shard", "shards");
    public static readonly MetricFamily Build = Gauge("mtlsprobe_build_info",
        "What is running, always 1", "version", "revision", "runtime", "openssl");
    public static readonly MetricFamily ProcessCpu = Counter("process_cpu_seconds_total",
        "Total user and system CPU time spent in seconds");
    public static readonly MetricFamily ProcessResident = Gauge("process_resident_memory_bytes",
        "Resident memory size in bytes");
    public static readonly MetricFamily ProcessVirtual = Gauge("process_virtual_memory_bytes",
        "Virtual memory size in bytes");
    public static readonly MetricFamily ProcessStart = Gauge("process_start_time_seconds",
        "Start time of the process since unix epoch in seconds");
    public static readonly MetricFamily ProcessOpenFds = Gauge("process_open_fds",
        "Number of open file descriptors");
    public static readonly MetricFamily ProcessMaxFds = Gauge("process_max_fds",
        "Maximum number of open file descriptors");
    public static readonly MetricFamily ProcessThreads = Gauge("process_threads",
        "Number of OS threads in the process");
    public static readonly MetricFamily RuntimeCollections = Counter("dotnet_gc_collections_total",
        "Garbage collections, by the oldest generation that was collected", "generation");
    public static readonly MetricFamily RuntimePause = Counter("dotnet_gc_pause_seconds_total",
        "Time for which garbage collections stopped all threads");
    public static readonly MetricFamily RuntimeAllocated = Counter("dotnet_gc_allocated_bytes_total",
        "Bytes allocated on the managed heap");
    public static readonly MetricFamily RuntimeHeap = Gauge("dotnet_gc_heap_size_bytes",
        "Size of the managed heap after the last garbage collection, including free space");
    public static readonly MetricFamily RuntimeThreads = Gauge("dotnet_thread_pool_threads",
        "Threads of the thread pool");
    public static readonly MetricFamily RuntimeQueue = Gauge("dotnet_thread_pool_queue_length",
        "Work items that wait for a thread of the thread pool");
    public static readonly MetricFamily RuntimeWork = Counter("dotnet_thread_pool_completed_work_items_total",
        "Work items that the thread pool has completed");
    public static readonly MetricFamily RuntimeContentions = Counter("dotnet_lock_contentions_total",
        "How often a thread had to wait for a lock");

    /// <summary>All of them, in the order of this file.</summary>
    public static IReadOnlyList<MetricFamily> All { get; } =
    [
        Success, Accepted, Handshakes, Failures, FailureInfo, PhaseDuration, LastProbe, LastSuccess, HandshakeDuration, BreaksAt, Enforced,
        Requested, AcceptableIssuers, IssuerAcceptable, PresentedSerial, Tls,
        ServerNotAfter, ServerNotBefore, ServerCertificate, LeafChanges, LastLeafChange, ServerRenewedAt, DeploymentDelay, Leaves, ExpectedCertificate, ExpectedIssuer,
        ChainValid, ChainError, ChainNote, StapleThisUpdate, StapleNextUpdate, ClockOffset, CertificateRevoked,
        ClientNotAfter, ClientNotBefore, ClientCertificate, Renewals, ClientRenewedAt, IdentityLoaded, IdentitySource, ClientRevoked, EnforcementDelay,
        TrustLoaded, TrustNotAfter, SourceConnected, SourceLastUpdate, CrlLoaded, CrlThisUpdate, CrlNextUpdate,
        StoredNotAfter, StoredNotBefore, StoredServed, InventoryCertificates, InventoryLeftOut,
        TargetInfo, TargetSource, TargetServerId, TargetIdentities, Interval, Timeout, DiscoveryUp, DiscoveryTargets, DiscoveryRejected, DiscoveryLastSuccess, ReloadSuccessful, ReloadTime, StorageUsable,
        InFlight, Skipped, ScheduleLag, ClockSuspected, EventDelay, InternalErrors, LastTurn, LogLinesDropped, HttpConnectionErrors, HttpConnectionsEvicted,
        HttpRequests, HttpDuration, PeerMemory, PeerMemoryLimit, ShardInfo, Build,
        ProcessCpu, ProcessResident, ProcessVirtual, ProcessStart, ProcessOpenFds, ProcessMaxFds, ProcessThreads,
        RuntimeCollections, RuntimePause, RuntimeAllocated, RuntimeHeap, RuntimeThreads, RuntimeQueue, RuntimeWork, RuntimeContentions,
    ];

    /// <summary>
    /// Label names that users can set on targets although some of our series have them: targets had them first. On such a series, our own label wins.
    /// </summary>
    public static FrozenSet<string> LaterLabelNames { get; } = FrozenSet.Create("cause", "source", "server_id");

    /// <summary>Label names that users must not set on targets: otherwise a series would have two labels of the same name.</summary>
    public static FrozenSet<string> TargetLabelNames { get; } =
        All.Where(family => family.Labels.Contains("target")).SelectMany(family => family.Labels.AsEnumerable()).Except(LaterLabelNames).ToFrozenSet();

    private static MetricFamily Gauge(string name, string help, params string[] labels) => new(name, MetricType.Gauge, help, [.. labels]);

    private static MetricFamily Gauge(string name, string help, string[] of, params string[] labels) => Gauge(name, help, [.. of, .. labels]);

    private static MetricFamily Counter(string name, string help, params string[] labels) => new(name, MetricType.Counter, help, [.. labels]);

    private static MetricFamily Counter(string name, string help, string[] of, params string[] labels) => Counter(name, help, [.. of, .. labels]);

    private static MetricFamily Histogram(string name, string help, params string[] labels) => new(name, MetricType.Histogram, help, [.. labels]);
}

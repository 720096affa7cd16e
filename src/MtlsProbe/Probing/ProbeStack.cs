using System.Net;
using MtlsProbe.Credentials;
using MtlsProbe.Feed;
using MtlsProbe.Handshake;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Readiness;
using MtlsProbe.Revocation;
using MtlsProbe.Trust;

namespace MtlsProbe.Probing;

/// <summary>
/// The only place that composes the parts of a probe: credentials, resolver, issuers seen, evidence of revocation, chain judge, handshaker, prober.
/// The commands and <see cref="Fleet"/> use it.
/// </summary>
internal sealed class ProbeStack
{
    /// <param name="systemTrust">Where the machine's anchors are; null: in the usual places.</param>
    /// <param name="once">The files of credentials are read once and not followed, so they can be pipes.</param>
    /// <param name="isFleet">Whether the targets belong together, so that the issuers presented by one say something about the others.</param>
    /// <param name="environment">Returns the value of an environment variable; null: not set.</param>
    public ProbeStack(TimeProvider time, ILoggerFactory logs, TrustSource? systemTrust = null, bool once = false, bool isFleet = true, Func<string, string?>? environment = null)
        : this(new LoopSet(time), time, logs, (loops, events) => new MaterialStore(time, logs.CreateLogger<MaterialStore>(), systemTrust, once, loop: loops.Credentials, environment: environment, events: events), isFleet)
    {
    }

    /// <param name="materials">The credentials and trust bundles to probe with.</param>
    /// <param name="isFleet">Whether the targets belong together.</param>
    public ProbeStack(TimeProvider time, ILoggerFactory logs, MaterialStore materials, bool isFleet = true)
        : this(new LoopSet(time), time, logs, (_, _) => materials, isFleet)
    {
    }

    private ProbeStack(LoopSet loops, TimeProvider time, ILoggerFactory logs, Func<LoopSet, EventFeed, MaterialStore> store, bool isFleet)
    {
        Events = new EventFeed(time);
        var materials = store(loops, Events);
        (Time, Logs, Materials, Loops, Metrics) = (time, logs, materials, loops, new ProberMetrics(loops));
        Issuers = isFleet ? new IssuersSeen(materials) : null;
        var resolver = new Resolver(time);
        Evidence = new EvidenceStore(time, logs.CreateLogger<EvidenceStore>(), loops.Revocation, trust => materials.Trust(trust).Bundle, new Fetch(time, resolver.ResolveAsync, materials.Secret).RunAsync);
        OwnRevocation = new OwnRevocation(Evidence.Bundles, time, Evidence.Learn);
        var chains = Chains = new ChainJudge(Issuers is null ? null : Issuers.Of, Evidence.Of);
        var handshaker = new Handshaker(resolver, chains, LoopTime.Of(time), delay => Metrics.EventDelays.Observe(delay.TotalSeconds), materials.Secret);
        Prober = new Prober(handshaker, chains, materials, Issuers, Evidence, OwnRevocation, time, logs.CreateLogger<Prober>());
        (Probe, Resolve) = (Prober.ProbeAsync, resolver.ResolveAsync);
    }

    public TimeProvider Time { get; }

    public ILoggerFactory Logs { get; }

    public MaterialStore Materials { get; }

    /// <summary>The issuers that probes have seen; null: none are kept, and each server is judged alone.</summary>
    public IssuersSeen? Issuers { get; }

    /// <summary>The evidence of revocation.</summary>
    public EvidenceStore Evidence { get; }

    /// <summary>The known revocation of our own credentials.</summary>
    public OwnRevocation OwnRevocation { get; }

    /// <summary>Uses the known issuers and the evidence of revocation.</summary>
    public ChainJudge Chains { get; }

    public Prober Prober { get; }

    /// <summary>Background work.</summary>
    public LoopSet Loops { get; }

    /// <summary>The feed of changes.</summary>
    public EventFeed Events { get; }

    /// <summary>Metrics about the process itself.</summary>
    public ProberMetrics Metrics { get; }

    /// <summary>Makes one probe; tests use their own.</summary>
    public Func<ProbeJob, ProbeRun, CancellationToken, Task<ProbeResult>> Probe { get; init; }

    /// <summary>Returns the addresses of a name; throws <see cref="System.Net.Sockets.SocketException"/> if there are none. Tests use their own.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; }

    /// <summary>For probes without a schedule.</summary>
    public Survey Survey() => new(Probe, Resolve, Materials.Handle, Time, Prober.Reconsider);
}

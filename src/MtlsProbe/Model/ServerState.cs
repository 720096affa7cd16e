using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>What is known of the server at one address, from all handshakes with credentials that it has to accept.</summary>
internal sealed record ServerState
{
    private const long NoDelay = -1; // a real one is never negative

    private readonly long _deploymentDelay = NoDelay;

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
    public TimeSpan? DeploymentDelay
    {
        get => _deploymentDelay == NoDelay ? null : new TimeSpan(_deploymentDelay);
        init => _deploymentDelay = value?.Ticks ?? NoDelay;
    }
}

/// <summary>Identifies a server; the labels marked S in the documentation of the metrics.</summary>
internal readonly record struct ServerKey(string Target, string Address);

/// <summary>What a server presented the last time it presented a certificate.</summary>
/// <param name="Expected">Whether the certificates were the expected ones.</param>
internal sealed record ServerFacts(
    DateTimeOffset At,
    ValueList<Certificate> Certificates,
    ChainVerdict? Chain,
    TlsFacts? Tls,
    ClientCertificateFacts? ClientCertificate,
    ExpectedCertificateFacts Expected)
{
    private readonly long _at = At.UtcTicks;

    public DateTimeOffset At
    {
        get => Instant.Known(_at);
        init => _at = value.UtcTicks;
    }
}

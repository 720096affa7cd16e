using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A series of handshakes: its counters and its last result.</summary>
internal sealed record HandshakeState
{
    private static readonly ValueList<long> s_noOutcomes = [.. new long[Enum.GetValues<Outcome>().Length]];
    private static readonly ValueList<long> s_noFailures = [.. new long[Enum.GetValues<FailureClass>().Length]];

    private readonly long _lastSuccess;
    private readonly long _since;

    public required HandshakeKey Key { get; init; }

    public required Target Target { get; init; }

    /// <summary>Null until the first probe has ended.</summary>
    public ProbeResult? Last { get; init; }

    public DateTimeOffset? LastSuccess
    {
        get => Instant.Time(_lastSuccess);
        init => _lastSuccess = Instant.Ticks(value);
    }

    /// <summary>When the last probe that changed outcome, reason or alert began; null before the first.</summary>
    public DateTimeOffset? Since
    {
        get => Instant.Time(_since);
        init => _since = Instant.Ticks(value);
    }

    public ResultHistory History { get; init; } = ResultHistory.Empty;

    /// <summary>A new value after each change, never repeated in this process.</summary>
    public long Revision { get; init; }

    /// <summary>Handshakes by <see cref="Outcome"/>, indexed by its value.</summary>
    public ValueList<long> Outcomes { get; init; } = s_noOutcomes;

    /// <summary>Failures by <see cref="FailureClass"/>, indexed by its value.</summary>
    public ValueList<long> Failures { get; init; } = s_noFailures;

    /// <summary>What the server last presented to this credential. It is kept through probes that do not reach the server.</summary>
    public ServerFacts? Server { get; init; }

    /// <summary>
    /// When the server last accepted the certificate in use, and whether it refused it after that; null if this process has not seen an acceptance.
    /// </summary>
    public Admission? Admission { get; init; }
}

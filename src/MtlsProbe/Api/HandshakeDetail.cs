using System.Diagnostics.CodeAnalysis;
using MtlsProbe.Model;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>A handshake with everything that is known about it.</summary>
internal sealed record HandshakeDetail : HandshakeRow
{
    [SetsRequiredMembers]
    private HandshakeDetail(HandshakeEntry entry, FleetSnapshot snapshot)
        : base(entry, snapshot.At)
    {
        Record = entry.Last is { } last ? ShownRecord.Of(last) : null;
        Verdict = VerdictFacts.Of(entry, snapshot.Links);
        Chain = ChainFacts.Of(entry.Last, snapshot.At);
        AcceptableIssuers = IssuerFacts.Of(entry.Last?.ClientCertificate);
        Counters = CounterFacts.Of(entry.State);
        History = HistoryFacts.Of(entry.State);
        Commands = HandshakeCommands.Of(entry.State, snapshot);
    }

    /// <summary>The result record, truncated (<see cref="Shown.Record"/>); null before the first probe.</summary>
    public ProbeResult? Record { get; init; }

    public required VerdictFacts Verdict { get; init; }

    public ChainFacts? Chain { get; init; }

    public required IssuerFacts AcceptableIssuers { get; init; }

    public required CounterFacts Counters { get; init; }

    public required HistoryFacts History { get; init; }

    public required HandshakeCommands Commands { get; init; }

    public static HandshakeDetail Of(HandshakeEntry entry, FleetSnapshot snapshot) => new(entry, snapshot);
}

/// <summary>The authorities that the server names as trusted.</summary>
/// <param name="Shown">The first names, ours before the others.</param>
internal sealed record IssuerFacts(int Total, ValueList<NamedIssuer> Shown)
{
    public static IssuerFacts Of(ClientCertificateFacts? facts)
    {
        if (facts is null) return new IssuerFacts(0, []);
        var ours = facts.Presented?.Issuer;
        return new IssuerFacts(facts.IssuersTotal, facts.AcceptableIssuers
            .OrderByDescending(name => name == ours)
            .Take(Text.Shown.Most)
            .Select(name => new NamedIssuer(Text.Shown.Name(name), name == ours))
            .ToValueList());
    }
}

/// <param name="Ours">Whether it issued the leaf that we presented.</param>
internal sealed record NamedIssuer(string Name, bool Ours);

/// <summary>The counters of the metrics, with every label value from the start.</summary>
internal sealed record CounterFacts(IReadOnlyDictionary<string, long> Outcomes, IReadOnlyDictionary<string, long> Failures)
{
    public static CounterFacts Of(HandshakeState state) => new(
        Enum.GetValues<Outcome>().ToDictionary(outcome => outcome.Label(), outcome => state.Outcomes[(int)outcome]),
        Enum.GetValues<FailureClass>().ToDictionary(failure => failure.Label(), failure => state.Failures[(int)failure]));
}

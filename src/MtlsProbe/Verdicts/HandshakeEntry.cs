using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Verdicts;

/// <summary>One handshake of a <see cref="FleetView"/>: a target at one address with one credential.</summary>
/// <param name="State">Its series.</param>
/// <param name="Server">What is known about the server; null if no handshake that it must accept is planned.</param>
/// <param name="Order">Its position in the order of the configuration.</param>
internal sealed record HandshakeEntry(HandshakeState State, ServerState? Server, int Order)
{
    /// <summary>How many names of a certificate are searched; a hostile one has thousands.</summary>
    private const int NamesSearched = 20;

    /// <summary>In intervals: an older result shows a past state, not the current one.</summary>
    private const int OldAfter = 3;

    public HandshakeKey Key => State.Key;

    public ProbeResult? Last => State.Last;

    public Condition Condition { get; } = Conditions.Of(State.Last);

    /// <summary>The leaf that the server last presented to this credential; it is kept during outages.</summary>
    public Certificate? ServerLeaf => State.Server is { Certificates: { Count: > 0 } certificates } ? certificates[0] : null;

    /// <summary>The leaf that we last presented.</summary>
    public Certificate? ClientLeaf => State.Server?.ClientCertificate?.Presented;

    public string Headline => Last is { } last ? VerdictText.Headline(last) : "not probed yet";

    /// <summary>Whether the server accepts us without having asked for our certificate.</summary>
    public bool IsNotAsked =>
        Last is { Expect: Expectation.Accept, Outcome: Outcome.Accepted, ClientCertificate.Requested: false } && Key.Identity != Identity.None;

    public bool IsOld(DateTimeOffset now) => Last is { } last && now - last.At > State.Target.Interval * OldAfter;

    /// <summary>Whether a word occurs in anything that a row shows or that a person would search for.</summary>
    public bool Mentions(string word)
    {
        bool Has(string? text) => text is not null && text.Contains(word, StringComparison.OrdinalIgnoreCase);
        bool HasAny(ValueList<string> names)
        {
            for (var i = 0; i < Math.Min(names.Count, NamesSearched); i++)
            {
                if (Has(names[i])) return true;
            }

            return false;
        }

        return Has(Key.Target) || Has(Key.Address) || Has(Key.Identity) || Has(Key.Slot.Label()) || Has(State.Target.ServerName) || Has(Last?.Remote)
            || Has(Condition.Label()) || Has(Last?.Failure?.Class.Label()) || Has(Last?.Failure?.Reason.Label)
            || State.Target.Labels.Any(label => Has($"{label.Name}={label.Value}"))
            || Has(ServerLeaf?.Serial) || Has(ClientLeaf?.Serial) || Has(ServerLeaf?.Subject) || Has(ServerLeaf?.Issuer)
            || (ServerLeaf is { } leaf && (HasAny(leaf.DnsNames) || HasAny(leaf.IpAddresses) || HasAny(leaf.Uris)))
            || (State.Server?.Tls is { } tls && Has($"TLS {tls.Version}")) || Has(Headline);
    }
}

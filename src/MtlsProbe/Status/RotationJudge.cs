using System.Globalization;
using MtlsProbe.Model;

namespace MtlsProbe.Status;

/// <summary>
/// Says in which step the rotation of an identity is, and what is missing before the next one is safe, by the rules of docs/rotation.md:
/// every address has to be known to accept what is in the files now, and an answer that is not known is none.
/// </summary>
/// <param name="credentials">Of all identities.</param>
/// <param name="handshakes">Those that show the identity, and those of must_reject at the addresses where it has to be accepted.</param>
internal sealed class RotationJudge(string identity, IReadOnlyList<CredentialState> credentials, IReadOnlyList<HandshakeEntry> handshakes, DateTimeOffset now)
{
    private readonly CredentialState? _current = Find(credentials, identity, Slot.Current);
    private readonly CredentialState? _next = Find(credentials, identity, Slot.Next);
    private readonly List<HandshakeEntry> _shown = [.. handshakes.Where(entry => entry.Key.Identity == identity && entry.Key.Expect == Expectation.Accept)];

    public (Rotation Rotation, ValueList<MissingThing> Missing) Judge()
    {
        var inUse = _shown.FindAll(entry => entry.Key.Slot == Slot.Current);
        if (_next is not null) return Staged(_next, inUse);

        var old = Old(inUse);
        if (old.Count > 0)
        {
            var missing = Thing(MissingKind.OldShown, $"{Addresses(old.Count)} not been shown the credential that is in the files now", old);
            return (Result(RotationStep.Switching, $"the credential was replaced; {missing.Sentence}", [missing], inUse), [missing]);
        }

        return CleanUp(inUse) is { Count: > 0 } left
            ? (Result(RotationStep.CleanUp, $"the new credential is in use; {left[0].Sentence}", left, inUse), left)
            : (Result(RotationStep.None, "no replacement is staged", [], inUse), []);
    }

    private (Rotation Rotation, ValueList<MissingThing> Missing) Staged(CredentialState next, List<HandshakeEntry> inUse)
    {
        var missing = new List<MissingThing>();
        var leaf = next.Chain.Count > 0 ? next.Chain[0] : null;
        if (!next.Usable) missing.Add(new(MissingKind.FilesBroken, $"the files of the replacement cannot be used: {Shown.Text(next.Fault ?? "the log says why")}", 0, []));
        if (leaf is not null && now < leaf.NotBefore) missing.Add(new(MissingKind.NotValid, $"the replacement is not valid before {Time(leaf.NotBefore)}", 0, []));
        if (leaf is not null && now > leaf.NotAfter) missing.Add(new(MissingKind.NotValid, $"the replacement expired at {Time(leaf.NotAfter)}", 0, []));
        if (inUse.Count == 0) missing.Add(new(MissingKind.NotProbed, "no address is shown this identity, so nothing tells whether the replacement is accepted", 0, []));

        List<(HandshakeEntry Entry, string Why)> refuses = [], unknown = [], unprobed = [];
        var replacements = _shown.Where(entry => entry.Key.Slot == Slot.Next).ToDictionary(entry => entry.Key.Server);
        foreach (var current in inUse)
        {
            if (!replacements.TryGetValue(current.Key.Server, out var entry) || entry.Last is not { } last) unprobed.Add((entry ?? current, "not probed with the replacement yet"));
            else if (last.ClientCertificate?.Presented is { } presented && presented != leaf) unprobed.Add((entry, $"shown last: serial {presented.Serial}, which is not in the files any more"));
            else if (last.Outcome == Outcome.Rejected) refuses.Add((entry, entry.Headline + (current.Condition == Condition.Refused ? " (and refuses the current one as well)" : "")));
            else if (last.Outcome != Outcome.Accepted) unknown.Add((entry, entry.Headline));
        }

        Add(MissingKind.Refuses, refuses, count => $"{count} the replacement", "refuses", "refuse");
        Add(MissingKind.Unknown, unknown, count => $"whether {count} the replacement is not known", "accepts", "accept");
        Add(MissingKind.NotProbed, unprobed, count => $"{count} not been shown the replacement that is in the files now", "has", "have");
        var step = missing.Count == 0 ? RotationStep.Clients : RotationStep.TrustFirst;
        var accepted = inUse.Count - refuses.Count - unknown.Count - unprobed.Count;
        var sentence = step == RotationStep.Clients
            ? "every address accepts the replacement: the clients may change"
            : string.Create(CultureInfo.InvariantCulture, $"a replacement is staged; {accepted:N0} of {Count(inUse.Count)} accept{(accepted == 1 ? "s" : "")} it");
        return (
            new Rotation(identity, step, sentence, step == RotationStep.Clients, missing.Count, inUse.Count, accepted, refuses.Count, unknown.Count + unprobed.Count),
            missing.ToValueList());

        void Add(MissingKind kind, List<(HandshakeEntry, string)> places, Func<string, string> sentence, string one, string many)
        {
            if (places.Count > 0) missing.Add(Thing(kind, sentence($"{Count(places.Count)} {(places.Count == 1 ? one : many)}"), places));
        }
    }

    /// <summary>Where the last handshake showed another credential than the one in the files.</summary>
    private List<(HandshakeEntry Entry, string Why)> Old(List<HandshakeEntry> inUse) => _current is not { Chain: { Count: > 0 } chain } ? [] :
    [
        .. from entry in inUse
           let presented = entry.Last?.ClientCertificate?.Presented
           where presented is not null && presented != chain[0]
           select (entry, $"shown last: serial {presented.Serial}"),
    ];

    /// <summary>
    /// Credentials of another issuer that are still let in where this identity is accepted. One of the same issuer is let in until it
    /// expires, unless revocation is checked: there is no trust entry to remove, so no step is missing.
    /// </summary>
    private ValueList<MissingThing> CleanUp(List<HandshakeEntry> inUse)
    {
        if (inUse.Count == 0 || _current is not { Chain: { Count: > 0 } chain }) return [];
        var retired = handshakes.Where(entry => entry.Key.Expect == Expectation.Reject && entry.Key.Identity != identity
            && Find(credentials, entry.Key.Identity, Slot.Current) is { Chain: { Count: > 0 } old } && old[0].Issuer != chain[0].Issuer).ToList();
        var letIn = retired.FindAll(entry => entry.Condition == Condition.NotEnforced).ConvertAll(entry => (entry, entry.Headline));
        if (letIn.Count == 0) return [];
        var open = retired.FindAll(entry => entry.Condition is not (Condition.NotEnforced or Condition.Healthy)).ConvertAll(entry => (entry, entry.Headline));
        var found = Thing(MissingKind.LetIn, $"{Count(letIn.Count)} still let{(letIn.Count == 1 ? "s" : "")} in a credential of another issuer, which has to be refused", letIn);
        return open.Count == 0 ? [found] : [found, Thing(MissingKind.NotRefused, $"whether {Count(open.Count)} refuse{(open.Count == 1 ? "s" : "")} it is not known", open)];
    }

    private Rotation Result(RotationStep step, string sentence, ValueList<MissingThing> missing, List<HandshakeEntry> inUse)
    {
        var accepted = inUse.Count(entry => entry.Last?.Outcome == Outcome.Accepted);
        var refused = inUse.Count(entry => entry.Last?.Outcome == Outcome.Rejected);
        return new Rotation(identity, step, sentence, Ready: false, missing.Count, inUse.Count, accepted, refused, inUse.Count - accepted - refused);
    }

    private static MissingThing Thing(MissingKind kind, string sentence, List<(HandshakeEntry Entry, string Why)> places) =>
        new(kind, sentence, places.Count, places.Take(Shown.Most).Select(place => MissingPlace.Of(place.Entry, place.Why)).ToValueList());

    private static CredentialState? Find(IReadOnlyList<CredentialState> credentials, string identity, Slot slot) =>
        credentials.FirstOrDefault(credential => credential.Identity == identity && credential.Slot == slot);

    private static string Addresses(int count) => $"{Count(count)} {(count == 1 ? "has" : "have")}";

    private static string Count(int addresses) => string.Create(CultureInfo.InvariantCulture, $"{addresses:N0} address{(addresses == 1 ? "" : "es")}");

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}

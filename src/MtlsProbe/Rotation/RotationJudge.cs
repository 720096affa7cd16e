using System.Globalization;
using System.Net;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Rotation;

/// <summary>
/// Determines the step of an identity's rotation, and what is missing before the next step is safe, by the rules of docs/rotation.md. Every address
/// must be known to accept the credential in the files; an unknown answer does not count.
/// </summary>
/// <param name="credentials">Those of all identities.</param>
/// <param name="handshakes">Those that present the identity, and those of must_reject at the addresses where it must be accepted.</param>
internal sealed class RotationJudge(string identity, IReadOnlyList<CredentialState> credentials, IReadOnlyList<HandshakeEntry> handshakes, DateTimeOffset now)
{
    private readonly CredentialState? _current = Find(credentials, identity, Slot.Current);
    private readonly CredentialState? _next = Find(credentials, identity, Slot.Next);
    private readonly List<HandshakeEntry> _shown = [.. handshakes.Where(entry => entry.Key.Identity == identity && entry.Key.Expect == Expectation.Accept)];

    /// <summary>The answer of an address to a credential.</summary>
    private enum Answer
    {
        Accepts,

        /// <summary>It asks for no certificate: it does not refuse this one, but proves nothing.</summary>
        NotAsked,
        Refuses,
        Unserved,
        Unknown,
        NotProbed,
    }

    public (RotationProgress Rotation, ValueList<MissingThing> Missing) Judge()
    {
        var inUse = _shown.FindAll(entry => entry.Key.Slot == Slot.Current);
        if (_next is not null && !CleanUp.IsInUse(_next, _current)) return Staged(_next, inUse);
        var old = Old(inUse);
        var cleanUp = _current is { Chain.Count: > 0 } current && inUse.Count > 0 ? new CleanUp(identity, current, _next, credentials, handshakes, now) : null;
        var left = cleanUp?.Left() ?? [];
        if (old.Count == 0 && left.Count == 0) return (Result(RotationStep.None, Nothing(OfSameIssuer(cleanUp)), [], inUse), []);

        // If no server is known to accept a credential, refusing it blocks no client: an outage is not a switch.
        var isUnderWay = old.Count > 0 || left.Any(thing => thing.Kind != MissingKind.NotRefused);
        var missing = isUnderWay ? Unproven(inUse, old) : [];
        if (missing.Count == 0)
        {
            var inFiles = isUnderWay ? "the credential in the files is in use" : "nothing is staged, and the clean-up is not proven";
            return (Result(RotationStep.CleanUp, $"{inFiles}; {left[0].Sentence}{NotAsked(inUse.Count(entry => entry.IsNotAsked))}", left, inUse), left);
        }

        var sentence = old.Count > 0 ? "the credential was replaced" : "it is not proven that the credential in the files is in use everywhere";
        return (Result(RotationStep.Switching, $"{sentence}; {missing[0].Sentence}", missing, inUse), missing);
    }

    /// <param name="letIn">A remark about retired credentials that are still accepted; empty if there are none.</param>
    private string Nothing(string letIn) => letIn.Length == 0 && CredentialTimeline.Of(identity, credentials, handshakes)?.Completed is { } at
        ? $"the last rotation was completed at {Times.Minute(at)}; nothing is staged"
        : $"no replacement is staged{letIn}";

    private (RotationProgress Rotation, ValueList<MissingThing> Missing) Staged(CredentialState next, List<HandshakeEntry> inUse)
    {
        var missing = new List<MissingThing>();
        var leaf = next.Chain.Count > 0 ? next.Chain[0] : null;
        if (!next.Usable) missing.Add(new(MissingKind.FilesBroken, $"the replacement cannot be used: {Shown.Text(next.Fault ?? "the log says why")}", 0, []));
        if (leaf is not null && now < leaf.NotBefore) missing.Add(new(MissingKind.NotValid, $"the replacement is not valid before {Times.Minute(leaf.NotBefore)}", 0, []));
        if (leaf is not null && now > leaf.NotAfter) missing.Add(new(MissingKind.NotValid, $"the replacement expired at {Times.Minute(leaf.NotAfter)}", 0, []));
        if (inUse.Count == 0) missing.Add(new(MissingKind.NotProbed, "this identity is not presented to any address, so it is not known whether the replacement is accepted", 0, []));

        var replacements = _shown.Where(entry => entry.Key.Slot == Slot.Next).ToDictionary(entry => entry.Key.Server);
        var answers = inUse.ConvertAll(current => ToReplacement(current, replacements.GetValueOrDefault(current.Key.Server), leaf)).ToLookup(answer => answer.Answer, answer => (answer.Entry, answer.Why));
        Add(MissingKind.Refuses, Answer.Refuses, count => $"{count} the replacement", "refuses", "refuse");
        Add(MissingKind.Unserved, Answer.Unserved, count => $"{count} the replacement in, but the application did not serve it", "lets", "let");
        Add(MissingKind.Unknown, Answer.Unknown, count => $"it is not known whether {count} the replacement", "accepts", "accept");
        Add(MissingKind.NotProbed, Answer.NotProbed, count => $"{count} not been presented the replacement that is in the files now", "has", "have");
        var (accepted, refused, notAsked) = (answers[Answer.Accepts].Count(), answers[Answer.Refuses].Count(), answers[Answer.NotAsked].ToList());
        if (notAsked.Count > 0 && notAsked.Count == inUse.Count) missing.Add(NobodyAsks(notAsked));

        var step = missing.Count == 0 ? RotationStep.Clients : RotationStep.TrustFirst;
        var sentence = step == RotationStep.Clients
            ? $"every address{(notAsked.Count > 0 ? " that asks for a certificate" : "")} accepts the replacement: the clients may change{OneOfMany(inUse)}"
            : string.Create(CultureInfo.InvariantCulture, $"a replacement is staged; {accepted:N0} of {MissingThing.Addresses(inUse.Count)} accept{(accepted == 1 ? "s" : "")} it");
        return (
            new RotationProgress(identity, step, sentence + NotAsked(notAsked.Count), step == RotationStep.Clients, missing.Count, inUse.Count, accepted, refused, inUse.Count - accepted - refused),
            missing.ToValueList());

        void Add(MissingKind kind, Answer answer, Func<string, string> sentence, string one, string many)
        {
            List<(HandshakeEntry, string)> places = [.. answers[answer]];
            if (places.Count > 0) missing.Add(MissingThing.At(kind, sentence($"{MissingThing.Addresses(places.Count)} {(places.Count == 1 ? one : many)}"), places));
        }
    }

    /// <summary>The answer of an address to the staged credential, in view of its answer to the current one.</summary>
    /// <param name="current">Its handshake with the credential in use.</param>
    /// <param name="entry">Its handshake with the replacement; null if none is planned yet.</param>
    private (Answer Answer, HandshakeEntry Entry, string Why) ToReplacement(HandshakeEntry current, HandshakeEntry? entry, Certificate? leaf)
    {
        if (entry?.Last is not { } last) return (Answer.NotProbed, entry ?? current, "not probed with the replacement yet");
        if (current.Last is not { } before) return (Answer.NotProbed, current, "not probed with the current credential yet, so there is nothing to compare with");
        if (entry.IsOld(now) || current.IsOld(now)) return (Answer.NotProbed, entry.IsOld(now) ? entry : current, "not probed for more than three intervals");
        if (last.ClientCertificate?.Presented is { } presented && presented != leaf)
            return (Answer.NotProbed, entry, $"last presented: serial {presented.Serial}, which is no longer in the files");
        return RolloutEffects.Of(before, last) switch
        {
            RolloutEffect.Accepts => (entry.IsNotAsked ? Answer.NotAsked : Answer.Accepts, entry, ""),
            RolloutEffect.RefusesBoth => (Answer.Refuses, entry, entry.Headline + " (and refuses the current one too)"),
            _ when last.Outcome == Outcome.Rejected => (Answer.Refuses, entry, entry.Headline),
            _ when RolloutEffects.IsWithheld(last) => (Answer.Unknown, entry, "the server's request does not allow this type of key, so the replacement was not sent"),
            _ when last.Outcome == Outcome.Accepted => (Answer.Unserved, entry, entry.Headline),
            _ => (Answer.Unknown, entry, entry.Headline),
        };
    }

    /// <summary>The addresses whose last presented credential is not the one in the files; an outage since then does not change that.</summary>
    private List<(HandshakeEntry Entry, string Why)> Old(List<HandshakeEntry> inUse) => _current is not { Chain: { Count: > 0 } chain } ? [] :
    [
        .. from entry in inUse
           let presented = entry.ClientLeaf
           where presented is not null && presented != chain[0]
           select (entry, $"last presented: serial {presented.Serial}"),
    ];

    /// <summary>What is missing before the credential in the files counts as in use: each address must have accepted exactly this one.</summary>
    /// <param name="old">The addresses to which another one was last presented.</param>
    private ValueList<MissingThing> Unproven(List<HandshakeEntry> inUse, List<(HandshakeEntry Entry, string Why)> old)
    {
        List<MissingThing> missing = [];
        if (old.Count > 0) missing.Add(MissingThing.At(MissingKind.OldShown, $"{MissingThing.Addresses(old.Count)} {(old.Count == 1 ? "has" : "have")} not been presented the credential that is in the files now", old));
        var rest = inUse.Except(old.Select(place => place.Entry)).Where(entry => !IsProven(entry)).ToLookup(entry => entry switch
        {
            { IsNotAsked: true } => Answer.NotAsked,
            { Last.Outcome: Outcome.Rejected } => Answer.Refuses,
            _ => Answer.Unknown,
        }, entry => (entry, entry.Headline));
        List<(HandshakeEntry, string)> refuses = [.. rest[Answer.Refuses]], unknown = [.. rest[Answer.Unknown]], notAsked = [.. rest[Answer.NotAsked]];
        if (refuses.Count > 0) missing.Add(MissingThing.At(MissingKind.Refuses, $"{MissingThing.Addresses(refuses.Count)} refuse{(refuses.Count == 1 ? "s" : "")} the credential that is in the files now", refuses));
        if (unknown.Count > 0) missing.Add(MissingThing.At(MissingKind.Unknown, $"it is not known whether {MissingThing.Addresses(unknown.Count)} accept{(unknown.Count == 1 ? "s" : "")} the credential that is in the files now", unknown));
        if (notAsked.Count > 0 && notAsked.Count == inUse.Count) missing.Add(NobodyAsks(notAsked));
        return missing.ToValueList();
    }

    /// <summary>Whether the last handshake was recent, and was accepted with the leaf that is in the files now.</summary>
    private bool IsProven(HandshakeEntry entry) =>
        !entry.IsOld(now) && entry.Last is { Outcome: Outcome.Accepted, ClientCertificate.Presented: { } presented } && _current is { Chain: { Count: > 0 } chain } && presented == chain[0];

    private RotationProgress Result(RotationStep step, string sentence, ValueList<MissingThing> missing, List<HandshakeEntry> inUse)
    {
        var accepted = inUse.Count(IsProven);
        var refused = inUse.Count(entry => entry.Last?.Outcome == Outcome.Rejected);
        return new RotationProgress(identity, step, sentence, Ready: false, missing.Count, inUse.Count, accepted, refused, inUse.Count - accepted - refused);
    }

    private static CredentialState? Find(IReadOnlyList<CredentialState> credentials, string identity, Slot slot) =>
        credentials.FirstOrDefault(credential => credential.Identity == identity && credential.Slot == slot);

    private static MissingThing NobodyAsks(List<(HandshakeEntry, string)> places) =>
        MissingThing.At(MissingKind.Unknown, "no address asks for a certificate, so nothing shows whether this one is accepted", places.ConvertAll(place => (place.Item1, "asks for no certificate")));

    /// <summary>If a name has several addresses, a target with <c>addresses: one</c> probes one of them; preflight probes all.</summary>
    private static string OneOfMany(List<HandshakeEntry> inUse)
    {
        var names = inUse.Select(entry => entry.State.Target).Distinct()
            .Count(target => target.Addresses == AddressChoice.One && !IPAddress.TryParse(target.Address.Host, out _));
        return names == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" (of {names:N0} name{(names == 1 ? "" : "s")}, only one address is probed; preflight probes all)");
    }

    private static string OfSameIssuer(CleanUp? cleanUp)
    {
        return Letting(cleanUp?.LetInBySameIssuer ?? 0, "of the same issuer, until it expires or is revoked")
            + Letting(cleanUp?.LetInThoughRevoked ?? 0, "that its issuer has revoked: the server uses no revocation list that names it");

        static string Letting(int count, string what) => count == 0 ? "" : $"; {MissingThing.Addresses(count)} let{(count == 1 ? "s" : "")} in a retired credential {what}";
    }

    /// <summary>A remark for a sentence about all addresses.</summary>
    private static string NotAsked(int count) =>
        count == 0 ? "" : $" ({MissingThing.Addresses(count)} ask{(count == 1 ? "s" : "")} for no certificate, so that proves nothing there)";

}

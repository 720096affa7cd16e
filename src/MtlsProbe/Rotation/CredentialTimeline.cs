using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Rotation;

/// <summary>
/// The last rotation of an identity over time, from the <see cref="Adoption"/> of each address. An address counts while its last answer to the new
/// credential is an acceptance; an outage is not an answer. It has a time only if this process has seen it.
/// </summary>
internal static class CredentialTimeline
{
    /// <summary>
    /// In intervals: if an address accepts a staged credential at its first answer, it does so since the staging, if that is not longer ago than
    /// this.
    /// </summary>
    private const int SoonAfter = 3;

    /// <param name="credentials">Those of all identities.</param>
    /// <param name="handshakes">Those that present the identity, and those of must_reject at the addresses where it must be accepted.</param>
    /// <returns>Null if this process has seen nothing staged and nothing replaced, or if the identity is not presented to any server.</returns>
    public static RotationTimeline? Of(string identity, IReadOnlyList<CredentialState> credentials, IReadOnlyList<HandshakeEntry> handshakes)
    {
        var current = Find(credentials, identity, Slot.Current);
        var next = Find(credentials, identity, Slot.Next) is { Chain.Count: > 0 } staged && !CleanUp.IsInUse(staged, current) ? staged : null;
        if (next is null && current?.Since is null) return null;
        List<HandshakeEntry> asked = [.. handshakes.Where(entry => entry.Key.Identity == identity && entry.Key is { Expect: Expectation.Accept, Slot: Slot.Current } && Asks(entry))];
        if ((next ?? current) is not { Chain: { Count: > 0 } chain } || asked.Count == 0) return null;
        if (next is not null)
            return new RotationTimeline(Shown(chain[0]), Shown(current is { Chain: { Count: > 0 } used } ? used[0] : null), next.Since, null, [Accepted(asked, chain[0], next.Since)]);

        var inUse = TimelineLine.Of(
            TimelineKind.InUse, asked.Count,
            [.. from entry in asked let adoption = Answer(entry, Slot.Current, chain[0]) where adoption is { IsAccepted: true } select Seen(entry, adoption.InUse!.Value)]);
        ValueList<TimelineLine> lines =
        [
            .. asked.Exists(entry => Accepting(entry, chain[0])?.Staged is not null) ? [Accepted(asked, chain[0], current!.Staged)] : (TimelineLine[])[],
            inUse,
            .. OldRefused(current!, credentials, handshakes) is { } refused ? [refused] : (TimelineLine[])[],
        ];
        return new RotationTimeline(Shown(chain[0]), Shown(current!.Previous), current.Staged, current.Since, lines);
    }

    /// <summary>
    /// Since when an address accepts the certificate that the last probe presented; or refuses it, if it must and had accepted it before. Null if
    /// that was not seen, or if the last answer is a different one.
    /// </summary>
    /// <param name="credential">The leaf in the slot; null if nothing is loaded.</param>
    public static DateTimeOffset? Since(HandshakeEntry entry, CredentialState? credential)
    {
        if (entry.Last is not { ClientCertificate.Presented: { } leaf } last) return null;
        if (last.Expect == Expectation.Reject) return last.Outcome == Outcome.Rejected && entry.State.Admission is { } admission && admission.Sha256 == leaf.Sha256 ? admission.Refused : null;
        if (last.Outcome != Outcome.Accepted || Answer(entry, last.Slot, leaf) is not { IsAccepted: true } adoption) return null;
        var staged = credential is { Chain: { Count: > 0 } chain } && chain[0] == leaf ? credential.Since : null;
        return (last.Slot == Slot.Next ? Seen(entry, adoption, staged) : Seen(entry, adoption.InUse!.Value)) is { IsSeen: true, At: var at } ? at : null;
    }

    /// <param name="staged">When the leaf was staged; null if that was not seen.</param>
    private static TimelineLine Accepted(List<HandshakeEntry> asked, Certificate leaf, DateTimeOffset? staged) => TimelineLine.Of(
        TimelineKind.Accepted, asked.Count,
        [.. from entry in asked let adoption = Accepting(entry, leaf) where adoption is not null select Seen(entry, adoption, staged)]);

    /// <summary>
    /// For the addresses that accepted the old credential when they had to refuse it; null if there are none. If the new credential has another
    /// issuer, another retired credential of the old issuer can stand for the old one. If several are presented to an address, all must be refused,
    /// and while they are valid: a refusal of an expired one says nothing about trust stores.
    /// </summary>
    private static TimelineLine? OldRefused(CredentialState current, IReadOnlyList<CredentialState> credentials, IReadOnlyList<HandshakeEntry> handshakes)
    {
        if (current.Previous is not { } old) return null;
        var retired = (
            from one in credentials
            where one is { Slot: Slot.Current, Chain.Count: > 0 } && one.Identity != current.Identity
            let leaf = one.Chain[0]
            where leaf == old || (CleanUp.IsOfOtherIssuer(current.Chain[0], old) && !CleanUp.IsOfOtherIssuer(old, leaf))
            select (one.Identity, Leaf: leaf)).ToDictionary(one => (one.Identity, one.Leaf.Sha256), one => one.Leaf.NotAfter);
        var servers = (
            from entry in handshakes
            where entry.Key.Expect == Expectation.Reject && entry.State.Admission is { } admission && retired.ContainsKey((entry.Key.Identity, admission.Sha256))
            let end = retired[(entry.Key.Identity, entry.State.Admission!.Sha256)]
            group entry.State.Admission!.Refused is { } refused && refused <= end ? refused : (DateTimeOffset?)null by entry.Key.Server).ToList();
        return servers.Count == 0 ? null : TimelineLine.Of(
            TimelineKind.OldRefused, servers.Count,
            [.. from server in servers where server.All(refused => refused is not null) let last = server.Max()!.Value select new Reached(server.Key, last, IsSeen: last >= current.Since)]);
    }

    /// <summary>Whether the address asks for a certificate, as far as is known.</summary>
    private static bool Asks(HandshakeEntry entry) => !entry.State.Target.IsUnresolved && entry.Server?.Facts?.ClientCertificate is not { Requested: false };

    /// <summary>The acceptance of a leaf: in use, or staged if the address has not answered to it in use yet. Null if it is not accepted.</summary>
    private static Adoption? Accepting(HandshakeEntry entry, Certificate leaf) =>
        (Answer(entry, Slot.Current, leaf) ?? Answer(entry, Slot.Next, leaf)) is { IsAccepted: true } adoption ? adoption : null;

    /// <summary>If a leaf is accepted at the first answer to it, it counts as accepted since then if it had been staged shortly before.</summary>
    private static Reached Seen(HandshakeEntry entry, Adoption adoption, DateTimeOffset? staged) => adoption.Staged is { } acceptance
        ? new Reached(entry.Key.Server, acceptance.At, !acceptance.IsFirst || acceptance.At - staged <= entry.State.Target.Interval * SoonAfter)
        : Seen(entry, adoption.InUse!.Value);

    private static Reached Seen(HandshakeEntry entry, Acceptance acceptance) => new(entry.Key.Server, acceptance.At, !acceptance.IsFirst);

    private static Adoption? Answer(HandshakeEntry entry, Slot slot, Certificate leaf) =>
        entry.Server is { } server && Adoption.Of(server.Adoptions, entry.Key.Identity, slot) is { } answer && answer.Sha256 == leaf.Sha256 ? answer : null;

    private static CredentialState? Find(IReadOnlyList<CredentialState> credentials, string identity, Slot slot) =>
        credentials.FirstOrDefault(credential => credential.Identity == identity && credential.Slot == slot);

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(certificate))]
    private static TimelineCertificate? Shown(Certificate? certificate) => certificate is null ? null : new(certificate.Serial, certificate.NotAfter);
}

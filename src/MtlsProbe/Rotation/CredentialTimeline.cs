using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Rotation;

/// <summary>
/// The last rotation of an identity over time. An address counts from its first probe that shows it, and not while the last answer is a
/// refusal; an outage since then does not change what it said.
/// </summary>
internal static class CredentialTimeline
{
    /// <param name="credentials">Of all identities.</param>
    /// <param name="handshakes">Those that show the identity, and those of must_reject at the addresses where it has to be accepted.</param>
    /// <returns>Null where this process has seen nothing staged and nothing replaced, or nobody is shown the identity.</returns>
    public static RotationTimeline? Of(string identity, IReadOnlyList<CredentialState> credentials, IReadOnlyList<HandshakeEntry> handshakes)
    {
        var current = Find(credentials, identity, Slot.Current);
        var next = Find(credentials, identity, Slot.Next) is { Chain.Count: > 0 } staged && !CleanUp.IsInUse(staged, current) ? staged : null;
        if (next is null && current?.Since is null) return null;
        List<HandshakeEntry> asked = [.. handshakes.Where(entry => entry.Key.Identity == identity && entry.Key is { Expect: Expectation.Accept, Slot: Slot.Current } && !entry.IsNotAsked)];
        if ((next ?? current) is not { Chain: { Count: > 0 } chain } || asked.Count == 0) return null;
        var leaf = chain[0];
        if (next is not null)
        {
            var old = current is { Chain: { Count: > 0 } used } ? used[0] : null;
            return new RotationTimeline(Shown(leaf), Shown(old), next.Since, null, [Staged(next, leaf, asked, handshakes)]);
        }

        List<HandshakeEntry> showing = asked.FindAll(entry => entry.ClientLeaf == leaf && entry.Last?.Outcome != Outcome.Rejected && entry.State.Admission?.Sha256 == leaf.Sha256);
        var adopted = showing.ConvertAll(entry => (entry.Key.Server, Adoption: Adopted(entry, leaf)));
        List<TimelineLine> lines = [];
        if (adopted.Exists(one => one.Adoption is { } adoption && adoption.Accepted != adoption.InUse))
            lines.Add(TimelineLine.Of(TimelineKind.Accepted, asked.Count, adopted.ConvertAll(one => (one.Server, When(one.Adoption, current!.Staged)))));
        lines.Add(TimelineLine.Of(TimelineKind.InUse, asked.Count, adopted.ConvertAll(one => (one.Server, one.Adoption?.InUse))));
        if (OldRefused(identity, credentials, handshakes) is { } refused) lines.Add(refused);
        return new RotationTimeline(Shown(leaf), Shown(current!.Previous), current.Staged, current.Since, lines.ToValueList());
    }

    /// <summary>Since when an address accepts the certificate that it was shown last, or refuses it, where it has to and let it in before; null where that was not seen.</summary>
    public static DateTimeOffset? Since(HandshakeEntry entry)
    {
        if (entry.Key.Expect == Expectation.Reject) return entry.State.Admission?.Refused;
        if (entry.Last?.Outcome == Outcome.Rejected || entry.ClientLeaf is not { } leaf) return null;
        return entry.Key.Slot == Slot.Next ? Adopted(entry, leaf)?.Accepted : Adopted(entry, leaf)?.InUse;
    }

    private static TimelineLine Staged(CredentialState next, Certificate leaf, List<HandshakeEntry> asked, IReadOnlyList<HandshakeEntry> handshakes)
    {
        var servers = asked.Select(entry => entry.Key.Server).ToHashSet();
        List<(ServerKey, DateTimeOffset?)> reached =
        [
            .. from entry in handshakes
               where entry.Key.Identity == next.Identity && entry.Key.Slot == Slot.Next && servers.Contains(entry.Key.Server) && entry.Last?.Outcome != Outcome.Rejected
               let adoption = Adopted(entry, leaf)
               where adoption is not null
               select (entry.Key.Server, When(adoption, next.Since)),
        ];
        return TimelineLine.Of(TimelineKind.Accepted, asked.Count, reached);
    }

    /// <summary>Of retired credentials that this process has seen let in; null where there are none.</summary>
    private static TimelineLine? OldRefused(string identity, IReadOnlyList<CredentialState> credentials, IReadOnlyList<HandshakeEntry> handshakes)
    {
        var leaves = credentials.Where(one => one is { Slot: Slot.Current, Chain.Count: > 0 } && one.Identity != identity).ToLookup(one => one.Identity, one => one.Chain[0].Sha256, StringComparer.Ordinal);
        List<HandshakeEntry> refusing = [.. handshakes.Where(entry => entry.Key.Expect == Expectation.Reject && entry.Key.Identity != identity)];
        var wasLetIn = refusing.Where(entry => entry.State.Admission is { } admission && leaves[entry.Key.Identity].Contains(admission.Sha256))
            .Select(entry => entry.Key.Identity).ToHashSet(StringComparer.Ordinal);
        refusing.RemoveAll(entry => !wasLetIn.Contains(entry.Key.Identity));
        return refusing.Count == 0 ? null : TimelineLine.Of(
            TimelineKind.OldRefused, refusing.Count,
            [.. from entry in refusing where entry.State.Admission is { Refused: not null } || entry is { State.Admission: null, Condition: Condition.Healthy } select (entry.Key.Server, entry.State.Admission?.Refused)]);
    }

    /// <summary>What accepted it at its first probe did so at that moment only if it had been staged just then, and not before this process began.</summary>
    private static DateTimeOffset? When(Adoption? adoption, DateTimeOffset? staged) => adoption is { AtOnce: true } && staged is null ? null : adoption?.Accepted;

    private static Adoption? Adopted(HandshakeEntry entry, Certificate leaf) =>
        entry.Server?.Adoptions.FirstOrDefault(one => one.Identity == entry.Key.Identity && one.Sha256 == leaf.Sha256);

    private static CredentialState? Find(IReadOnlyList<CredentialState> credentials, string identity, Slot slot) =>
        credentials.FirstOrDefault(credential => credential.Identity == identity && credential.Slot == slot);

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(certificate))]
    private static TimelineCertificate? Shown(Certificate? certificate) => certificate is null ? null : new(certificate.Serial, certificate.NotAfter);
}

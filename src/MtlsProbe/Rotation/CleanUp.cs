using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Rotation;

/// <summary>
/// What is left to do after the clients have changed: step 3 of docs/rotation.md. The rotation is over when every server is known to refuse the
/// retired credentials, and no staged credential is already in use.
/// </summary>
/// <param name="current">The current credential, with a certificate.</param>
/// <param name="handshakes">Those with the identity, and those of must_reject at the addresses where it must be accepted.</param>
internal sealed class CleanUp(string identity, CredentialState current, CredentialState? next, IReadOnlyList<CredentialState> credentials, IReadOnlyList<HandshakeEntry> handshakes, DateTimeOffset now)
{
    private readonly List<(HandshakeEntry Entry, Certificate Leaf)> _retired =
    [
        .. from entry in handshakes
           where entry.Key.Expect == Expectation.Reject && entry.Key.Identity != identity
           let leaf = credentials.FirstOrDefault(one => one.Identity == entry.Key.Identity && one.Slot == Slot.Current) is { Chain: { Count: > 0 } chain } ? chain[0] : null
           where leaf is not null
           select (entry, leaf),
    ];

    /// <summary>
    /// Number of addresses that accept a retired credential whose issuer is still in use and is not known to have revoked it: there is no trust entry
    /// to remove.
    /// </summary>
    public int LetInBySameIssuer => OfSameIssuer(isRevoked: false);

    /// <summary>Number of addresses that accept a revoked credential: they use no list, or an old one.</summary>
    public int LetInThoughRevoked => OfSameIssuer(isRevoked: true);

    public ValueList<MissingThing> Left()
    {
        List<MissingThing> left = [];
        var others = _retired.FindAll(one => IsOfOtherIssuer(one.Leaf));
        Add(MissingKind.LetIn, others.Where(one => one.Entry.Condition == Condition.NotEnforced),
            count => $"{MissingThing.Addresses(count)} still let{(count == 1 ? "s" : "")} in a credential of another issuer, which has to be refused");
        Add(MissingKind.NotRefused, others.Where(one => one.Entry.Condition is not (Condition.NotEnforced or Condition.Healthy) && !WasRefused(one.Entry)),
            count => $"it is not known whether {MissingThing.Addresses(count)} refuse{(count == 1 ? "s" : "")} a credential of another issuer, which has to be refused");
        Add(MissingKind.StillNamed, others.Where(one => one.Entry.Condition == Condition.Healthy && now > one.Leaf.NotAfter && NamesIssuerOf(one.Leaf, one.Entry)),
            count => $"{MissingThing.Addresses(count)} still name{(count == 1 ? "s" : "")} the issuer of a retired credential among those whose certificates are accepted; "
                + "that credential has expired, so its refusal says nothing about the trust store");
        if (IsInUse(next, current)) left.Add(new(MissingKind.NextLeft, "the files of next still contain the credential in use: remove them", 0, []));
        return left.ToValueList();

        void Add(MissingKind kind, IEnumerable<(HandshakeEntry Entry, Certificate Leaf)> found, Func<int, string> sentence)
        {
            List<(HandshakeEntry, string)> places = [.. found.Select(one => (one.Entry, one.Entry.Headline))];
            if (places.Count > 0) left.Add(MissingThing.At(kind, sentence(places.Count), places));
        }
    }

    /// <summary>Whether the staged credential has been promoted, and its files have been left in place.</summary>
    public static bool IsInUse(CredentialState? next, CredentialState? current) =>
        next is { Chain: { Count: > 0 } staged } && current is { Chain: { Count: > 0 } used } && staged[0] == used[0];

    /// <summary>By name and key: an authority with a new key may have its old name.</summary>
    public static bool IsOfOtherIssuer(Certificate leaf, Certificate retired)
    {
        var (one, other) = (leaf.Rules.AuthorityKeyIdentifier, retired.Rules.AuthorityKeyIdentifier);
        return leaf.Issuer != retired.Issuer || (!one.IsEmpty && !other.IsEmpty && !one.Span.SequenceEqual(other.Span));
    }

    private int OfSameIssuer(bool isRevoked) =>
        _retired.Count(one => one.Entry.Condition == Condition.NotEnforced && !IsOfOtherIssuer(one.Leaf) && IsRevoked(one.Leaf) == isRevoked);

    private bool IsRevoked(Certificate retired) => credentials.Any(one => one is { RevokedSince: not null, Chain: { Count: > 0 } chain } && chain[0] == retired);

    private bool IsOfOtherIssuer(Certificate retired) => IsOfOtherIssuer(current.Chain[0], retired);

    private bool NamesIssuerOf(Certificate retired, HandshakeEntry entry) =>
        retired.Issuer != current.Chain[0].Issuer && entry.Last?.ClientCertificate is { AcceptableIssuers: var names } && names.Contains(retired.Issuer);

    /// <summary>Whether the last answer was a refusal: an outage since then does not change that.</summary>
    private static bool WasRefused(HandshakeEntry entry)
    {
        var recent = entry.State.History.Recent;
        for (var i = recent.Length - 1; i >= 0; i--)
        {
            if (recent[i].Reason is null) return true;
            if (recent[i].Outcome == Outcome.Accepted) return false;
        }

        return false;
    }
}

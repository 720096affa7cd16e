using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// The last answer of a server to one of our credentials, and since when it accepts the credential. Only an acceptance or a refusal is an answer: an
/// outage changes nothing.
/// </summary>
/// <param name="Sha256">The leaf that the server answered to.</param>
/// <param name="Staged">Since when it accepts the leaf as a staged one; null if it does not, or if it has refused it in use since then.</param>
/// <param name="InUse">Since when it accepts the leaf as the current one; null if it does not.</param>
internal sealed record Adoption(string Identity, Slot Slot, string Sha256, Acceptance? Staged = null, Acceptance? InUse = null)
{
    private readonly long _staged = Acceptance.Packed(Staged);
    private readonly long _inUse = Acceptance.Packed(InUse);

    public Acceptance? Staged
    {
        get => Acceptance.Of(_staged);
        init => _staged = Acceptance.Packed(value);
    }

    public Acceptance? InUse
    {
        get => Acceptance.Of(_inUse);
        init => _inUse = Acceptance.Packed(value);
    }

    public bool IsAccepted => (Slot == Slot.Next ? Staged : InUse) is not null;

    /// <summary>
    /// The answers after a result: for each identity, the last answer to the credential in use and the last one to the staged credential.
    /// </summary>
    /// <param name="inUse">The server's last result with the credential in use; null if there is none.</param>
    public static ValueList<Adoption> After(ValueList<Adoption> before, ProbeResult result, ProbeResult? inUse)
    {
        if (result is not { Expect: Expectation.Accept, Outcome: Outcome.Accepted or Outcome.Rejected }) return before;
        var known = Of(before, result.Identity, result.Slot);

        // A leaf that was not presented got no answer.
        var after = result.ClientCertificate?.Presented is { } presented ? After(known, Of(before, result.Identity, Slot.Next), result, presented.Sha256, inUse) : null;
        return after == known ? before : [.. before.Where(one => one != known), .. after is null ? (Adoption[])[] : [after]];
    }

    /// <summary>The answer to one slot of an identity; null if there is none.</summary>
    public static Adoption? Of(ValueList<Adoption> all, string identity, Slot slot)
    {
        foreach (var one in all)
        {
            if (one.Slot == slot && one.Identity == identity) return one;
        }

        return null;
    }

    private static Adoption After(Adoption? known, Adoption? staged, ProbeResult result, string sha256, ProbeResult? inUse)
    {
        var isSame = known?.Sha256 == sha256;
        var isAccepted = result.Slot == Slot.Next ? RolloutEffects.Of(inUse, result) == RolloutEffect.Accepts : result.Outcome == Outcome.Accepted;
        if (isAccepted && isSame && known!.IsAccepted) return known; // the usual case
        var answer = new Adoption(result.Identity, result.Slot, sha256);
        if (!isAccepted) return answer;
        return result.Slot == Slot.Next
            ? answer with { Staged = new Acceptance(result.At, IsFirst: !isSame) }
            : answer with { Staged = !isSame && staged?.Sha256 == sha256 ? staged.Staged : null, InUse = new Acceptance(result.At, IsFirst: known is null) };
    }
}

/// <summary>When the first probe began in which a server accepted a certificate.</summary>
/// <param name="IsFirst">
/// Whether the server had given no earlier answer that would show a change: none to a credential in use, or none to a staged one. It may have
/// accepted the certificate long before.
/// </param>
internal readonly record struct Acceptance(DateTimeOffset At, bool IsFirst)
{
    /// <summary>In 8 bytes: the time, negative if it is the first; null is none.</summary>
    public static long Packed(Acceptance? acceptance) => acceptance is { } known ? known.IsFirst ? -known.At.UtcTicks : known.At.UtcTicks : Instant.None;

    public static Acceptance? Of(long packed) => Instant.Time(Math.Abs(packed)) is { } at ? new Acceptance(at, packed < 0) : null;
}

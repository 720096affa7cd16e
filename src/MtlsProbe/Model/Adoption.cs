using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// When a server first accepted a certificate of ours that takes the place of another. There is none for what it accepted from the first
/// probe on: since when it would have done so, nobody has seen.
/// </summary>
/// <param name="Sha256">Of the leaf.</param>
/// <param name="Accepted">When the first probe began in which it accepted the certificate, staged or in use.</param>
/// <param name="AtOnce">Whether that was the first probe with what is staged: it may have accepted it long before it was staged.</param>
/// <param name="InUse">When the first probe began in which it accepted the certificate as the current one; null while that is only staged.</param>
internal sealed record Adoption(string Identity, string Sha256, DateTimeOffset Accepted, bool AtOnce, DateTimeOffset? InUse)
{
    /// <summary>What comes after a result: for each identity the certificate that came last.</summary>
    /// <param name="series">Of the handshake, before the result.</param>
    public static ValueList<Adoption> After(ValueList<Adoption> before, HandshakeState series, ProbeResult result)
    {
        if (result is not { Expect: Expectation.Accept, Outcome: Outcome.Accepted, ClientCertificate.Presented: { } presented }) return before;
        var known = before.FirstOrDefault(one => one.Identity == result.Identity);
        if (known?.Sha256 == presented.Sha256)
            return known.InUse is null && result.Slot == Slot.Current ? With(known with { InUse = result.At }) : before;
        if (result.Slot == Slot.Next) return With(new Adoption(result.Identity, presented.Sha256, result.At, series.Last is null, null));
        return series.Last is null || series.Admission?.Sha256 == presented.Sha256 ? before : With(new Adoption(result.Identity, presented.Sha256, result.At, false, result.At));

        ValueList<Adoption> With(Adoption added) => [.. before.Where(one => one.Identity != result.Identity), added];
    }
}

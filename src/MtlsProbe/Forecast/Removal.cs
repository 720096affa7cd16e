using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>
/// What would fail if a root or an issuer were neither trusted nor sent any more: on our side by judging the server's chain again, on the server's
/// side by the authorities that it names. What a server does not show is reported as unknown.
/// </summary>
internal sealed class Removal(ChainJudge judge, Certificate gone, IReadOnlyCollection<TrustBundle> known)
{
    private readonly ClientEnds _client = new(judge.Signatures);

    // It may be known only from a file.
    private readonly IReadOnlyCollection<TrustBundle> _all = [.. known, new TrustBundle("removed", [gone])];

    /// <param name="credential">The chain of the probe's credential, leaf first; empty if there is none.</param>
    /// <param name="trust">The bundle of the target.</param>
    public RemovalVerdict Of(HandshakeKey key, Target target, ProbeResult result, ValueList<Certificate> credential, TrustBundle? trust)
    {
        if (result.Outcome != Outcome.Accepted) return Verdict(NotAccepted(result), NotAccepted(result));
        var ours = OurSide(target, result, trust);
        var theirs = TheirSide(result, credential);
        return Verdict(ours, theirs);

        RemovalVerdict Verdict((RemovalEffect Effect, string Why) ours, (RemovalEffect Effect, string Why) theirs) => new(
            key.Target, key.Address, key.Identity, key.Slot, Worse(ours.Effect, theirs.Effect), ours.Effect, theirs.Effect,
            string.Join(" ", new[] { ours.Why, theirs.Why }.Where(why => why.Length > 0).Distinct()));
    }

    private static (RemovalEffect, string) NotAccepted(ProbeResult result) => new ForecastHandshake(Key(result), result).FailsNow
        ? (RemovalEffect.FailsNow, $"It fails already: {result.Failure?.Reason}.")
        : (RemovalEffect.Unknown, $"The probe got no answer: {result.Failure?.Reason}.");

    private static HandshakeKey Key(ProbeResult result) => new(result.Target, result.Address, result.Identity, result.Slot, result.Expect);

    private static RemovalEffect Worse(RemovalEffect one, RemovalEffect other) => Rank(one) >= Rank(other) ? one : other;

    private static int Rank(RemovalEffect effect) => effect switch { RemovalEffect.Keeps => 0, RemovalEffect.Unknown => 1, RemovalEffect.Breaks => 2, _ => 3 };

    private (RemovalEffect, string) OurSide(Target target, ProbeResult result, TrustBundle? trust)
    {
        if (trust is null) return (RemovalEffect.Unknown, $"The trust bundle {target.Trust} is not loaded.");
        var presented = result.ServerCertificates;
        if (presented[0] == gone) return (RemovalEffect.Breaks, "It is the server's own certificate.");
        if (!presented.Contains(gone) && !trust.Contains(gone)) return (RemovalEffect.Keeps, "");
        var rest = new TrustBundle(trust.Name, trust.Anchors.Where(anchor => anchor != gone));
        var verdict = judge.Judge([.. presented.Where(certificate => certificate != gone)], rest, target.Reference, result.At, result.StapledOcsp);
        return verdict.Valid ? (RemovalEffect.Keeps, "") : (RemovalEffect.Breaks, $"We would not trust the server: {verdict.Errors[0].Label}.");
    }

    private (RemovalEffect, string) TheirSide(ProbeResult result, ValueList<Certificate> credential)
    {
        if (result.ClientCertificate is not { Presented: not null } asked || credential.Count == 0) return (RemovalEffect.Keeps, "");
        if (credential[0] == gone) return (RemovalEffect.Breaks, "It is our own certificate.");
        if (!AssumedStore.Authorities(credential, _all, judge.Signatures, null).Contains(gone)) return (RemovalEffect.Keeps, "");
        if (asked.AcceptableIssuers.Count == 0) return (RemovalEffect.Unknown, "Our certificate was issued below it, and the server names no authorities that it trusts.");

        var sent = credential.Where(certificate => certificate != gone).ToValueList();
        var isNamed = asked.AcceptableIssuers.Contains(gone.Subject);
        var names = asked.AcceptableIssuers.Where(name => name != gone.Subject).ToValueList();
        if (LeadsTo(sent, names, result.At) is not null)
        {
            if (!isNamed) return (RemovalEffect.Keeps, "");
            if (NamedBelow(credential, names) is { } below)
                return (RemovalEffect.Unknown, $"The server names {Text.Shown.Name(below.Subject)} as well; it is not known whether this is enough, and which version the server has.");
            return FirstWayNeedsIt(sent)
                ? (RemovalEffect.Unknown, "Our chain leads to another authority that the server names, but the first path needs the certificate, and not every server tries a second: OpenSSL does not. Send the version that does not need it first.")
                : (RemovalEffect.Keeps, "");
        }

        if (isNamed && AssumedStore.Authorities(sent, _all, judge.Signatures, gone).Exists(other => other.Subject == gone.Subject))
            return (RemovalEffect.Unknown, "The server names it; it is not known whether it has another version of that authority.");
        if (asked.IssuersLeftOut > 0) return (RemovalEffect.Unknown, "The server names more authorities than MtlsProbe keeps.");
        return (RemovalEffect.Breaks, "The server would not accept our certificate: it names no other authority that it leads to.");
    }

    /// <summary>An intermediate of ours that the server names, and that some version of the certificate has issued.</summary>
    private Certificate? NamedBelow(ValueList<Certificate> credential, ValueList<string> names) =>
        AssumedStore.Authorities(credential, _all, judge.Signatures, null).Find(authority => !authority.IsSelfIssued && names.Contains(authority.Subject) && IsIssuedByIt(authority));

    /// <summary>Whether the path that uses the first issuer at each step ends below the certificate.</summary>
    private bool FirstWayNeedsIt(ValueList<Certificate> sent)
    {
        var last = sent[0];
        for (var step = 1; step < sent.Count; step++)
        {
            if (sent.FirstOrDefault(issuer => issuer != last && last.HasIssuerName(issuer) && judge.Signatures.IsSignedBy(last, issuer)) is not { } next) break;
            last = next;
        }

        return IsIssuedByIt(last);
    }

    private bool IsIssuedByIt(Certificate certificate) => certificate.HasIssuerName(gone) && judge.Signatures.IsSignedBy(certificate, gone);

    /// <summary>The last certificate of a valid path of ours that leads to one of these names; null if there is none.</summary>
    private Certificate? LeadsTo(ValueList<Certificate> sent, ValueList<string> names, DateTimeOffset now)
    {
        if (names.Count == 0) return null;
        var store = AssumedStore.Naming(sent, names, _all, judge.Signatures, without: gone);
        var ends = _client.SignedPaths(sent, store).Where(path => path.Certificates.All(certificate => certificate.NotBefore <= now && now <= certificate.NotAfter)).Select(path => path.Last).ToList();
        if (ends.Find(end => end.IsSelfIssued) is { } root) return root;
        if (ends.Count > 0) return ends[0];
        var leaf = sent[0];
        return names.Contains(leaf.Issuer) && !AssumedStore.Authorities(sent, _all, judge.Signatures, null).Exists(issuer => leaf.HasIssuerName(issuer)) ? leaf : null;
    }
}

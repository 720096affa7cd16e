using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>Problems of a new credential, judged only by its certificates. Pure functions.</summary>
internal static class CredentialWarnings
{
    /// <summary>The code of the warning that servers can refute: they may have the certificate that is not sent.</summary>
    public const string MissingIntermediates = "missing_intermediates";

    /// <param name="minOverlap">How long both should be valid, to leave time for a rollout.</param>
    public static ValueList<PreflightWarning> Of(CredentialFacts facts, DateTimeOffset now, TimeSpan minOverlap)
    {
        var (leaf, current) = (facts.Leaf, facts.CurrentLeaf);
        IEnumerable<PreflightWarning?> found = [.. facts.Revocation.Where(line => line.Status == RevocationStatus.Revoked).Take(1).Select(Revoked), .. Dates(facts.New, now), Usage(leaf), Intermediates(facts), LifetimeClass.Mixed(leaf, facts.Others), .. PublicCertificate.Warnings(facts.New, facts.Machine)];
        if (current == leaf) found = found.Prepend(new("same_certificate", $"the new certificate is the current one (serial {leaf.Serial}): there is nothing to roll out"));
        else if (current is not null) found = found.Concat([Overlap(leaf, current, now, minOverlap), Subject(leaf, current), Names(leaf, current), Issuer(leaf, current), Key(leaf, current)]);
        return found.OfType<PreflightWarning>().ToValueList();
    }

    private static PreflightWarning Revoked(CertificateRevocation line) => new("revoked", RevokedText.Of(line));

    private static IEnumerable<PreflightWarning?> Dates(ValueList<Certificate> chain, DateTimeOffset now)
    {
        foreach (var certificate in chain)
        {
            if (certificate.ValidityProblem is { } problem) yield return new("malformed_validity", $"{certificate} {problem}");
            if (now > certificate.NotAfter) yield return new("expired", $"{certificate} has expired, at {Times.Second(certificate.NotAfter)}");
            if (now < certificate.NotBefore) yield return new("not_yet_valid", $"{certificate} is not valid before {Times.Second(certificate.NotBefore)}");
        }
    }

    private static PreflightWarning? Usage(Certificate leaf) =>
        leaf.Rules.ExtendedKeyUsage is { } usages && !KeyPurposes.AllowClients(usages)
            ? new("no_client_usage", $"{leaf} may not be used by a TLS client: its extended key usage lacks clientAuth")
            : null;

    /// <summary>The leaf's issuer is neither sent nor a known anchor. If that is also true of the current credential, servers have the issuer.</summary>
    private static PreflightWarning? Intermediates(CredentialFacts facts)
    {
        var leaf = facts.Leaf;
        if (leaf.IsSelfIssued || HasIssuer(facts.New, facts.Anchors)) return null;
        if (facts.CurrentLeaf is not null && !facts.IssuerChanges && !HasIssuer(facts.Current, facts.Anchors)) return null;
        return new(MissingIntermediates,
            $"the certificate of its issuer, {leaf.Issuer}, is not sent with it, and it is not an anchor of a configured trust bundle: unless it is a root that the servers trust, put it into the file after the leaf");
    }

    private static bool HasIssuer(ValueList<Certificate> chain, ValueList<TrustBundle> bundles) =>
        chain.Skip(1).Concat(bundles.SelectMany(bundle => bundle.IssuersOf(chain[0]))).Any(issuer => IsIssuedBy(chain[0], issuer));

    /// <summary>By name and signature: an authority with a new key keeps its name.</summary>
    private static bool IsIssuedBy(Certificate certificate, Certificate issuer) =>
        certificate.HasIssuerName(issuer) && CertificateSignature.IsSignedBy(certificate.Der.Span, issuer.Der.Span);

    private static PreflightWarning? Overlap(Certificate leaf, Certificate current, DateTimeOffset now, TimeSpan least)
    {
        var from = leaf.NotBefore > now ? leaf.NotBefore : now;
        var to = leaf.NotAfter < current.NotAfter ? leaf.NotAfter : current.NotAfter;
        var overlap = to - from;
        if (overlap >= least) return null;
        var text = overlap > TimeSpan.Zero
            ? $"from {(from == now ? "now" : Times.Second(from))} on both certificates are valid for {Duration.Format(WholeSeconds(overlap))} only, until {Times.Second(to)}"
            : $"there is no time from now on in which both certificates are valid: the current one expires at {Times.Second(current.NotAfter)}, the new one is valid from {Times.Second(leaf.NotBefore)} to {Times.Second(leaf.NotAfter)}";
        return new("overlap_short", $"{text}; a rollout should have {Duration.Format(least)} (--min-overlap)");
    }

    private static PreflightWarning? Subject(Certificate leaf, Certificate current) => leaf.Rules.Subject == current.Rules.Subject
        ? null
        : new("subject_changed", $"the new certificate has the subject {Named(leaf.Subject)}, the current one {Named(current.Subject)}: servers may grant access by it");

    private static PreflightWarning? Names(Certificate leaf, Certificate current)
    {
        var (after, before) = (AlternativeNames(leaf), AlternativeNames(current));
        var (added, gone) = (after.Except(before).ToList(), before.Except(after).ToList());
        if (added.Count + gone.Count == 0) return null;
        List<string> parts = [];
        if (gone.Count > 0) parts.Add($"without {Some(gone)}");
        if (added.Count > 0) parts.Add($"with {Some(added)} added");
        return new("names_changed", $"the new certificate has other subject alternative names: {string.Join(", ", parts)}; servers may grant access by them");
    }

    private static PreflightWarning? Issuer(Certificate leaf, Certificate current) => leaf.Rules.Issuer == current.Rules.Issuer
        ? null
        : new("issuer_changed", $"the new certificate is issued by {Named(leaf.Issuer)}, the current one by {Named(current.Issuer)}: each server has to trust it first");

    private static PreflightWarning? Key(Certificate leaf, Certificate current) => KeyStrength.IsWeaker(leaf.Rules.PublicKey, current.Rules.PublicKey)
        ? new("weaker_key", $"the new certificate has a weaker key, {leaf.Key}, than the current one, {current.Key}")
        : null;

    private static HashSet<string> AlternativeNames(Certificate certificate)
    {
        var names = certificate.Rules.AlternativeNames;
        return
        [
            .. names.All.Select(name => name.Form switch
            {
                GeneralName.Dns => $"DNS {name.Text.ToLowerInvariant()}",
                GeneralName.Ip => $"IP {name.Text}",
                GeneralName.Uri => $"URI {name.Text}",
                GeneralName.Email => $"email {name.Text}",
                _ => $"directory {name.Text}",
            }),
            .. names.OtherForms.Select(form => $"another kind of name ({form})"),
        ];
    }

    private static string Some(List<string> names)
    {
        const int shown = 8;
        var text = string.Join(", ", names.Order(StringComparer.Ordinal).Take(shown));
        return names.Count <= shown ? text : FormattableString.Invariant($"{text} and {names.Count - shown:N0} more");
    }

    private static string Named(string name) => name.Length > 0 ? name : "(none)";

    private static TimeSpan WholeSeconds(TimeSpan span) => TimeSpan.FromSeconds(Math.Floor(span.TotalSeconds));

}

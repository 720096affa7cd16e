using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Checks;

/// <summary>What is wrong with the configured revocation lists. No probe fails because of it, unless the trust bundle requires evidence.</summary>
internal static class RevocationFindings
{
    /// <summary>A list is near its end if less than this part of its period is left: the issuer should have issued the next list.</summary>
    private const double NearEnd = 0.25;

    /// <param name="lists">As they were read.</param>
    public static IEnumerable<Finding> Of(Configuration configuration, ValueList<RevocationListState> lists, DateTimeOffset now)
    {
        foreach (var trust in configuration.Trusts)
        {
            if (trust.Revocation is { WhenUnknown: WhenUnknown.Reject, Lists.Count: 0, FromCertificates: false, Ocsp: null })
            {
                yield return new Finding(false, $"trust.{trust.Name}.revocation.when_unknown", "reject, but the trust bundle has no source of evidence: neither crl nor from_certificates nor ocsp",
                    "then only stapled responses count, which cover the leaf only: every other chain is not trusted (revocation_unknown)");
            }
        }

        foreach (var list in lists)
        {
            var where = $"trust.{list.Trust}.revocation.crl";
            var isStrict = configuration.Trusts.Any(trust => trust.Name == list.Trust && trust.Revocation is { WhenUnknown: WhenUnknown.Reject });
            if (list is { IssuerIsUnknown: true, Problem: { } unproven }) yield return new Finding(false, where, unproven, null) { IsNote = true };
            else if (list.Problem is { } problem)
                yield return new Finding(false, where, problem, isStrict ? "chains that need it are not trusted (when_unknown: reject)" : "revocations that only this list has are not seen until it is fixed");
            if (list.IsSuperseded) continue; // the newer one is the one that matters
            if (list.NextUpdate < now)
                yield return new Finding(false, where, $"{list.Place} ({list.Issuer}) expired at {Times.Minute(list.NextUpdate.Value)}", "servers that check this list refuse every client: have its issuer issue a new one");
            else if (list is { NextUpdate: { } end, ThisUpdate: { } start } && end - now < (end - start) * NearEnd)
                yield return new Finding(false, where, $"{list.Place} ({list.Issuer}) expires soon, at {Times.Minute(end)}", "its issuer should have issued the next one by now");
        }
    }
}

using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Trust;

namespace MtlsProbe.Checks;

/// <summary>Opens the certificates that targets expect, and reports what is wrong with them: once for each file, at the first target.</summary>
internal static class ExpectedCertificateFindings
{
    private const string FirstCounts = "in a file with several certificates, the first one counts";

    public static IEnumerable<Finding> Of(Configuration configuration, MaterialSources sources, DateTimeOffset now)
    {
        var opened = new Dictionary<PinnedFile, Material<PinnedCertificate>>();
        HashSet<CertificatePin> leaves = [], issuers = [];
        HashSet<ExpectedCertificates> pairs = [];
        foreach (var target in configuration.Targets)
        {
            var (leaf, issuer) = (Open(target.ExpectedCertificates.ServerCertificate, sources, opened), Open(target.ExpectedCertificates.Issuer, sources, opened));
            var where = $"targets.{target.Name}.expect";
            if (leaf is not null && leaves.Add(target.ExpectedCertificates.ServerCertificate!))
            {
                foreach (var finding in Leaf(where + ".server_certificate", leaf, now)) yield return finding;
                foreach (var finding in Finding.Of(where + ".server_certificate", leaf.Notes)) yield return finding;
            }

            if (issuer is not null && issuers.Add(target.ExpectedCertificates.Issuer!))
            {
                foreach (var finding in Issuer(where + ".issuer", issuer, now)) yield return finding;
                foreach (var finding in Finding.Of(where + ".issuer", issuer.Notes)) yield return finding;
            }

            if (leaf?.Good?.Certificate is { } staged && WrongServer.Id(staged, target.ServerId) is { } wrong)
                yield return new Finding(true, where + ".server_certificate", wrong.Detail, "server_id of this target and the certificate that it is expected to present contradict each other: no server can meet both");
            if (pairs.Add(target.ExpectedCertificates) && Contradiction(leaf?.Good?.Certificate, issuer?.Good?.Certificate) is { } problem)
                yield return new Finding(false, where, problem, "no server can meet both");
        }
    }

    /// <summary>Null if no file is configured.</summary>
    private static Material<PinnedCertificate>? Open(CertificatePin? pin, MaterialSources sources, Dictionary<PinnedFile, Material<PinnedCertificate>> opened)
    {
        if (pin is not PinnedFile source) return null;
        if (opened.TryGetValue(source, out var known)) return known;
        return opened[source] = sources.Pin(source).Look().Found;
    }

    private static IEnumerable<Finding> Leaf(string where, Material<PinnedCertificate> pin, DateTimeOffset now)
    {
        if (pin.Fault is { } fault) yield return new Finding(true, where, fault.Detail, fault.Reason.Hint);
        else if (pin.Good?.Certificate is { } certificate && now > certificate.NotAfter)
        {
            yield return new Finding(false, where, $"{certificate} expired at {Times.Minute(certificate.NotAfter)}: a server that presents it fails, and so does every other server",
                "set it to the file that the issuer writes; " + FirstCounts);
        }
    }

    private static IEnumerable<Finding> Issuer(string where, Material<PinnedCertificate> pin, DateTimeOffset now)
    {
        if (pin.Fault is { } fault) yield return new Finding(true, where, fault.Detail, fault.Reason.Hint);
        if (pin.Good?.Certificate is not { } certificate) yield break;
        if (!MayIssue(certificate)) yield return new Finding(false, where, $"{certificate} is not a CA: it cannot have issued a server's certificate", FirstCounts);
        else if (now > certificate.NotAfter) yield return new Finding(false, where, $"{certificate} expired at {Times.Minute(certificate.NotAfter)}", "set it to the CA that issues now");
    }

    /// <summary>By the rules of path validation (RFC 5280 §6.1.4 (k), (n)); certificates before version 3 do not state it.</summary>
    private static bool MayIssue(Certificate certificate) =>
        (certificate.Rules.IsCertificateAuthority is true || certificate.Rules.Version < 3)
        && certificate.Rules.KeyUsage?.HasFlag(X509KeyUsageFlags.KeyCertSign) is null or true;

    private static string? Contradiction(Certificate? leaf, Certificate? issuer) =>
        leaf is not null && issuer is not null && !leaf.HasIssuerName(issuer)
            ? $"server_certificate was issued by {leaf.Issuer}, but issuer is {issuer}"
            : null;

}

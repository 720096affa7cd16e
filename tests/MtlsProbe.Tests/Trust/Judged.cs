using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;

namespace MtlsProbe.Tests.Trust;

/// <summary>One call of the judge, with the usual arguments.</summary>
internal static class Judged
{
    public const string Name = "a.test";

    /// <param name="known">Issuers that another target has presented.</param>
    public static ChainVerdict By(
        TrustBundle trust, IEnumerable<TestCertificate> presented, string name = Name, DateTimeOffset? now = null, byte[]? ocsp = null, TestCertificate[]? known = null) =>
        new ChainJudge((certificate, _) => from issuer in known ?? []
                                           where certificate.HasIssuerName(issuer.Certificate)
                                           select new KnownIssuer(issuer.Certificate, "presented by the target orders")).Judge([.. presented.Select(certificate => certificate.Certificate)], trust, new(name), now ?? TestPki.Now, ocsp ?? []);

    public static void AssertErrors(ChainVerdict verdict, params Reason[] errors) =>
        Assert.Equal(errors.Select(error => error.Label), verdict.Errors.Select(error => error.Label));
}

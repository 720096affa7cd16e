using MtlsProbe.Chains;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Chains;

/// <summary>One call of the judge, with what is usual.</summary>
internal static class Judged
{
    public const string Name = "a.test";

    public static ChainVerdict By(
        TrustBundle trust, IEnumerable<TestCertificate> presented, string name = Name, DateTimeOffset? now = null, byte[]? ocsp = null) =>
        new ChainJudge().Judge([.. presented.Select(certificate => certificate.Certificate)], trust, name, now ?? TestPki.Now, ocsp ?? []);

    public static void AssertErrors(ChainVerdict verdict, params Reason[] errors) =>
        Assert.Equal(errors.Select(error => error.Label), verdict.Errors.Select(error => error.Label));
}

using System.Collections.Concurrent;
using MtlsProbe.Certificates;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Tests.OpenSsl;

public class CertificateSignatureTests
{
    private static readonly ConcurrentDictionary<(string, string), bool> s_known = new();
    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_leaf = s_root.Leaf("a.test");

    [Fact]
    public void A_certificate_is_signed_by_its_issuer_and_by_no_other_of_the_same_name()
    {
        Assert.True(CertificateSignature.IsSignedBy(s_leaf.Der, s_root.Der));
        Assert.False(CertificateSignature.IsSignedBy(s_leaf.Der, TestPki.Root("Root").Der));
        Assert.False(CertificateSignature.IsSignedBy(s_root.Der, s_leaf.Der));
    }

    [Fact]
    public void Garbage_has_no_signer_and_signs_nothing()
    {
        Assert.False(CertificateSignature.IsSignedBy([], s_root.Der));
        Assert.False(CertificateSignature.IsSignedBy(s_leaf.Der, []));
        Assert.False(CertificateSignature.IsSignedBy(s_leaf.Der.AsSpan()[..50], s_root.Der));
        Assert.False(CertificateSignature.IsSignedBy([1, 2, 3], [4, 5, 6]));
    }

    [Fact]
    public void A_failed_check_leaves_no_error_behind_for_the_next_call_on_this_thread()
    {
        Assert.False(CertificateSignature.IsSignedBy([1, 2, 3], s_root.Der));
        Assert.Equal(0UL, LibCrypto.ERR_peek_error());
        Assert.False(CertificateSignature.IsSignedBy(s_leaf.Der, s_leaf.Der));
        Assert.Equal(0UL, LibCrypto.ERR_peek_error());
    }

    /// <summary>The same with a cache, for tests that ask thousands of times.</summary>
    internal static bool Known(Certificate certificate, Certificate issuer) =>
        s_known.GetOrAdd((certificate.Sha256, issuer.Sha256), _ => CertificateSignature.IsSignedBy(certificate.Der.Span, issuer.Der.Span));
}

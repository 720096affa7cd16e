using MtlsProbe.Certificates;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Model;

public sealed class SignatureSchemesTests
{
    private static readonly PublicKeyFacts s_p256 = new("EC P-256", null, 256);
    private static readonly PublicKeyFacts s_p384 = new("EC P-384", null, 384);
    private static readonly PublicKeyFacts s_rsa = new("RSA 2048", 2048, null);
    private static readonly PublicKeyFacts s_pss = new("RSA-PSS 2048", 2048, null);

    [Fact]
    public void In_tls_1_3_a_scheme_names_its_curve_and_before_it_any_curve_will_do()
    {
        Assert.Equal((true, false), (Allows([0x0403], true, s_p256), Allows([0x0403], true, s_p384)));
        Assert.Equal((true, true), (Allows([0x0403], false, s_p256), Allows([0x0403], false, s_p384)));
    }

    [Fact]
    public void In_tls_1_3_rsa_signs_by_pss_only()
    {
        Assert.Equal((false, true), (Allows([0x0401, 0x0403], true, s_rsa), Allows([0x0401], false, s_rsa)));
        Assert.Equal((true, false), (Allows([0x0804], true, s_rsa), Allows([0x0804], true, s_pss)));
        Assert.True(Allows([0x0809], true, s_pss));
    }

    [Fact]
    public void An_unknown_scheme_is_not_named()
    {
        Assert.Null(Allows([], true, s_p256));
        Assert.Null(Allows([0x0804], true, new PublicKeyFacts("1.2.3.4", null, null)));
        Assert.Null(Allows([0xfafa, 0x1234], true, s_p256)); // GREASE and unknown code points: one may be ours
        Assert.Null(new SignatureSchemes([0x0804], true).Allows((string?)null));
    }

    [Fact]
    public void The_hashes_are_those_of_the_schemes()
    {
        var schemes = new SignatureSchemes([0x0804, 0x0503, 0x0603], true);
        Assert.Equal((true, true, true, false), (schemes.Allows("SHA-256"), schemes.Allows("SHA-384"), schemes.Allows("SHA-512"), schemes.Allows("SHA-1")));
        Assert.True(new SignatureSchemes([0x0201], false).Allows("SHA-1"));
    }

    private static bool? Allows(ushort[] codes, bool isTls13, PublicKeyFacts key) => new SignatureSchemes(codes, isTls13).Allows(key);
}

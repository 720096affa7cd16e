using MtlsProbe.OpenSsl;

namespace MtlsProbe.Tests.OpenSsl;

public sealed class OcspRequestTests : IDisposable
{
    private readonly OpensslTool _tool = new();
    private readonly TestCertificate _issuer = TestPki.Root("Issuer");

    public void Dispose() => _tool.Dispose();

    [NeedsFact("openssl")]
    public void The_request_equals_that_of_openssl_byte_for_byte()
    {
        var leaf = _issuer.Leaf("a.test");
        File.WriteAllText(_tool.Path("issuer.pem"), _issuer.CertificatePem);
        File.WriteAllText(_tool.Path("leaf.pem"), leaf.CertificatePem);
        _tool.Run("ocsp -no_nonce -issuer issuer.pem -cert leaf.pem -reqout request.der");

        Assert.Equal(_tool.Read("request.der"), OcspRequest.Encode(leaf.Der, _issuer.Der));
    }

    [Fact]
    public void An_invalid_certificate_makes_no_request_and_leaves_no_error_behind()
    {
        Assert.Null(OcspRequest.Encode([1, 2, 3], _issuer.Der));
        Assert.Null(OcspRequest.Encode(_issuer.Der, []));
        Assert.Equal(0UL, LibCrypto.ERR_peek_error());
    }

    [Fact]
    public void An_error_of_a_responder_is_distinguished_from_an_answer_that_is_not_believed()
    {
        var leaf = _issuer.Leaf("a.test");
        Assert.Equal(OcspError.TryLater, OcspResponse.Read(TestOcsp.Error(3), leaf.Der, _issuer.Der).Error);
        Assert.Equal(OcspError.Unauthorized, OcspResponse.Read(TestOcsp.Error(6), leaf.Der, _issuer.Der).Error);
        Assert.Equal(OcspError.None, OcspResponse.Read(TestOcsp.Response(leaf, TestPki.Root("Issuer"), 0), leaf.Der, _issuer.Der).Error);
        Assert.Equal(OcspStatus.Good, OcspResponse.Read(TestOcsp.Response(leaf, _issuer, 0), leaf.Der, _issuer.Der).Statement!.Status);
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>
/// Checks that the signatures of a token belong to our certificate. A token can get another key under the name of the old one. A server would refuse
/// its signatures, and the refusal would say nothing about the server. Thread-safe.
/// </summary>
internal sealed class SignatureCheck
{
    private readonly TokenFiles _source;
    private readonly Certificate _leaf;

    /// <exception cref="TokenException">The certificate has no key that can be used from a token.</exception>
    public SignatureCheck(TokenFiles source, Certificate leaf)
    {
        (_source, _leaf) = (source, leaf);
        IsRsa = WithKey((rsa, _) => rsa is not null);
    }

    public bool IsRsa { get; }

    /// <exception cref="TokenException">The signature is not from our key. A new session may have the right key again.</exception>
    public void Verify(SignatureRequest request, byte[] signature)
    {
        var isOurs = WithKey((rsa, ec) => request.Scheme switch
        {
            SignatureScheme.Ecdsa => ec?.VerifyHash(request.Digest.Span, signature),
            SignatureScheme.Pss => rsa?.VerifyHash(request.Digest.Span, signature, request.Hash, RSASignaturePadding.Pss),
            _ => rsa?.VerifyHash(request.Digest.Span, signature, request.Hash, RSASignaturePadding.Pkcs1),
        });
        if (isOurs != true) throw new TokenException(Reasons.KeyMismatch, $"{_source.Key} is not the key of {_source.Certificate}, whose first certificate is {_leaf}") { IsLoss = true };
    }

    private T WithKey<T>(Func<RSA?, ECDsa?, T> use)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(_leaf.Der.Span);
            using var rsa = certificate.GetRSAPublicKey();
            using var ec = rsa is null ? certificate.GetECDsaPublicKey() : null;
            if (rsa is null && ec is null)
                throw new TokenException(Reasons.BadFormat, $"{_source.Certificate}: {_leaf} has a key of a kind that cannot be used from a token ({_leaf.Key}): only RSA and EC can");
            return use(rsa, ec);
        }
        catch (CryptographicException e)
        {
            throw new TokenException(Reasons.BadFormat, $"{_source.Certificate}: the key of {_leaf} cannot be used: {e.Message}");
        }
    }
}

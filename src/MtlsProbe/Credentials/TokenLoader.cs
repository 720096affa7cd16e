using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Pkcs11;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>
/// From the files of a credential and the token with its key to a credential whose parts belong together: the key has to make a signature that
/// the certificate verifies. For one thread at a time.
/// </summary>
internal sealed class TokenLoader(TokenFiles source, string? usualModule)
{
    private readonly OwnThreads _steps = new(TokenKey.Most, "tls-token");
    private TokenKey? _key;
    private Credential? _last;

    /// <summary>Told that a probe got no signature, on any thread.</summary>
    public Action<TokenException>? Failed { get; set; }

    /// <summary>Waits for the token.</summary>
    public Material<Credential> Decode(MaterialFiles files)
    {
        if (files.Faults.FirstOrDefault() is { } missing) return new(null, missing);
        var file = CertificateFile.Parse(files.Bytes(source.Certificate), source.Certificate);
        if (file.Fault is not null) return new(null, file.Fault);
        var pin = source.PinFile is { } path ? SecretLoader.Decode(path, files) : new Material<Secret>(null, null);
        if (pin.Fault is not null) return new(null, pin.Fault);
        try
        {
            _key ??= new TokenKey(source.Key, ModulePlace.Of(source.Key, usualModule), source.PinFile) { Failed = fault => Failed?.Invoke(fault) };
            _key.Pin = pin.Good;
            var note = Try(_key, file.Certificates[0]);
            return new(CredentialOf(_key, file.Certificates), null)
            {
                Notes = LeftOut.Bounded([.. CredentialNotes.OfPem(source.Certificate, file, source.Key.Text, []), .. note is null ? [] : (MaterialNote[])[note]]),
            };
        }
        catch (TokenException e)
        {
            return new(null, new MaterialFault(e.Reason, e.Message));
        }
        catch (TlsContextException e)
        {
            return new(null, new MaterialFault(Reasons.BadFormat, $"{source.Certificate}: {e.Message}"));
        }
    }

    /// <summary>Lets go of the token; who still has a credential may use it all the same.</summary>
    public void Close()
    {
        Failed = null;
        _key?.Close();
        _last = null;
    }

    /// <summary>The same object for the same chain: what is built from it is kept, and nothing seems to be renewed.</summary>
    private Credential CredentialOf(TokenKey key, ValueList<Certificate> chain)
    {
        if (_last is { } last && last.Chain == chain) return last;
        var signing = new Signing(key.Sign, _steps, source.Key.Text);
        return _last = new Credential(chain, PrivateKey.Elsewhere(chain[0].Der.Span, signing));
    }

    /// <summary>Null: nothing is odd about the key.</summary>
    /// <exception cref="TokenException">It makes no signature, or not one of this certificate.</exception>
    private MaterialNote? Try(TokenKey key, Certificate leaf)
    {
        var digest = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(leaf.Der.Span);
            using var rsa = certificate.GetRSAPublicKey();
            using var ec = rsa is null ? certificate.GetECDsaPublicKey() : null;
            if (rsa is null && ec is null)
                throw new TokenException(Reasons.BadFormat, $"{source.Certificate}: {leaf} has a key of a kind that cannot be used from a token ({leaf.Key}): RSA and EC can");
            var (isOurs, note) = ec is not null ? (ec.VerifyHash(digest, Sign(SignatureScheme.Ecdsa)), null) : TryRsa(rsa!);
            return isOurs ? note : throw new TokenException(Reasons.KeyMismatch, $"{source.Key} is not the key of {source.Certificate}, whose first certificate is {leaf}");
        }
        catch (CryptographicException e)
        {
            throw new TokenException(Reasons.BadFormat, $"{source.Certificate}: the key of {leaf} cannot be used: {e.Message}");
        }

        (bool, MaterialNote?) TryRsa(RSA rsa)
        {
            try
            {
                return (rsa.VerifyHash(digest, Sign(SignatureScheme.Pss), HashAlgorithmName.SHA256, RSASignaturePadding.Pss), null);
            }
            catch (TokenException e) when (e is { IsLoss: false } && e.Reason == Reasons.TokenUnavailable)
            {
                // Perhaps it makes the older signatures, which do for TLS 1.2.
                return (rsa.VerifyHash(digest, Sign(SignatureScheme.Pkcs1), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
                    new MaterialNote(e.Message) { IsWarning = true });
            }
        }

        byte[] Sign(SignatureScheme scheme) => key.SignNow(new SignatureRequest(scheme, HashAlgorithmName.SHA256, digest) { SaltLength = digest.Length });
    }
}

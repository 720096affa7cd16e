using System.Security.Cryptography;
using MtlsProbe.Certificates;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Pkcs11;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>
/// Loads a credential from its files and the token with its key. Its parts must belong together: the key has to make a signature that the certificate
/// verifies, now and whenever it signs. For one thread at a time, except for <see cref="Close"/>.
/// </summary>
internal sealed class TokenLoader(TokenFiles source, string? usualModule)
{
    private readonly OwnThreads _steps = new(TokenKey.Most, "tls-token");
    private readonly TokenKey _key = new(source.Key, () => ModulePlace.Of(source.Key, usualModule), source.PinFile);
    private Credential? _last;

    /// <summary>Called when a probe got no signature, on any thread.</summary>
    public Action<TokenException>? Failed
    {
        set => _key.Failed = value;
    }

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
            _key.Pin = pin.Good;
            var check = new SignatureCheck(source, file.Certificates[0]);
            var note = Try(check);
            return new(CredentialOf(check, file.Certificates), null)
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

    /// <summary>Releases the token, even while it is being loaded; existing credentials stay usable.</summary>
    public void Close() => _key.Close();

    /// <summary>The same object for the same chain: whatever was built from it is kept, and nothing counts as a renewal.</summary>
    private Credential CredentialOf(SignatureCheck check, ValueList<Certificate> chain)
    {
        if (_last is { } last && last.Chain == chain) return last;
        var signing = new Signing((request, stop) => _key.Sign(request, check.Verify, stop), _steps, source.Key.Text);
        return _last = new Credential(chain, PrivateKey.Elsewhere(chain[0].Der.Span, signing));
    }

    /// <summary>A note about the key; null: there is none.</summary>
    /// <exception cref="TokenException">It makes no signature, or not with the key of this certificate.</exception>
    private MaterialNote? Try(SignatureCheck check)
    {
        try
        {
            Sign(check.IsRsa ? SignatureScheme.Pss : SignatureScheme.Ecdsa);
            return null;
        }
        catch (TokenException e) when (check.IsRsa && e is { IsLoss: false } && e.Reason == Reasons.TokenUnavailable)
        {
            Sign(SignatureScheme.Pkcs1); // perhaps it supports the older signatures, which are enough for TLS 1.2
            return new MaterialNote(e.Message) { IsWarning = true };
        }

        void Sign(SignatureScheme scheme)
        {
            var digest = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);
            _key.SignNow(new SignatureRequest(scheme, HashAlgorithmName.SHA256, digest) { SaltLength = digest.Length }, check.Verify);
        }
    }
}

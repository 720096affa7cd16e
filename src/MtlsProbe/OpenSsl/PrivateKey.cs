using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using static MtlsProbe.OpenSsl.LibCrypto;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// A private key in libcrypto (an <c>EVP_PKEY</c>), of any kind that libcrypto supports. Its bytes never return to managed code. Thread-safe.
/// </summary>
internal sealed unsafe class PrivateKey : SafeHandle
{
    /// <summary>In bytes; OpenSSL's own limit (PEM_BUFSIZE).</summary>
    public const int MaxPassphraseLength = 1024;

    internal PrivateKey(nint key)
        : base(0, ownsHandle: true) => SetHandle(key);

    public override bool IsInvalid => handle == 0;

    /// <summary>How it signs if it is stored elsewhere; null: it is in memory.</summary>
    public Signing? Signing { get; private init; }

    /// <summary>
    /// Reads the first private key of a PEM text: PKCS#1, SEC1, PKCS#8, encrypted PKCS#8, or the traditional encryption with <c>Proc-Type:
    /// 4,ENCRYPTED</c>. Other blocks before it and a byte order mark are skipped.
    /// </summary>
    /// <param name="passphrase">Empty: none. It is ignored if the key is not encrypted.</param>
    public static DecodedKey FromPem(ReadOnlySpan<byte> pem, ReadOnlySpan<byte> passphrase)
    {
        var first = PemBlocks.Scan(pem).FirstOrDefault(block => block.IsPrivateKey);
        var text = pem[(first?.Start ?? 0)..];
        if (PemIterations.Problem(text) is { } problem) return new DecodedKey(null, Reasons.BadFormat, problem);
        var key = Decode(text, passphrase, out var encrypted, out var errors);
        if (key == 0 && errors.Unsupported && LegacyProvider.Load()) key = Decode(text, passphrase, out encrypted, out errors);
        if (key != 0) return new DecodedKey(new PrivateKey(key), null, null);
        if (!encrypted) return new DecodedKey(null, Reasons.BadFormat, "contains no PEM private key that OpenSSL can read");
        if (passphrase.IsEmpty) return new DecodedKey(null, Reasons.WrongPassphrase, "is encrypted, and no passphrase is given");
        if (first is { Label: "ENCRYPTED PRIVATE KEY" } && PemBlocks.Decode(pem, first) is { } encryptedKey
            && PasswordProtection.OfPkcs8(encryptedKey).Problem() is { } notOffered) return new DecodedKey(null, Reasons.BadFormat, notOffered);
        return errors.Unsupported
            ? new DecodedKey(null, Reasons.BadFormat, LegacyProvider.Advice)
            : new DecodedKey(null, Reasons.WrongPassphrase, "is encrypted, and the passphrase does not decrypt it");
    }

    /// <summary>A copy of a key that was created in this process.</summary>
    public static PrivateKey Of(AsymmetricAlgorithm key)
    {
        var pem = Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem());
        var copy = FromPem(pem, []).Key ?? throw new CryptographicException("libcrypto cannot read the new key");
        CryptographicOperations.ZeroMemory(pem);
        return copy;
    }

    /// <summary>
    /// A key that is stored elsewhere and signs through <paramref name="signing"/>. The first signature shows whether it matches the certificate.
    /// </summary>
    /// <param name="certificateDer">The certificate with its public part: RSA or EC.</param>
    /// <exception cref="TlsContextException">The certificate or its kind of key is not supported.</exception>
    public static PrivateKey Elsewhere(ReadOnlySpan<byte> certificateDer, Signing signing)
    {
        using var certificate = X509Handle.Decode(certificateDer);
        var publicKey = X509_get0_pubkey(certificate.Pointer);
        return publicKey == 0
            ? throw new TlsContextException("the public key of the certificate cannot be read: " + OpenSslErrors.Take())
            : new PrivateKey(KeyFunctions.NewKey(publicKey, signing)) { Signing = signing };
    }

    /// <summary>Whether this is the key of the certificate.</summary>
    public bool Matches(ReadOnlySpan<byte> certificateDer)
    {
        ERR_clear_error();
        fixed (byte* der = certificateDer)
        {
            var cursor = der;
            var certificate = d2i_X509(null, &cursor, certificateDer.Length);
            var matches = certificate != 0 && X509_check_private_key(certificate, this) == 1;
            X509_free(certificate);
            ERR_clear_error();
            return matches;
        }
    }

    protected override bool ReleaseHandle()
    {
        EVP_PKEY_free(handle);
        return true;
    }

    private static nint Decode(ReadOnlySpan<byte> pem, ReadOnlySpan<byte> passphrase, out bool encrypted, out ErrorQueue errors)
    {
        ERR_clear_error();
        fixed (byte* text = pem, secret = passphrase)
        {
            var request = new PassphraseRequest { Secret = secret, Length = passphrase.Length };
            var bio = BIO_new_mem_buf(text, pem.Length);
            var key = bio == 0 ? 0 : PEM_read_bio_PrivateKey(bio, null, &OnPassphraseWanted, &request);
            _ = BIO_free(bio);
            encrypted = request.Asked;
            errors = ErrorQueue.Drain();
            return key;
        }
    }

    /// <summary>Answers libcrypto's request for a passphrase from memory, so that it never prompts on the terminal.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnPassphraseWanted(byte* buffer, int size, int forWriting, void* argument)
    {
        var request = (PassphraseRequest*)argument;
        request->Asked = true;
        if (request->Length == 0 || request->Length > size) return -1;
        new ReadOnlySpan<byte>(request->Secret, request->Length).CopyTo(new Span<byte>(buffer, size));
        return request->Length;
    }

    private struct PassphraseRequest
    {
        public byte* Secret;
        public int Length;
        public bool Asked;
    }
}

/// <summary>A private key, or why there is none.</summary>
/// <param name="Fault">A reason of <see cref="FailureClass.Identity"/>; null on success.</param>
/// <param name="Detail">Continues a sentence that begins with the file's name; null on success.</param>
internal sealed record DecodedKey(PrivateKey? Key, Reason? Fault, string? Detail);

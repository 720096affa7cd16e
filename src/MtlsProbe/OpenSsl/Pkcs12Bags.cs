using static MtlsProbe.OpenSsl.LibCrypto;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// The bags of an opened PKCS#12 file (RFC 7292 §4.2), owned by libcrypto. <c>PKCS12_parse</c> would return only the first key, without saying
/// whether there are more.
/// </summary>
internal sealed unsafe class Pkcs12Bags : IDisposable
{
    /// <summary>Maximum nesting of bags; in practice there is only one level.</summary>
    private const int MaxDepth = 4;

    private readonly List<nint> _owned = [];
    private readonly List<nint> _keys = [];
    private readonly List<ReadOnlyMemory<byte>> _certificates = [];

    /// <summary>Bags with a private key.</summary>
    public int KeyCount => _keys.Count;

    /// <summary>DER, in the order of the file.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates => _certificates;

    /// <summary>Revocation lists, symmetric keys and anything else that is neither a private key nor a certificate.</summary>
    public int OtherCount { get; private set; }

    /// <summary>The total iterations for its keys, including keys in encrypted parts.</summary>
    public long Iterations => _keys.Where(bag => PKCS12_SAFEBAG_get_nid(bag) == NidShroudedKeyBag).Select(IterationsOf).Aggregate(0L, PasswordProtection.Together);

    /// <summary>Null if a part of the file cannot be opened; the error queue says why.</summary>
    /// <param name="file">A <c>PKCS12</c>.</param>
    /// <param name="secret">The passphrase, or null for none, as the check of the MAC has shown.</param>
    public static Pkcs12Bags? Open(nint file, byte* secret, int length)
    {
        var bags = new Pkcs12Bags();
        if (bags.OpenSafes(file, secret, length)) return bags;
        bags.Dispose();
        return null;
    }

    /// <summary>The key of one bag; null if it cannot be read. The key derivation takes as long as the file demands.</summary>
    public PrivateKey? Key(int index, byte* secret, int length)
    {
        var bag = _keys[index];
        var isEncrypted = PKCS12_SAFEBAG_get_nid(bag) == NidShroudedKeyBag;
        var info = isEncrypted ? PKCS12_decrypt_skey(bag, secret, length) : PKCS12_SAFEBAG_get0_p8inf(bag);
        var key = info == 0 ? 0 : EVP_PKCS82PKEY(info);
        if (isEncrypted) PKCS8_PRIV_KEY_INFO_free(info);
        return key == 0 ? null : new PrivateKey(key);
    }

    public void Dispose()
    {
        foreach (var stack in _owned)
        {
            for (var i = 0; i < OPENSSL_sk_num(stack); i++) PKCS12_SAFEBAG_free(OPENSSL_sk_value(stack, i));
            OPENSSL_sk_free(stack);
        }

        _owned.Clear();
        _keys.Clear();
    }

    private static long IterationsOf(nint bag)
    {
        var info = PKCS12_SAFEBAG_get0_pkcs8(bag);
        return info == 0 ? 0 : PasswordProtection.OfPkcs8(Der.Encode(info, &i2d_X509_SIG)).Iterations;
    }

    private bool OpenSafes(nint file, byte* secret, int length)
    {
        var safes = PKCS12_unpack_authsafes(file);
        if (safes == 0) return false;
        var isWhole = true;
        for (var i = 0; i < OPENSSL_sk_num(safes); i++)
        {
            var safe = OPENSSL_sk_value(safes, i);
            if (isWhole) isWhole = OpenSafe(safe, secret, length);
            PKCS7_free(safe);
        }

        OPENSSL_sk_free(safes);
        return isWhole;
    }

    private bool OpenSafe(nint safe, byte* secret, int length)
    {
        var bags = PKCS12_unpack_p7data(safe);
        if (bags == 0)
        {
            ERR_clear_error(); // it may be encrypted instead
            bags = PKCS12_unpack_p7encdata(safe, secret, length);
        }

        if (bags == 0)
        {
            OtherCount++; // encrypted for a certificate (RFC 7292 §3.1), for which libcrypto reports no error
            return ERR_peek_error() == 0;
        }

        _owned.Add(bags);
        return Sort(bags, MaxDepth);
    }

    private bool Sort(nint bags, int depth)
    {
        for (var i = 0; i < OPENSSL_sk_num(bags); i++)
        {
            var bag = OPENSSL_sk_value(bags, i);
            switch (PKCS12_SAFEBAG_get_nid(bag))
            {
                case NidKeyBag or NidShroudedKeyBag:
                    _keys.Add(bag);
                    break;
                case NidCertificateBag when PKCS12_SAFEBAG_get_bag_nid(bag) == NidX509Certificate:
                    var certificate = PKCS12_SAFEBAG_get1_cert(bag);
                    if (certificate == 0) return false;
                    _certificates.Add(Der.Encode(certificate, &i2d_X509));
                    X509_free(certificate);
                    break;
                case NidSafeContentsBag:
                    if (depth == 0 || !Sort(PKCS12_SAFEBAG_get0_safes(bag), depth - 1)) return false;
                    break;
                default:
                    OtherCount++;
                    break;
            }
        }

        return true;
    }
}

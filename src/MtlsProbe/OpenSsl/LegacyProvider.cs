namespace MtlsProbe.OpenSsl;

/// <summary>
/// OpenSSL's provider of outdated algorithms (RC2, RC4, single DES), which old PKCS#12 files and keys are encrypted with.
/// Loaded when such a file turns up, and kept from then on. TLS is not affected: no cipher suite draws on it.
/// </summary>
internal static class LegacyProvider
{
    /// <summary>Continues a sentence that begins with the file's name.</summary>
    public const string Advice =
        "is encrypted with an algorithm that OpenSSL does not offer here: install its legacy provider (legacy.so), or encrypt " +
        "the file anew where that provider is (openssl pkcs12 -legacy -in OLD -nodes | openssl pkcs12 -export -out NEW)";

    private static readonly Lazy<bool> s_loaded = new(() =>
    {
        var provider = LibCrypto.OSSL_PROVIDER_try_load(0, "legacy", retainFallbacks: 1);
        LibCrypto.ERR_clear_error();
        return provider != 0;
    });

    /// <summary>Whether it is loaded now; the first call attempts it.</summary>
    public static bool Load() => s_loaded.Value;
}

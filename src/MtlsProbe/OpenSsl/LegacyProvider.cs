namespace MtlsProbe.OpenSsl;

/// <summary>
/// OpenSSL's provider of outdated algorithms (RC2, RC4, single DES), with which old PKCS#12 files and keys are encrypted. It is loaded when the first
/// such file is found, and stays loaded. TLS is not affected: no cipher suite uses it.
/// </summary>
internal static class LegacyProvider
{
    /// <summary>Continues a sentence that begins with the file's name.</summary>
    public const string Advice =
        "is encrypted with an algorithm that OpenSSL does not offer here: install its legacy provider (legacy.so), or encrypt " +
        "the file again on a machine that has it (openssl pkcs12 -legacy -in OLD -nodes | openssl pkcs12 -export -out NEW)";

    private static readonly Lazy<bool> s_loaded = new(() =>
    {
        var provider = LibCrypto.OSSL_PROVIDER_try_load(0, "legacy", retainFallbacks: 1);
        LibCrypto.ERR_clear_error();
        return provider != 0;
    });

    /// <summary>Whether it is loaded; the first call tries to load it.</summary>
    public static bool Load() => s_loaded.Value;
}

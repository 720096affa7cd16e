using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>Finds the machine's trust anchors where OpenSSL and the distributions keep them.</summary>
internal static class SystemTrust
{
    private static readonly string[] s_bundles =
    [
        "/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Alpine, Arch
        "/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL since 7
        "/etc/ssl/ca-bundle.pem",                            // SUSE
        "/etc/ssl/cert.pem",                                 // Alpine, BSD
    ];

    private static readonly string[] s_directories = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

    /// <summary>
    /// <c>SSL_CERT_FILE</c> and <c>SSL_CERT_DIR</c> (directories separated by colons) if one of them is set; otherwise the first of the usual
    /// bundles, otherwise the first of the usual directories. No files if there is none of these.
    /// </summary>
    /// <param name="environment">The value of an environment variable; null if it is not set.</param>
    public static TrustSource Locate(Func<string, string?> environment)
    {
        var named = (environment("SSL_CERT_DIR") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).ToList();
        if (environment("SSL_CERT_FILE") is { Length: > 0 } file) named.Insert(0, file);
        if (named.Count > 0) return new TrustSource(TrustSource.System, named.Select(Path.GetFullPath).ToValueList());
        var found = Array.Find(s_bundles, File.Exists) ?? Array.Find(s_directories, Directory.Exists);
        return new TrustSource(TrustSource.System, found is null ? [] : [found]);
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Credentials;

/// <summary>
/// The credential of a client that no server can know: self-signed, made in memory, valid for an hour. What a server does to it shows
/// what the same server does to those it refuses.
/// </summary>
internal sealed class Stranger(TimeProvider time)
{
    /// <summary>Stands in the logs of servers; the documentation says what it is.</summary>
    private const string Subject = "CN=MtlsProbe control";

    private const string ClientAuth = "1.3.6.1.5.5.7.3.2"; // RFC 5280 §4.2.1.12

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>Clocks of servers may be behind ours.</summary>
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private Credential? _credential;
    private DateTimeOffset _replaceAt;

    /// <summary>The same one for most of an hour. May be called from any thread.</summary>
    public Credential Credential
    {
        get
        {
            lock (_gate)
            {
                var now = time.GetUtcNow();
                if (_credential is not null && now < _replaceAt) return _credential;
                _replaceAt = now + (Lifetime / 2);
                return _credential = Mint(now);
            }
        }
    }

    private static Credential Mint(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ClientAuth)], critical: false));
        using var certificate = request.CreateSelfSigned(now - Before, now + Lifetime);
        var leaf = Certificates.Certificate.TryParse(certificate.RawData) ?? throw new CryptographicException("the certificate just made cannot be read");
        var pem = Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem());
        var loaded = PrivateKey.FromPem(pem, []).Key ?? throw new CryptographicException("libcrypto does not read the key just made");
        CryptographicOperations.ZeroMemory(pem);
        return new Credential([leaf], loaded);
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Credentials;

/// <summary>
/// The credential of a client that no server can know: self-signed, made in memory, valid for an hour. The reaction of a server to it shows how that
/// server treats clients that it refuses.
/// </summary>
internal sealed class Stranger(TimeProvider time)
{
    /// <summary>Appears in the logs of servers; the documentation explains it.</summary>
    private static readonly X500DistinguishedName Subject = new("CN=MtlsProbe control");

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>The clocks of servers may be behind ours.</summary>
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private Credential? _credential;
    private DateTimeOffset _replaceAt;

    /// <summary>The same one for most of an hour. Thread-safe.</summary>
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
        var validity = new ValidityPeriod(now - Before, now + Lifetime);
        var minted = MintedCertificate.SelfSigned(new(Subject, validity, CertificateTemplate.Usage(KeyPurposes.ClientAuth)));
        using var key = minted.Key;
        var leaf = Certificate.TryParse(minted.Der) ?? throw new CryptographicException("the new certificate cannot be read");
        return new Credential([leaf], PrivateKey.Of(key));
    }
}

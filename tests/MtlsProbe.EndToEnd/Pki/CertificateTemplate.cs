using System.Net;

namespace MtlsProbe.EndToEnd.Pki;

/// <summary>What a certificate is to say.</summary>
internal sealed record CertificateTemplate(string CommonName)
{
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>DNS names of the subject alternative name extension.</summary>
    public IReadOnlyList<string> DnsNames { get; init; } = [];

    /// <summary>IP addresses of the same extension.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    public DateTimeOffset NotBefore { get; init; } = DateTimeOffset.UtcNow.AddDays(-30);

    public DateTimeOffset NotAfter { get; init; } = DateTimeOffset.UtcNow.AddDays(60);

    /// <summary>Object identifier of the extended key usage; null: no such extension.</summary>
    public string? Usage { get; init; }

    public bool IsAuthority { get; init; }

    public bool Rsa { get; init; }

    public static CertificateTemplate Server(string commonName) =>
        new(commonName) { Usage = ServerAuthentication, DnsNames = ["server.test", "other.server.test"] };

    public static CertificateTemplate Client(string commonName) => new(commonName) { Usage = ClientAuthentication };

    public static CertificateTemplate Authority(string commonName) =>
        new(commonName) { IsAuthority = true, NotBefore = DateTimeOffset.UtcNow.AddYears(-1), NotAfter = DateTimeOffset.UtcNow.AddYears(9) };

    public CertificateTemplate Expired() => this with { NotAfter = DateTimeOffset.UtcNow.AddDays(-1) };

    public CertificateTemplate NotYetValid() => this with { NotBefore = DateTimeOffset.UtcNow.AddDays(2) };
}

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;

namespace MtlsProbe.Minting;

/// <summary>The content of a certificate; change the part that should be at fault.</summary>
internal sealed record TestTemplate
{
    /// <summary>Extended key usages (RFC 5280 §4.2.1.12), not taken from the program, because a mistake there would hide itself.</summary>
    public const string ServerAuth = "1.3.6.1.5.5.7.3.1";

    public const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    /// <summary>The clock of these certificates: the start of the run, in whole seconds. By default, they are valid from a day before.</summary>
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());

    public required string Subject { get; init; }

    /// <summary>DER of the subject, instead of <see cref="Subject"/>.</summary>
    public byte[]? SubjectDer { get; init; }

    /// <summary>DER of the issuer name, instead of the issuer's subject.</summary>
    public byte[]? IssuerDer { get; init; }

    public IReadOnlyList<string> Dns { get; init; } = [];

    public IReadOnlyList<string> Ip { get; init; } = [];

    public IReadOnlyList<string> Uris { get; init; } = [];

    public IReadOnlyList<string> Emails { get; init; } = [];

    public DateTimeOffset NotBefore { get; init; } = Now.AddDays(-1);

    public DateTimeOffset NotAfter { get; init; } = Now.AddDays(90);

    /// <summary>The dates exactly as encoded, instead of the others: <c>U:</c> and a UTCTime, or <c>G:</c> and a GeneralizedTime.</summary>
    public (string NotBefore, string NotAfter)? Dates { get; init; }

    /// <summary>Null: no basic constraints.</summary>
    public bool? IsAuthority { get; init; }

    public int? PathLength { get; init; }

    /// <summary>Null: no key usage extension.</summary>
    public X509KeyUsageFlags? KeyUsage { get; init; }

    /// <summary>Object identifiers; null: no extended key usage extension.</summary>
    public IReadOnlyList<string>? ExtendedKeyUsage { get; init; }

    public TestKeyKind KeyKind { get; init; } = TestKeyKind.EcP256;

    /// <summary>An existing key, instead of a new one.</summary>
    public AsymmetricAlgorithm? Key { get; init; }

    /// <summary>The hash of the issuer's signature: SHA-256, -384, -512, SHA-1 or MD5.</summary>
    public HashAlgorithmName Hash { get; init; } = HashAlgorithmName.SHA256;

    /// <summary>Big-endian content octets of the INTEGER; null: random.</summary>
    public byte[]? Serial { get; init; }

    /// <summary>Whether it has subject and authority key identifiers.</summary>
    public bool KeyIdentifiers { get; init; } = true;

    /// <summary>Added unchanged.</summary>
    public IReadOnlyList<X509Extension> More { get; init; } = [];

    /// <summary>Flips a bit of the signature.</summary>
    public bool BreakSignature { get; init; }

    public static TestTemplate Authority(string name) => new()
    {
        Subject = $"CN={name}",
        IsAuthority = true,
        KeyUsage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign,
        NotAfter = Now.AddDays(3650),
    };

    public static TestTemplate Server(string dnsName) => new()
    {
        Subject = $"CN={dnsName}",
        Dns = [dnsName],
        IsAuthority = false,
        KeyUsage = X509KeyUsageFlags.DigitalSignature,
        ExtendedKeyUsage = [ServerAuth],
    };

    public static TestTemplate Client(string name) =>
        Server(name) with { Subject = $"CN={name}", Dns = [], ExtendedKeyUsage = [ClientAuth] };

    public IEnumerable<X509Extension> Extensions(AsymmetricAlgorithm key, TestCertificate? issuer)
    {
        if (IsAuthority is { } authority)
            yield return new X509BasicConstraintsExtension(authority, PathLength is not null, PathLength ?? 0, critical: true);
        if (KeyUsage is { } usage) yield return new X509KeyUsageExtension(usage, critical: true);
        if (ExtendedKeyUsage is { } purposes)
        {
            var oids = new OidCollection();
            foreach (var purpose in purposes) oids.Add(new Oid(purpose));
            yield return new X509EnhancedKeyUsageExtension(oids, critical: false);
        }

        if (Dns.Count + Ip.Count + Uris.Count + Emails.Count > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var dns in Dns) names.AddDnsName(dns);
            foreach (var ip in Ip) names.AddIpAddress(IPAddress.Parse(ip));
            foreach (var uri in Uris) names.AddUri(new Uri(uri));
            foreach (var email in Emails) names.AddEmailAddress(email);
            yield return names.Build();
        }

        if (KeyIdentifiers)
        {
            var identifier = new X509SubjectKeyIdentifierExtension(MintedCertificate.PublicKeyOf(key), critical: false);
            yield return identifier;
            if (issuer is null) yield return X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier);
            else if (issuer.Bare.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } authorityKey)
                yield return X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(authorityKey);
        }

        foreach (var extension in More) yield return extension;
    }
}

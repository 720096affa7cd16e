using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;

namespace MtlsProbe.Tests;

/// <summary>
/// Mints real certificates with any fault: <c>TestPki.Root("Root").Intermediate("Int").Leaf("a.test", t => t with { … })</c>.
/// </summary>
internal static class TestPki
{
    /// <summary>
    /// The clock of these certificates: the start of the test run, in whole seconds. By default they are valid from a day before.
    /// </summary>
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());

    /// <summary>A self-signed authority; its subject is <c>CN=name</c>.</summary>
    public static TestCertificate Root(string name, Func<TestTemplate, TestTemplate>? change = null) =>
        Mint(Change(TestTemplate.Authority(name), change), null);

    /// <summary>A server certificate that signed itself.</summary>
    public static TestCertificate SelfSignedLeaf(string dnsName, Func<TestTemplate, TestTemplate>? change = null) =>
        Mint(Change(TestTemplate.Server(dnsName), change), null);

    /// <summary>An authority that <paramref name="issuer"/> signed.</summary>
    public static TestCertificate Intermediate(this TestCertificate issuer, string name, Func<TestTemplate, TestTemplate>? change = null) =>
        Mint(Change(TestTemplate.Authority(name), change), issuer);

    /// <summary>A server certificate for <paramref name="dnsName"/>; serverAuth unless changed.</summary>
    public static TestCertificate Leaf(this TestCertificate issuer, string dnsName, Func<TestTemplate, TestTemplate>? change = null) =>
        Mint(Change(TestTemplate.Server(dnsName), change), issuer);

    /// <summary>A client certificate with subject <c>CN=name</c>; clientAuth unless changed.</summary>
    public static TestCertificate Client(this TestCertificate issuer, string name, Func<TestTemplate, TestTemplate>? change = null) =>
        Mint(Change(TestTemplate.Client(name), change), issuer);

    /// <summary>Subject and key of <paramref name="certified"/>, certified once more by <paramref name="issuer"/>.</summary>
    public static TestCertificate CrossSign(
        this TestCertificate issuer, TestCertificate certified, Func<TestTemplate, TestTemplate>? change = null) =>
        Mint(Change(certified.Template with { Key = certified.Key }, change), issuer);

    /// <summary>One PEM text of the certificates in this order.</summary>
    public static string Pem(params IEnumerable<TestCertificate> certificates) => string.Concat(certificates.Select(c => c.CertificatePem));

    /// <summary>A trust bundle of these anchors.</summary>
    public static TrustBundle Trust(params IEnumerable<TestCertificate> anchors) => new("test", anchors.Select(anchor => anchor.Certificate));

    private static TestTemplate Change(TestTemplate template, Func<TestTemplate, TestTemplate>? change) =>
        change?.Invoke(template) ?? template;

    private static TestCertificate Mint(TestTemplate template, TestCertificate? issuer)
    {
        var key = template.Key ?? template.KeyKind.Create();
        var subject = template.SubjectDer is { } der ? new X500DistinguishedName(der) : new X500DistinguishedName(template.Subject);
        var publicKey = key is RSA rsa ? new PublicKey(rsa) : new PublicKey((ECDsa)key);
        var request = new CertificateRequest(subject, publicKey, HashAlgorithmName.SHA256);
        foreach (var extension in template.Extensions(publicKey, issuer)) request.CertificateExtensions.Add(extension);
        var signer = new TestSigner(issuer?.Key ?? key, template.Hash);
        var issuerName = template.IssuerDer is { } name ? new X500DistinguishedName(name) : issuer?.Bare.SubjectName ?? subject;
        using var certificate = request.Create(issuerName, signer, template.NotBefore, template.NotAfter, template.Serial ?? RandomSerial());
        var bytes = template.Dates is { } dates ? Redated(certificate.RawData, dates, signer) : certificate.RawData;
        if (template.BreakSignature) bytes[^1] ^= 1;
        return new TestCertificate(template, bytes, key);
    }

    /// <summary>The same certificate with the dates as they are written here, signed anew.</summary>
    private static byte[] Redated(byte[] der, (string NotBefore, string NotAfter) dates, TestSigner signer)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        var fields = outer.ReadSequence();
        var algorithm = outer.ReadEncodedValue();
        var tbs = new AsnWriter(AsnEncodingRules.DER);
        using (tbs.PushSequence())
        {
            for (var field = 0; fields.HasData; field++)
            {
                var value = fields.ReadEncodedValue();
                if (field != 4) tbs.WriteEncodedValue(value.Span); // version, serial, signature, issuer, then the validity
                else
                {
                    using var validity = tbs.PushSequence();
                    foreach (var text in (string[])[dates.NotBefore, dates.NotAfter])
                    {
                        var kind = text.StartsWith("U:", StringComparison.Ordinal) ? UniversalTagNumber.UtcTime : UniversalTagNumber.GeneralizedTime;
                        var content = System.Text.Encoding.ASCII.GetBytes(text[2..]);
                        tbs.WriteEncodedValue((byte[])[(byte)kind, (byte)content.Length, .. content]);
                    }
                }
            }
        }

        var signed = tbs.Encode();
        var certificate = new AsnWriter(AsnEncodingRules.DER);
        using (certificate.PushSequence())
        {
            certificate.WriteEncodedValue(signed);
            certificate.WriteEncodedValue(algorithm.Span);
            certificate.WriteBitString(signer.SignData(signed, HashAlgorithmName.SHA256));
        }

        return certificate.Encode();
    }

    /// <summary>DER of a name with one attribute for each kind of string, by turns common name and organization.</summary>
    public static byte[] Name(params (UniversalTagNumber Kind, string Value)[] attributes)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var (index, attribute) in attributes.Index())
            {
                using var set = writer.PushSetOf();
                using var sequence = writer.PushSequence();
                writer.WriteObjectIdentifier(index % 2 == 0 ? "2.5.4.3" : "2.5.4.10");
                writer.WriteCharacterString(attribute.Kind, attribute.Value);
            }
        }

        return writer.Encode();
    }

    private static byte[] RandomSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3f) | 0x40);
        return serial;
    }
}

/// <summary>A minted certificate and its private key.</summary>
internal sealed class TestCertificate(TestTemplate template, byte[] der, AsymmetricAlgorithm key)
{
    private readonly Lazy<X509Certificate2> _bare = new(() => X509CertificateLoader.LoadCertificate(der));
    private readonly Lazy<X509Certificate2> _paired = new(() =>
    {
        using var bare = X509CertificateLoader.LoadCertificate(der);
        return key is RSA rsa ? bare.CopyWithPrivateKey(rsa) : bare.CopyWithPrivateKey((ECDsa)key);
    });

    public TestTemplate Template => template;

    public byte[] Der => der;

    public AsymmetricAlgorithm Key => key;

    /// <summary>As the product reads it.</summary>
    public Certificate Certificate { get; } = Certificate.TryParse(der) ?? throw new InvalidOperationException("does not parse");

    /// <summary>With its private key; the base class library refuses some odd certificates here.</summary>
    public X509Certificate2 X509 => _paired.Value;

    /// <summary>Without its private key.</summary>
    public X509Certificate2 Bare => _bare.Value;

    public string CertificatePem => PemEncoding.WriteString("CERTIFICATE", der) + "\n";

    /// <summary>PKCS#8, not encrypted.</summary>
    public string KeyPem => Key.ExportPkcs8PrivateKeyPem() + "\n";
}

/// <summary>The kinds of key that can be asked for. RSA keys are made once per size and shared: they are slow to make.</summary>
internal sealed record TestKeyKind(Func<AsymmetricAlgorithm> Create)
{
    public static readonly TestKeyKind EcP256 = new(() => ECDsa.Create(ECCurve.NamedCurves.nistP256));
    public static readonly TestKeyKind EcP384 = new(() => ECDsa.Create(ECCurve.NamedCurves.nistP384));
    public static readonly TestKeyKind EcP192 = new(() => ECDsa.Create(ECCurve.CreateFromValue("1.2.840.10045.3.1.1")));
    public static readonly TestKeyKind Rsa1024 = Shared(1024);
    public static readonly TestKeyKind Rsa2048 = Shared(2048);

    private static TestKeyKind Shared(int bits)
    {
        var key = new Lazy<RSA>(() => RSA.Create(bits));
        return new TestKeyKind(() => key.Value);
    }
}

/// <summary>What to mint; change what should be at fault.</summary>
internal sealed record TestTemplate
{
    public required string Subject { get; init; }

    /// <summary>DER of the subject, in place of <see cref="Subject"/>.</summary>
    public byte[]? SubjectDer { get; init; }

    /// <summary>DER of the issuer name, in place of the issuer's subject.</summary>
    public byte[]? IssuerDer { get; init; }

    public IReadOnlyList<string> Dns { get; init; } = [];

    public IReadOnlyList<string> Ip { get; init; } = [];

    public IReadOnlyList<string> Uris { get; init; } = [];

    public IReadOnlyList<string> Emails { get; init; } = [];

    public DateTimeOffset NotBefore { get; init; } = TestPki.Now.AddDays(-1);

    public DateTimeOffset NotAfter { get; init; } = TestPki.Now.AddDays(90);

    /// <summary>The dates as they are to be written, in place of those: <c>U:</c> and a UTCTime, or <c>G:</c> and a GeneralizedTime.</summary>
    public (string NotBefore, string NotAfter)? Dates { get; init; }

    /// <summary>Null: no basic constraints.</summary>
    public bool? IsAuthority { get; init; }

    public int? PathLength { get; init; }

    /// <summary>Null: no key usage extension.</summary>
    public X509KeyUsageFlags? KeyUsage { get; init; }

    /// <summary>Object identifiers; null: no extended key usage extension.</summary>
    public IReadOnlyList<string>? ExtendedKeyUsage { get; init; }

    public TestKeyKind KeyKind { get; init; } = TestKeyKind.EcP256;

    /// <summary>An existing key, in place of a new one.</summary>
    public AsymmetricAlgorithm? Key { get; init; }

    /// <summary>Of the signature by the issuer: SHA-256, -384, -512, SHA-1 or MD5.</summary>
    public HashAlgorithmName Hash { get; init; } = HashAlgorithmName.SHA256;

    /// <summary>Big-endian content octets of the INTEGER; random when null.</summary>
    public byte[]? Serial { get; init; }

    /// <summary>Whether subject and authority key identifiers are written.</summary>
    public bool KeyIdentifiers { get; init; } = true;

    /// <summary>Added as they are.</summary>
    public IReadOnlyList<X509Extension> More { get; init; } = [];

    /// <summary>Flips a bit of the signature.</summary>
    public bool BreakSignature { get; init; }

    public static TestTemplate Authority(string name) => new()
    {
        Subject = $"CN={name}",
        IsAuthority = true,
        KeyUsage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign,
        NotAfter = TestPki.Now.AddDays(3650),
    };

    public static TestTemplate Server(string dnsName) => new()
    {
        Subject = $"CN={dnsName}",
        Dns = [dnsName],
        IsAuthority = false,
        KeyUsage = X509KeyUsageFlags.DigitalSignature,
        ExtendedKeyUsage = ["1.3.6.1.5.5.7.3.1"],
    };

    public static TestTemplate Client(string name) =>
        Server(name) with { Subject = $"CN={name}", Dns = [], ExtendedKeyUsage = ["1.3.6.1.5.5.7.3.2"] };

    public IEnumerable<X509Extension> Extensions(PublicKey key, TestCertificate? issuer)
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
            var identifier = new X509SubjectKeyIdentifierExtension(key, critical: false);
            yield return identifier;
            if (issuer is null) yield return X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier);
            else if (issuer.Bare.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } authorityKey)
                yield return X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(authorityKey);
        }

        foreach (var extension in More) yield return extension;
    }
}

/// <summary>Signs with SHA-1 and MD5 as well, which the base class library's generators refuse.</summary>
internal sealed class TestSigner(AsymmetricAlgorithm key, HashAlgorithmName hash) : X509SignatureGenerator
{
    public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier((key, hash.Name) switch
            {
                (RSA, "MD5") => "1.2.840.113549.1.1.4",
                (RSA, "SHA1") => "1.2.840.113549.1.1.5",
                (RSA, "SHA256") => "1.2.840.113549.1.1.11",
                (RSA, "SHA384") => "1.2.840.113549.1.1.12",
                (RSA, "SHA512") => "1.2.840.113549.1.1.13",
                (ECDsa, "SHA1") => "1.2.840.10045.4.1",
                (ECDsa, "SHA256") => "1.2.840.10045.4.3.2",
                (ECDsa, "SHA384") => "1.2.840.10045.4.3.3",
                (ECDsa, "SHA512") => "1.2.840.10045.4.3.4",
                _ => throw new NotSupportedException($"{key} with {hash}"),
            });
            if (key is RSA) writer.WriteNull();
        }

        return writer.Encode();
    }

    public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => key switch
    {
        RSA rsa => rsa.SignData(data, hash, RSASignaturePadding.Pkcs1),
        ECDsa ec => ec.SignData(data, hash, DSASignatureFormat.Rfc3279DerSequence),
        _ => throw new NotSupportedException(key.ToString()),
    };

    protected override PublicKey BuildPublicKey() => key is RSA rsa ? new PublicKey(rsa) : new PublicKey((ECDsa)key);
}

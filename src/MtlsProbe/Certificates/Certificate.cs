using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Certificates;

/// <summary>
/// The facts of one X.509 certificate (RFC 5280), read once from its DER bytes. Two are equal if their bytes are equal. Everything in it can come
/// from a hostile peer: names are shown as text, never as markup.
/// </summary>
/// <param name="Rules">The fields for path validation; not part of the result record.</param>
/// <param name="Der">The certificate itself; not part of the result record.</param>
internal sealed record Certificate([property: JsonIgnore] CertificateRules Rules, [property: JsonIgnore] ReadOnlyMemory<byte> Der)
{
    /// <summary>Maximum characters shown of a malformed time.</summary>
    private const int MaxTime = 40;

    /// <summary>The lifetime of a short-lived certificate, at most: a day. Issuers set the start some minutes in the past.</summary>
    public static readonly TimeSpan ShortLife = TimeSpan.FromHours(25);

    private readonly long _notBefore;
    private readonly long _notAfter;
    private SeenLeaf? _seen; // a copy with another value makes its own

    /// <summary>Distinguished name, most specific part first: <c>CN=…, O=…</c>. Empty if the certificate has none.</summary>
    public required string Subject { get; init; }

    public required string Issuer { get; init; }

    /// <summary>Lower-case hex of the integer, two digits per octet, as <c>openssl x509 -serial</c> shows it.</summary>
    public required string Serial { get; init; }

    public required DateTimeOffset NotBefore
    {
        get => Instant.Known(_notBefore);
        init => _notBefore = value.UtcTicks;
    }

    public required DateTimeOffset NotAfter
    {
        get => Instant.Known(_notAfter);
        init => _notAfter = value.UtcTicks;
    }

    /// <summary>SHA-256 of the DER bytes, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>DNS names in the subject alternative names: the first ones, as kept by <see cref="AlternativeNames"/>.</summary>
    public ValueList<string> DnsNames { get; init; } = [];

    /// <summary>IP addresses in the subject alternative names.</summary>
    public ValueList<string> IpAddresses { get; init; } = [];

    /// <summary>URIs in the subject alternative names.</summary>
    public ValueList<string> Uris { get; init; } = [];

    /// <summary>Number of further names of these three kinds that are not kept.</summary>
    public int NamesLeftOut { get; init; }

    /// <summary>Kind and size of the public key: <c>RSA 2048</c>, <c>EC P-256</c>, <c>Ed25519</c>.</summary>
    public required string Key { get; init; }

    /// <summary>DNS names, IP addresses and URIs of the certificate, including those that are not kept.</summary>
    [JsonIgnore]
    public int NamesTotal => DnsNames.Count + IpAddresses.Count + Uris.Count + NamesLeftOut;

    /// <summary>Whether it lives for a day or less, as SVIDs do: nobody renews it by hand, and it has expired before most people read about it.</summary>
    [JsonIgnore]
    public bool IsShortLived => NotAfter - NotBefore <= ShortLife;

    /// <summary>Subject and issuer are the same name.</summary>
    [JsonIgnore]
    public bool IsSelfIssued => HasIssuerName(this);

    /// <summary>What is wrong with the validity period, whatever the time is, as the end of a sentence; null if nothing is.</summary>
    [JsonIgnore]
    public string? ValidityProblem => Rules switch
    {
        { MalformedNotBefore: { } text } => Malformed("notBefore", text),
        { MalformedNotAfter: { } text } => Malformed("notAfter", text),
        _ when NotBefore > NotAfter => $"is valid at no time: its notBefore ({Times.Iso(NotBefore)}) is later than its notAfter ({Times.Iso(NotAfter)})",
        _ => null,
    };

    /// <summary>What is kept of it by those who must not keep the whole. One object, however many addresses present it.</summary>
    [JsonIgnore]
    public SeenLeaf Seen =>
        _seen is { } known && (known.Sha256, known.Serial, known.NotBefore, known.NotAfter) == (Sha256, Serial, NotBefore, NotAfter) ? known : _seen = new SeenLeaf(Sha256, Serial, NotBefore, NotAfter);

    /// <summary>Whether <paramref name="other"/> has the name of its issuer. A name does not show which key signed it.</summary>
    public bool HasIssuerName(Certificate other) => Rules.Issuer == other.Rules.Subject;

    /// <summary>Whether both certify the same authority: the same name and the same key, whoever signed.</summary>
    public bool IsSameAuthority(Certificate other) =>
        Rules.Subject == other.Rules.Subject && Rules.PublicKeyInfo.Span.SequenceEqual(other.Rules.PublicKeyInfo.Span);

    public bool Equals(Certificate? other) => ReferenceEquals(this, other) || (other is not null && Sha256 == other.Sha256);

    public override int GetHashCode() => Sha256.GetHashCode(StringComparison.Ordinal);

    /// <summary>
    /// The shown facts of a certificate, without its bytes, for a server that presents more than we keep. It cannot verify signatures, and long names
    /// are truncated.
    /// </summary>
    /// <param name="mostNames">How many subject alternative names of each kind are kept.</param>
    public Certificate WithoutContent(int mostNames)
    {
        var rules = Rules.WithoutContent();
        return new Certificate(rules, default)
        {
            Subject = Subject.Clip(),
            Issuer = Issuer.Clip(),
            Serial = Serial,
            NotBefore = NotBefore,
            NotAfter = NotAfter,
            Sha256 = Sha256,
            DnsNames = Some(DnsNames),
            IpAddresses = Some(IpAddresses),
            Uris = Some(Uris),
            NamesLeftOut = NamesTotal - Math.Min(mostNames, DnsNames.Count) - Math.Min(mostNames, IpAddresses.Count) - Math.Min(mostNames, Uris.Count),
            Key = Key,
        };

        ValueList<string> Some(ValueList<string> names) => names.Take(mostNames).Select(Wording.Clip).ToValueList();
    }

    public override string ToString() => $"{Subject} (serial {Serial})";

    private static string Malformed(string end, string text) =>
        $"has a malformed validity: its {end} is encoded as {(text.Length <= MaxTime ? text : text[..MaxTime] + "…")}, and RFC 5280 §4.1.2.5 allows YYMMDDHHMMSSZ and YYYYMMDDHHMMSSZ only";

    /// <summary>Reads a certificate; null if the bytes are not one. <paramref name="der"/> is kept, not copied.</summary>
    public static Certificate? TryParse(ReadOnlyMemory<byte> der)
    {
        try
        {
            var fields = CertificateFields.Read(der);
            var rules = CertificateRules.Read(fields);
            return new Certificate(rules, der)
            {
                Subject = DistinguishedName.Text(fields.Subject),
                Issuer = IssuerName.Of(fields.Issuer).Text,
                Serial = SerialNumber.Text(fields.Serial.Span),
                NotBefore = fields.NotBefore.Time,
                NotAfter = fields.NotAfter.Time,
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(der.Span)),
                DnsNames = rules.AlternativeNames.Dns,
                IpAddresses = rules.AlternativeNames.Ip,
                Uris = rules.AlternativeNames.Uris,
                NamesLeftOut = rules.AlternativeNames.LeftOut,
                Key = rules.PublicKey.Text,
            };
        }
        catch (Exception e) when (e is AsnContentException or ArgumentException or OverflowException)
        {
            return null;
        }
    }
}

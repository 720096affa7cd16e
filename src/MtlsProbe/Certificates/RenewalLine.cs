using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace MtlsProbe.Certificates;

/// <summary>
/// What a certificate and its renewals have in common: subject, alternative names, kind of key, and the issuing organization. A server that presents
/// a certificate of a line should present the newest stored one of this line. It is a hash of fixed size, because a certificate can have thousands of
/// names.
/// </summary>
/// <remarks>
/// The kind of key is part of it, because a server can have an RSA and an ECDSA certificate with the same names and choose by the client. The
/// organization is that of the issuer's name, or the whole name if it has none: a public authority issues from several intermediates in turn, and two
/// authorities may well certify one name for different uses. A certificate from another organization is another line, so a server that moves to
/// another authority is not recognized as renewed.
/// </remarks>
internal readonly record struct RenewalLine
{
    private const string Organization = "2.5.4.10"; // organizationName, RFC 5280 §4.1.2.4

    private readonly UInt128 _first;
    private readonly UInt128 _second;

    private RenewalLine(UInt128 first, UInt128 second) => (_first, _second) = (first, second);

    /// <summary>Null for an authority, because servers need not present renewed issuers, and if there are no names to compare.</summary>
    public static RenewalLine? Of(Certificate certificate)
    {
        var names = certificate.Rules.AlternativeNames;
        if (certificate.Der.IsEmpty || certificate.Rules.IsCertificateAuthority is true || (certificate.Subject.Length == 0 && certificate.NamesTotal == 0)) return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        certificate.Rules.Subject.AppendTo(hash);
        Add(certificate.Rules.PublicKey.Text.Split(' ')[0]);
        if (DistinguishedName.Values(certificate.Rules.IssuerName, Organization).FirstOrDefault() is { Length: > 0 } house) Add(house.ToLowerInvariant());
        else certificate.Rules.Issuer.AppendTo(hash);
        foreach (var name in names.All.Select(Text).Distinct().Order(StringComparer.Ordinal)) Add(name);
        foreach (var form in names.OtherForms) Add($"another form: {form}");
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        var halves = MemoryMarshal.Cast<byte, UInt128>(digest);
        return new RenewalLine(halves[0], halves[1]);

        void Add(string part)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(part));
            hash.AppendData([0xff]); // never occurs in UTF-8, so two lists of names never read the same
        }
    }

    /// <summary>Whether it becomes valid later, or at the same time but expires later.</summary>
    public static bool IsNewer(Certificate one, Certificate than) =>
        one.NotBefore > than.NotBefore || (one.NotBefore == than.NotBefore && one.NotAfter > than.NotAfter);

    private static string Text(GeneralName name) => $"{name.Form}:{(name.Form == GeneralName.Dns ? name.Text.ToLowerInvariant() : name.Text)}";
}

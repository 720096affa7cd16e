using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>
/// What the certificates may be used for (RFC 5280 §4.2.1.3 and §4.2.1.12). The extended key usage of an issuer limits everything below it, as in
/// OpenSSL and Go.
/// </summary>
internal static class Usage
{
    /// <summary>Signing in TLS 1.3 and (EC)DHE; formerly also key transport and static Diffie-Hellman.</summary>
    private const X509KeyUsageFlags HandshakeUsages =
        X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.KeyAgreement;

    public static IEnumerable<ChainFault> Faults(CertificatePath path)
    {
        var leaf = path.Leaf;
        if (leaf.Rules.KeyUsage is { } usage && (usage & HandshakeUsages) == 0)
            yield return Fault(leaf, "has a key usage without digitalSignature, so its key may not be used in a handshake");
        foreach (var certificate in path.Certificates)
        {
            if (certificate.Rules.ExtendedKeyUsage is not { } purposes || KeyPurposes.AllowServers(purposes)) continue;
            var what = certificate == leaf ? "may not be used for a TLS server" : "may not issue certificates of TLS servers";
            yield return Fault(certificate, $"{what}: its extended key usage is {Names(purposes)}");
        }
    }

    private static ChainFault Fault(Certificate certificate, string what) =>
        new(Reasons.WrongUsage, certificate.Subject, $"{certificate.Named()} {what}");

    private static string Names(ValueList<string> purposes) => purposes.Count == 0 ? "empty" : purposes.Select(KeyPurposes.Name).Some();
}

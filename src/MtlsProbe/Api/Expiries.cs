using MtlsProbe.Certificates;
using MtlsProbe.Text;

namespace MtlsProbe.Api;

/// <summary>What expires next, on each side.</summary>
internal sealed record Expiries(Expiry Server, Expiry Client, Expiry Trust)
{
    public static Expiries Of(FleetView view) => new(
        Expiry.Of(view, CertificateRole.ServerLeaf, CertificateRole.ServerIssuer),
        Expiry.Of(view, CertificateRole.Credential, CertificateRole.CredentialIssuer),
        Expiry.Of(view, CertificateRole.TrustAnchor, CertificateRole.TrustAnchor));
}

/// <summary>The certificates of one side.</summary>
/// <param name="Expired">How many have expired.</param>
/// <param name="Soonest">The one that expires next; null where there is none that has not.</param>
internal sealed record Expiry(int Expired, SoonestExpiry? Soonest)
{
    public static Expiry Of(FleetView view, CertificateRole role, CertificateRole orRole)
    {
        var expired = 0;
        Inventory.Found? soonest = null;
        foreach (var found in view.Inventory.All)
        {
            if (!found.Places.Exists(place => place.Role == role || place.Role == orRole)) continue;
            if (found.Certificate.NotAfter < view.Snapshot.At) expired++;
            else if (soonest is null || found.Certificate.NotAfter < soonest.Certificate.NotAfter) soonest = found;
        }

        return new Expiry(expired, soonest is null ? null : SoonestExpiry.Of(soonest.Certificate, soonest.Places.Find(place => place.Role == role || place.Role == orRole)!));
    }
}

/// <param name="Place">The first of those where it is.</param>
internal sealed record SoonestExpiry(
    DateTimeOffset NotAfter, DateTimeOffset NotBefore, string Subject, string Serial, string Sha256, CertificateRole Role, Place Place)
{
    public static SoonestExpiry Of(Certificate certificate, Place place) =>
        new(certificate.NotAfter, certificate.NotBefore, Shown.Name(certificate.Subject), certificate.Serial, certificate.Sha256, place.Role, place);
}

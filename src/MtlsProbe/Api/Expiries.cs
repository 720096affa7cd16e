using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>What expires next, on each side.</summary>
internal sealed record Expiries(Expiry Server, Expiry Client, Expiry Trust)
{
    /// <summary>Without the inventory, which costs more and is rarely needed.</summary>
    public static Expiries Of(FleetSnapshot snapshot)
    {
        var (server, client, trust) = (new Finding(snapshot.At), new Finding(snapshot.At), new Finding(snapshot.At));
        foreach (var one in snapshot.Servers)
        {
            if (one.Facts is { Certificates: var chain }) server.Add(chain, i => new Place(i == 0 ? CertificateRole.ServerLeaf : CertificateRole.ServerIssuer, one.Key.Target, one.Key.Address));
        }

        foreach (var one in snapshot.Credentials)
            client.Add(one.Chain, i => new Place(i == 0 ? CertificateRole.Credential : CertificateRole.CredentialIssuer, Identity: one.Identity, Slot: one.Slot));
        foreach (var one in snapshot.Trusts) trust.Add(one.Anchors, _ => new Place(CertificateRole.TrustAnchor, Trust: one.Name));
        return new Expiries(server.Result(), client.Result(), trust.Result());
    }

    /// <summary>
    /// Collects the certificates of one side, each of which can occur many times. A short-lived one does not hide the next that somebody has to
    /// renew.
    /// </summary>
    private sealed class Finding(DateTimeOffset now)
    {
        private readonly HashSet<Certificate> _expired = [];
        private (Certificate Certificate, Func<int, Place> Place, int Index)? _soonest;

        public void Add(ValueList<Certificate> chain, Func<int, Place> place)
        {
            for (var i = 0; i < chain.Count; i++)
            {
                var certificate = chain[i];
                if (certificate.NotAfter < now) _expired.Add(certificate);
                else if (_soonest is not { } soonest || Order(certificate).CompareTo(Order(soonest.Certificate)) < 0) _soonest = (certificate, place, i);
            }
        }

        public Expiry Result() => new(_expired.Count, _soonest is { } soonest ? SoonestExpiry.Of(soonest.Certificate, soonest.Place(soonest.Index)) : null);

        private static (bool IsShortLived, DateTimeOffset End) Order(Certificate certificate) => (certificate.IsShortLived, certificate.NotAfter);
    }
}

/// <summary>The certificates of one side.</summary>
/// <param name="Expired">How many have expired.</param>
/// <param name="Soonest">The one that expires next, preferably one that lives for more than a day; null if there is none that has not expired.</param>
internal sealed record Expiry(int Expired, SoonestExpiry? Soonest);

/// <param name="Place">The first place where it is.</param>
internal sealed record SoonestExpiry(
    DateTimeOffset NotAfter, DateTimeOffset NotBefore, string Subject, string Serial, string Sha256, CertificateRole Role, Place Place)
{
    public static SoonestExpiry Of(Certificate certificate, Place place) =>
        new(certificate.NotAfter, certificate.NotBefore, Shown.Name(certificate.Subject), certificate.Serial, certificate.Sha256, place.Role, place);
}

using System.Text.Json.Serialization;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Api;

/// <summary>
/// Every certificate that the prober knows: presented by servers (the last one seen; replaced ones are gone), loaded as a credential, trusted, or
/// stored. The machine's own anchors are not included. In the order in which they were found.
/// </summary>
internal sealed class Inventory
{
    private readonly Dictionary<Certificate, Found> _found;

    /// <param name="about">The expected number of certificates.</param>
    private Inventory(int about) => _found = new(about);

    public IReadOnlyCollection<Found> All => _found.Values;

    public static Inventory Of(FleetSnapshot snapshot)
    {
        var inventory = new Inventory(snapshot.Servers.Count);
        foreach (var server in snapshot.Servers)
        {
            if (server.Facts is not { Certificates: var chain }) continue;
            for (var i = 0; i < chain.Count; i++)
            {
                if (i > 0 && chain[i] == chain[0]) continue; // a second copy of the leaf
                inventory.Add(chain[i], new Place(i == 0 ? CertificateRole.ServerLeaf : CertificateRole.ServerIssuer, server.Key.Target, server.Key.Address));
            }
        }

        foreach (var credential in snapshot.Credentials)
        {
            for (var i = 0; i < credential.Chain.Count; i++)
            {
                var role = i == 0 ? CertificateRole.Credential : CertificateRole.CredentialIssuer;
                inventory.Add(credential.Chain[i], new Place(role, Identity: credential.Identity, Slot: credential.Slot));
            }
        }

        foreach (var trust in snapshot.Trusts)
        {
            foreach (var anchor in trust.Anchors) inventory.Add(anchor, new Place(CertificateRole.TrustAnchor, Trust: trust.Name));
        }

        foreach (var (stored, use) in StoredUses.Of(snapshot.Inventories, snapshot.Servers, snapshot.At))
            inventory.Add(stored.Certificate, new Place(CertificateRole.Stored, Inventory: stored.Inventory, Path: Shown.Text(stored.Path), Use: use));
        return inventory;
    }

    private void Add(Certificate certificate, Place place)
    {
        if (!_found.TryGetValue(certificate, out var found)) _found[certificate] = found = new Found(certificate);
        if (found.Places.Count == 0 || found.Places[^1] != place) found.Places.Add(place); // presented twice
    }

    /// <summary>A certificate and where it is. It does not change after the inventory has been made.</summary>
    internal sealed class Found(Certificate certificate)
    {
        /// <summary>How many names of a certificate are searched; a hostile one has thousands.</summary>
        private const int NamesSearched = 20;

        public Certificate Certificate { get; } = certificate;

        public List<Place> Places { get; } = [];

        public bool Mentions(string word)
        {
            bool Has(string? text) => text is not null && text.Contains(word, StringComparison.OrdinalIgnoreCase);
            return Has(Certificate.Subject) || Has(Certificate.Issuer) || Has(Certificate.Serial) || Has(Certificate.Sha256)
                || Certificate.DnsNames.Take(NamesSearched).Any(Has) || Certificate.IpAddresses.Take(NamesSearched).Any(Has) || Certificate.Uris.Take(NamesSearched).Any(Has)
                || Places.Exists(place => Has(place.Target) || Has(place.Address) || Has(place.Identity) || Has(place.Trust) || Has(place.Inventory) || Has(place.Path));
        }
    }
}

/// <summary>What a certificate is for.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<CertificateRole>))]
internal enum CertificateRole
{
    ServerLeaf,
    ServerIssuer,
    Credential,
    CredentialIssuer,
    TrustAnchor,
    Stored,
}

/// <summary>Where a certificate is; null for what does not apply.</summary>
/// <param name="Use">For a stored certificate: its relation to the probed servers.</param>
internal sealed record Place(
    CertificateRole Role,
    string? Target = null,
    string? Address = null,
    string? Identity = null,
    Slot? Slot = null,
    string? Trust = null,
    string? Inventory = null,
    string? Path = null,
    StoredUse? Use = null);

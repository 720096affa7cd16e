using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>Selects certificates, and sets their order.</summary>
/// <param name="Words">Words that must all occur.</param>
/// <param name="Roles">Empty: all.</param>
/// <param name="Uses">Stored ones with one of these uses at some place; empty: all.</param>
/// <param name="Column">One of <see cref="Columns"/>.</param>
internal sealed record CertificateQuery(ValueList<string> Words, FrozenSet<CertificateRole> Roles, FrozenSet<StoredUse> Uses, string Column, bool Descending)
{
    public const string DefaultColumn = "not_after";

    private static readonly Dictionary<string, Comparison<Inventory.Found>> s_orders = new(StringComparer.Ordinal)
    {
        ["not_after"] = (one, other) => one.Certificate.NotAfter.CompareTo(other.Certificate.NotAfter),
        ["not_before"] = (one, other) => one.Certificate.NotBefore.CompareTo(other.Certificate.NotBefore),
        ["subject"] = (one, other) => string.CompareOrdinal(one.Certificate.Subject, other.Certificate.Subject),
        ["issuer"] = (one, other) => string.CompareOrdinal(one.Certificate.Issuer, other.Certificate.Issuer),
        ["serial"] = (one, other) => string.CompareOrdinal(one.Certificate.Serial, other.Certificate.Serial),
        ["places"] = (one, other) => one.Places.Count.CompareTo(other.Places.Count),
    };

    public static IReadOnlyCollection<string> Columns => s_orders.Keys;

    /// <summary>Equal ones are in the order of their fingerprints.</summary>
    public List<Inventory.Found> Of(Inventory inventory)
    {
        var order = s_orders[Column];
        List<Inventory.Found> chosen = [.. inventory.All.Where(found =>
            (Roles.Count == 0 || found.Places.Exists(place => Roles.Contains(place.Role)))
            && (Uses.Count == 0 || found.Places.Exists(place => place.Use is { } use && Uses.Contains(use))) && Words.All(found.Mentions))];
        chosen.Sort((one, other) =>
        {
            var difference = Descending ? order(other, one) : order(one, other);
            return difference == 0 ? string.CompareOrdinal(one.Certificate.Sha256, other.Certificate.Sha256) : difference;
        });
        return chosen;
    }
}

/// <summary>One page of the certificates.</summary>
internal sealed record CertificatePage(DateTimeOffset Now, string Instance, int Total, int Page, int Limit, IReadOnlyList<FoundCertificate> Certificates)
{
    public static CertificatePage Of(FleetView view, string instance, CertificateQuery query, Paging paging)
    {
        var chosen = query.Of(view.Inventory);
        return new CertificatePage(
            view.Snapshot.At, instance, chosen.Count, paging.Page, paging.Limit, [.. paging.Of(chosen).Select(found => new FoundCertificate(found, view))]);
    }
}

/// <summary>A certificate, and where it is.</summary>
internal sealed record FoundCertificate : SeenCertificate
{
    [SetsRequiredMembers]
    public FoundCertificate(Inventory.Found found, FleetView view)
        : base(found.Certificate, LevelOf(found, view))
    {
        Roles = found.Places.Select(place => place.Role).Distinct().Order().ToValueList();
        PlacesTotal = found.Places.Count;
        Places = found.Places.Take(Shown.Most).ToValueList();
    }

    public required ValueList<CertificateRole> Roles { get; init; }

    public required int PlacesTotal { get; init; }

    /// <summary>The first places.</summary>
    public required ValueList<Place> Places { get; init; }

    /// <summary>By the rule for its place; the credential of an identity that is only there to be refused may expire.</summary>
    private static ExpiryLevel? LevelOf(Inventory.Found found, FleetView view)
    {
        ExpiryLevel? level = null;
        foreach (var place in found.Places)
        {
            if (place.Identity is { } identity && view.IsOnlyRefused(identity)) continue;
            level = ExpiryRule.Worse(level, place.Role == CertificateRole.TrustAnchor ? ExpiryRule.OfAnchor(found.Certificate, view.Snapshot.At) : ExpiryRule.Of(found.Certificate, view.Snapshot.At));
        }

        return level;
    }
}

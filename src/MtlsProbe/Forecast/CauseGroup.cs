using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>Collects the handshakes that depend on the same expiring object.</summary>
internal sealed class CauseGroup(OutlookEnd end)
{
    /// <summary>Octets of the hash that identifies a place.</summary>
    private const int IdLength = 16;

    private const int SourcesKept = 20;

    private readonly List<HandshakeKey> _first = [];
    private readonly List<HandshakeKey> _later = [];

    public OutlookEnd End => end;

    public int Fails => _first.Count;

    private IEnumerable<HandshakeKey> All => _first.Concat(_later);

    public void Add(HandshakeKey handshake, bool isFirst) => (isFirst ? _first : _later).Add(handshake);

    /// <param name="ids">How many causes have each identifier so far, in the order of time.</param>
    public ForecastCause Cause(ForecastSources places, DateTimeOffset now, Dictionary<string, int> ids, int mostPlaces)
    {
        var owners = Owners(places);
        return new ForecastCause
        {
            Id = Id(owners, ids),
            Cause = end.Cause,
            At = end.At,
            Certificate = end.Certificate is { } certificate ? EndingCertificate.Of(certificate) : null,
            RenewalExpected = RenewalExpected(now),
            Fails = _first.Count,
            Total = _first.Count + _later.Count,
            Remedy = Remedies.Of(end, owners.Select(owner => owner.Name).ToValueList(), All.Select(key => key.Target).Distinct().Count()),
            Sources = (end.Place is { } place ? [place] : owners.SelectMany(owner => owner.Sources)).Distinct().Take(SourcesKept).ToValueList(),
            Handshakes = _first.Select(key => Place(key, true)).Concat(_later.Select(key => Place(key, false))).Take(mostPlaces).ToValueList(),
            Owners = owners.Select(owner => owner.Name).ToValueList(),
        };
    }

    private static ForecastPlace Place(HandshakeKey key, bool isFirst) => new(key.Target, key.Address, key.Identity, key.Slot, isFirst);

    /// <summary>The credentials or bundles that contain it; none for what servers present.</summary>
    private List<(string Name, ValueList<string> Sources)> Owners(ForecastSources places) => end.Cause switch
    {
        EndCause.ClientCertificate or EndCause.ClientIssuer =>
            [.. All.Select(key => (key.Identity, key.Slot)).Distinct().Select(one => (Credential(one), places.OfCredential(one.Identity, one.Slot)))],
        EndCause.TrustAnchor or EndCause.Crl =>
            [.. All.Select(key => places.TrustOf.GetValueOrDefault(key.Target, "")).Distinct().Select(name => (name, places.OfTrust(name)))],
        _ => [],
    };

    private static string Credential((string Identity, Slot Slot) one) => one.Slot == Slot.Current ? one.Identity : $"{one.Identity} ({one.Slot.Label()})";

    /// <summary>
    /// An authority is identified by its name, a leaf by its place. If there are several places, the first in alphabetical order is used, so that the
    /// order of the configuration does not matter. If two causes have the same place, such as the old and the new version of an issuer, the first to
    /// expire has the plain identifier. Its successor takes that over when it is gone.
    /// </summary>
    private string Id(List<(string Name, ValueList<string> Sources)> owners, Dictionary<string, int> ids)
    {
        var owner = owners.Select(one => one.Name).Order(StringComparer.Ordinal).FirstOrDefault("");
        var place = end.Cause switch
        {
            EndCause.ClientCertificate => owner,
            EndCause.ServerCertificate => All.Select(key => $"{key.Target}\n{key.Address}").Min(StringComparer.Ordinal),
            EndCause.TrustAnchor or EndCause.Crl => $"{owner}\n{end.Certificate?.Subject ?? end.Place}",
            _ => end.Certificate?.Subject,
        };
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{end.Cause.Label()}\n{place}")).AsSpan(0, IdLength));
        var number = ids[hash] = ids.GetValueOrDefault(hash) + 1;
        return number == 1 ? hash : FormattableString.Invariant($"{hash}-{number}");
    }

    private DateTimeOffset? RenewalExpected(DateTimeOffset now)
    {
        if (end is not { Cause: EndCause.ClientCertificate or EndCause.ServerCertificate, Certificate: { } leaf }) return null;
        var expected = leaf.NotBefore + ((leaf.NotAfter - leaf.NotBefore) * 2 / 3);
        return expected > now ? expected : null;
    }
}

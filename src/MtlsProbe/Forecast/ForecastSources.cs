using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>Where our own certificates come from, as configured.</summary>
/// <param name="TrustOf">Returns the name of the bundle of a target.</param>
internal sealed record ForecastSources(
    IReadOnlyDictionary<string, Identity> Identities, IReadOnlyDictionary<string, TrustSource> Trusts, IReadOnlyDictionary<string, string> TrustOf)
{
    /// <param name="targets">Each has one trust bundle.</param>
    public static ForecastSources Of(IReadOnlyList<Identity> identities, IReadOnlyList<TrustSource> trusts, IReadOnlyList<Target> targets)
    {
        var trustOf = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var target in targets) trustOf[target.Name] = target.Trust;
        return new ForecastSources(
            identities.ToDictionary(identity => identity.Name, StringComparer.Ordinal), trusts.ToDictionary(trust => trust.Name, StringComparer.Ordinal), trustOf);
    }

    /// <summary>The files of a credential, or its other source.</summary>
    public ValueList<string> OfCredential(string name, Slot slot) =>
        Identities.GetValueOrDefault(name) is { } identity && (slot == Slot.Current ? identity.Current : identity.Next) is { } source ? source.Places : [];

    /// <summary>The files of a bundle, or its other source; none for that of the machine.</summary>
    public ValueList<string> OfTrust(string name) => Trusts.GetValueOrDefault(name)?.Places ?? [];
}

using MtlsProbe.Certificates;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>The SPIFFE ID that a server has to have: one of some, or any of a trust domain.</summary>
internal sealed record ServerIdentity
{
    /// <summary>None twice; empty where <see cref="TrustDomain"/> is given.</summary>
    public ValueList<SpiffeId> Ids { get; private init; } = [];

    /// <summary>The name of a trust domain; null where <see cref="Ids"/> has what is wanted.</summary>
    public string? TrustDomain { get; private init; }

    public static ServerIdentity OneOf(params ValueList<SpiffeId> ids) => new() { Ids = ids };

    public static ServerIdentity Of(string trustDomain) => new() { TrustDomain = trustDomain };

    /// <summary>The one trust domain that all of them are in; null where they are in several.</summary>
    public string? OnlyTrustDomain => TrustDomain ?? (Ids.Select(id => id.TrustDomain).Distinct().ToList() is [var only] ? only : null);

    public bool Is(SpiffeId id) => TrustDomain is not null ? id.TrustDomain == TrustDomain : Ids.Contains(id);

    /// <summary>Whether an ID of this trust domain is wanted.</summary>
    public bool IsIn(string trustDomain) => TrustDomain == trustDomain || Ids.Any(id => id.TrustDomain == trustDomain);

    /// <summary>As on series; for a trust domain, its own ID.</summary>
    public IEnumerable<string> Labels => (TrustDomain is { } domain ? [new SpiffeId(domain, "")] : Ids.AsEnumerable()).Select(id => id.ToString());

    /// <summary>For a sentence, cut where there are many.</summary>
    public override string ToString() => TrustDomain is { } domain ? $"an ID of the trust domain {domain.Clip()}"
        : Ids.Count == 1 ? Ids[0].ToString().Clip()
        : $"one of {Ids.Select(id => id.ToString()).Some(Ids.Count)}";
}

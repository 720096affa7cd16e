using MtlsProbe.Certificates;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>The SPIFFE ID that a server must have: one of a list, or any ID of a trust domain.</summary>
internal sealed record ServerIdentity
{
    /// <summary>Without duplicates; empty if <see cref="TrustDomain"/> is set.</summary>
    public ValueList<SpiffeId> Ids { get; private init; } = [];

    /// <summary>The name of a trust domain; null if <see cref="Ids"/> lists the IDs.</summary>
    public string? TrustDomain { get; private init; }

    public static ServerIdentity OneOf(params ValueList<SpiffeId> ids) => new() { Ids = ids };

    public static ServerIdentity Of(string trustDomain) => new() { TrustDomain = trustDomain };

    /// <summary>The trust domain that all of them belong to; null if there is more than one.</summary>
    public string? OnlyTrustDomain => TrustDomain ?? (Ids.Select(id => id.TrustDomain).Distinct().ToList() is [var only] ? only : null);

    public bool Is(SpiffeId id) => TrustDomain is not null ? id.TrustDomain == TrustDomain : Ids.Contains(id);

    /// <summary>Whether IDs of this trust domain are expected.</summary>
    public bool IsIn(string trustDomain) => TrustDomain == trustDomain || Ids.Any(id => id.TrustDomain == trustDomain);

    /// <summary>As they appear on series; for a trust domain, the ID of the domain itself.</summary>
    public IEnumerable<string> Labels => (TrustDomain is { } domain ? [new SpiffeId(domain, "")] : Ids.AsEnumerable()).Select(id => id.ToString());

    /// <summary>For a sentence; shortened if there are many.</summary>
    public override string ToString() => TrustDomain is { } domain ? $"an ID of the trust domain {domain.Clip()}"
        : Ids.Count == 1 ? Ids[0].ToString().Clip()
        : $"one of {Ids.Select(id => id.ToString()).Some(Ids.Count)}";
}

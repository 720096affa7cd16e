using MtlsProbe.Certificates;
using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>The key <c>server_id</c>: a SPIFFE ID, a list of them, or <c>{ trust_domain: NAME }</c>; <c>none</c> takes back what the defaults say.</summary>
internal static class ServerIdGrammar
{
    public const string TrustDomain = "trust_domain";

    /// <summary>Of a list.</summary>
    public const int MostIds = 64;

    private const string None = "none";
    private const string Form = "spiffe://TRUST-DOMAIN/PATH, as in spiffe://cluster.local/ns/shop/sa/payments";

    public static Setting<ServerIdentity>? Read(Section section, string key)
    {
        if (!section.IsList(key)) return section.ReadEither(key, text => text == None ? default : One(text), [TrustDomain], OfDomain);
        return section.ReadList(key, Id) is { } list ? new Setting<ServerIdentity>(ServerIdentity.OneOf(list.Value), list.Valid, list.At, list.In, key) : null;
    }

    /// <summary>What is wrong with a list whose entries are right; null: nothing.</summary>
    public static (string Problem, string? Hint)? Problem(ServerIdentity id) =>
        id.TrustDomain is not null ? null
        : id.Ids.Count == 0 ? ("names no ID", $"{Form}; or leave it out")
        : id.Ids.Count > MostIds ? ($"has more than {MostIds} entries", $"{{ {TrustDomain}: NAME }} stands for every ID of a trust domain")
        : id.Ids.Distinct().Count() < id.Ids.Count ? ("has an entry twice", null)
        : null;

    /// <summary>The ID of a workload.</summary>
    public static Reading<SpiffeId> Id(string text)
    {
        if (SpiffeId.Problem(text) is { } problem)
            return Reading<SpiffeId>.Wrong($"is not a SPIFFE ID: it {problem}", SpiffeId.DomainProblem(text) is null ? $"{Form}; for every ID of a trust domain {{ {TrustDomain}: {text} }} (probe: --server-trust-domain); a DNS name is for server_name" : Form);
        var id = SpiffeId.TryParse(text)!;
        return id.Path.Length > 0 ? id : Reading<SpiffeId>.Wrong("has no path, so that it is the ID of no workload", $"{{ {TrustDomain}: {id.TrustDomain} }} (probe: --server-trust-domain) for every ID of this trust domain; or {Form}");
    }

    /// <summary>The name of a trust domain.</summary>
    public static Reading<string> Domain(string text) =>
        SpiffeId.TryParse(text) is { } id ? Reading<string>.Wrong("is an ID, and not the name of a trust domain", $"the name alone: {id.TrustDomain}")
        : SpiffeId.DomainProblem(text) is { } problem ? Reading<string>.Wrong($"is not the name of a trust domain: it {problem}", "as in prod.example")
        : text;

    private static Reading<ServerIdentity> One(string text)
    {
        var id = Id(text);
        return id.Value is { } known ? ServerIdentity.OneOf(known) : new Reading<ServerIdentity>(null, id.Problem, id.Hint);
    }

    private static ServerIdentity? OfDomain(Section block)
    {
        var domain = block.Read(TrustDomain, Domain);
        if (domain is null && block.IsIntelligible) block.Complain($"has no {TrustDomain}", $"{TrustDomain}: NAME, or {Form}");
        return domain is { Valid: true, Value: { } name } && block.IsIntelligible ? ServerIdentity.Of(name) : null;
    }
}

using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Credentials;

/// <summary>Selects the SVIDs and bundles of a Workload API that a configuration asks for.</summary>
internal static class WorkloadChoices
{
    /// <summary>The first SVID with this ID and this hint; null: any.</summary>
    public static Chosen<Credential> Svid(WorkloadUpdate update, string place, string? id, string? hint)
    {
        var found = update.Svids.FirstOrDefault(svid => (id is null || svid.Id == id) && (hint is null || svid.Hint == hint));
        if (found is not null) return new(new Material<Credential>(found.Credential, found.Fault), IsWithdrawn: false);
        var wanted = (id, hint) switch
        {
            (_, null) => $"the ID {id!.Clip()}",
            (null, _) => $"the hint {hint!.Clip()}",
            _ => $"the ID {id.Clip()} and the hint {hint.Clip()}",
        };
        var others = hint is null || id is not null ? update.Svids.Select(svid => svid.Id) : update.Svids.Where(svid => svid.Hint.Length > 0).Select(svid => svid.Hint);
        return Gone<Credential>($"{place} issues no SVID with {wanted} to this process; it issues {Listed(others)}");
    }

    /// <summary>The bundle of a trust domain; null: that of the first SVID.</summary>
    /// <param name="name">The name of the trust bundle in the configuration.</param>
    /// <param name="before">The bundle in use; it is kept if its anchors are the same.</param>
    public static Chosen<TrustBundle> Bundle(WorkloadUpdate update, string place, string? trustDomain, string name, TrustBundle? before)
    {
        var domain = trustDomain ?? (update.Svids is [{ } first, ..] ? first.TrustDomain : null);
        if (domain is null) return new(new Material<TrustBundle>(null, new MaterialFault(Reasons.BadFormat, $"the first SVID from {place} has no trust domain")), IsWithdrawn: false);
        if (!update.Bundles.TryGetValue(domain, out var bundle)) return Gone<TrustBundle>($"{place} has no bundle of the trust domain {domain}; it has those of {Listed(update.Bundles.Keys.Order(StringComparer.Ordinal))}");
        if (bundle.Fault is { } fault) return new(new Material<TrustBundle>(null, new MaterialFault(Reasons.BadFormat, fault)), IsWithdrawn: false);
        var anchors = new TrustBundle(name, bundle.Anchors);
        return new(new Material<TrustBundle>(before is not null && before.Anchors == anchors.Anchors ? before : anchors, null) { Notes = Notes(update, place) }, IsWithdrawn: false);
    }

    private static Values.ValueList<MaterialNote> Notes(WorkloadUpdate update, string place) => update.Lists == 0 ? [] :
    [
        new MaterialNote($"{place} also sends {Counts.Of(update.Lists, "revocation list")}, which {(update.Lists == 1 ? "is" : "are")} ignored: configure lists under revocation of the trust bundle") { IsWarning = true },
    ];

    private static Chosen<T> Gone<T>(string detail)
        where T : class => new(new Material<T>(null, new MaterialFault(Reasons.NotIssued, detail)), IsWithdrawn: true);

    private static string Listed(IEnumerable<string> names)
    {
        List<string> shown = [.. names.Select(name => VisibleText.Of(name.Clip(), 220, ascii: false))];
        return shown.Count == 0 ? "none" : shown.Some();
    }
}

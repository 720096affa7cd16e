using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>Reads the links of the page. The exporter itself never requests any of them.</summary>
internal static class LinkRules
{
    public static WebLinks Read(Section links) =>
        new(links.Read("prometheus", Base)?.Value, links.Read("grafana", Base)?.Value, links.Read("runbooks", Base)?.Value);

    /// <summary>
    /// Without a final slash. A <c>javascript:</c> URL would run in the reader's browser, and a password would be visible to every reader.
    /// </summary>
    private static Reading<string> Base(string text)
    {
        const string form = "http://HOST/PATH or https://HOST/PATH";
        if (text.Contains('@', StringComparison.Ordinal)) return Reading<string>.Withheld("has a user, and perhaps a password, in its URL, which everybody would see", form);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0 || text.Any(c => c is <= ' ' or > '~')) return Reading<string>.Wrong("is not a URL", form);
        if (url.Scheme is not ("http" or "https")) return Reading<string>.Wrong($"is a URL of {url.Scheme}, which no page opens", form);
        return url.Query.Length + url.Fragment.Length > 0 ? Reading<string>.Wrong("has more than an address (? or #)", form) : url.AbsoluteUri.TrimEnd('/');
    }
}

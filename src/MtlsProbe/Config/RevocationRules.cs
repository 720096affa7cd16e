using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>Reads the block <c>revocation</c> of a trust bundle.</summary>
/// <param name="absolute">Makes a path of the file absolute.</param>
internal sealed class RevocationRules(Func<string, string> absolute)
{
    private const string Hint = "crl: [FILE, URL], from_certificates: true, ocsp: true, or when_unknown: reject";

    private static readonly string[] s_keys = ["crl", "from_certificates", "ocsp", "when_unknown", "proxy"];

    /// <summary>Null where the bundle has no such block, or it is wrong, which is reported.</summary>
    public RevocationSource? Read(Section trust)
    {
        if (trust.Open("revocation", s_keys) is not { } block) return null;
        var lists = block.ReadList("crl", Place);
        var fromCertificates = block.Read("from_certificates", Grammar.Flag);
        var ocsp = block.Read("ocsp", Ocsp);
        var whenUnknown = block.Read("when_unknown", Unknown);
        var proxy = WayGrammar.Proxy(block, "proxy");
        var source = new RevocationSource
        {
            Lists = (lists?.Value ?? []).Distinct().ToValueList(),
            FromCertificates = fromCertificates?.Value ?? false,
            Ocsp = ocsp?.Value,
            WhenUnknown = whenUnknown?.Value ?? WhenUnknown.Accept,
            Proxy = proxy?.Value,
            ProxyIsSaid = proxy is not null,
        };
        var isValid = block.IsIntelligible && lists is null or { Valid: true } && fromCertificates is null or { Valid: true }
            && ocsp is null or { Valid: true } && whenUnknown is null or { Valid: true } && proxy is null or { Valid: true };
        if (isValid && source is { Lists.Count: 0, FromCertificates: false, Ocsp: null, WhenUnknown: WhenUnknown.Accept }) block.Complain("names no evidence", Hint);
        return source;
    }

    /// <summary>The source, fetched through the proxy that all targets of the bundle use unless it configures its own.</summary>
    public static TrustSource WithWay(TrustSource trust, ValueList<Target> targets)
    {
        if (trust.Revocation is not { ProxyIsSaid: false } revocation) return trust;
        var proxies = targets.Where(target => target.Trust == trust.Name).Select(target => target.Way.Proxy).Distinct().Take(2).ToList();
        return proxies is [{ } shared] ? trust with { Revocation = revocation with { Proxy = shared } } : trust;
    }

    /// <summary>The file or URL of a list.</summary>
    private Reading<RevocationPlace> Place(string text)
    {
        if (text.Contains("://", StringComparison.Ordinal)) return Url(text) is { Problem: not null } wrong ? Wrong<RevocationPlace>(wrong) : new RevocationPlace(text, IsUrl: true);
        var path = Grammar.FilePath(text);
        return path.Problem is null ? new RevocationPlace(absolute(text), IsUrl: false) : Wrong<RevocationPlace>(path);
    }

    private static Reading<OcspSource> Ocsp(string text)
    {
        if (text == "false") return default;
        if (text == "true") return new OcspSource(null);
        var url = Url(text);
        return url.Problem is null ? new OcspSource(text)
            : Wrong<OcspSource>(text.Contains("://", StringComparison.Ordinal) || url.IsWithheld ? url : url with { Problem = "is neither true, false nor the URL of a responder" });
    }

    private static Reading<WhenUnknown> Unknown(string text) => text switch
    {
        "accept" => WhenUnknown.Accept,
        "reject" => WhenUnknown.Reject,
        _ => Reading<WhenUnknown>.Wrong("is neither accept nor reject"),
    };

    /// <summary>A URL that HTTP can fetch without sending a secret.</summary>
    private static Reading<string> Url(string text)
    {
        const string form = "http://HOST/PATH or https://HOST/PATH";
        if (Grammar.FilePath(text) is { Problem: not null } wrong) return wrong;
        if (text.Contains('@', StringComparison.Ordinal)) return Reading<string>.Withheld("has a user, and perhaps a password, in its URL", "lists are public: name a place that asks for no password");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0 || text.Any(c => c is <= ' ' or > '~')) return Reading<string>.Wrong("is not a URL", form);
        if (url.Scheme is not ("http" or "https")) return Reading<string>.Wrong($"has the scheme {url.Scheme}, which is not supported", form);
        return url.Fragment.Length > 0 ? Reading<string>.Wrong("has a fragment (#), which is never sent to a server", form) : text;
    }

    private static Reading<T> Wrong<T>(Reading<string> reading) => new(default, reading.Problem, reading.Hint) { IsWithheld = reading.IsWithheld };
}

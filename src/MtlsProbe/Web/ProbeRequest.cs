using System.Globalization;
using MtlsProbe.Model;

namespace MtlsProbe.Web;

/// <summary>What a request to <c>/probe</c> asks for.</summary>
/// <param name="Timeout">For the whole probe.</param>
/// <param name="Debug">Whether the answer is a diagnosis rather than metrics.</param>
internal sealed record ProbeRequest(Target Target, TimeSpan Timeout, bool Debug)
{
    private const string TimeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds";

    /// <summary>Kept free of the scraper's timeout, so that the answer is there before it gives up.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LeastTimeout = TimeSpan.FromMilliseconds(100);

    /// <summary>Exactly one of the two is null.</summary>
    public static (ProbeRequest? Request, Refusal? Refusal) Read(Microsoft.AspNetCore.Http.HttpRequest http, Configuration configuration)
    {
        var query = http.Query;
        if (query["target"].ToString() is not { Length: > 0 } name)
            return (null, new(StatusCodes.Status400BadRequest, "Say which target: /probe?target=NAME, with a name of the configuration."));

        var target = configuration.Targets.FirstOrDefault(target => target.Name == name);
        if (target is null && HostPort.TryParse(name) is { } address)
        {
            if (!configuration.AllowFreeTargets)
            {
                return (null, new(StatusCodes.Status403Forbidden,
                    "Only targets of the configuration are probed here: a probe shows a credential. web.allow_free_targets: true allows any address."));
            }

            target = Free(name, address, query, configuration);
        }

        return target is null
            ? (null, new(StatusCodes.Status404NotFound, "No target, identity or trust bundle of that name is configured; / lists the targets."))
            : (new ProbeRequest(target, TimeoutFor(target, http.Headers[TimeoutHeader]), query["debug"] == "true"), null);
    }

    /// <summary>An address that is not configured, with the identity and the trust bundle that the request names; null where one is unknown.</summary>
    private static Target? Free(string name, HostPort address, IQueryCollection query, Configuration configuration)
    {
        var identity = query["identity"].ToString() is { Length: > 0 } i ? i : Identity.None;
        var trust = query["trust"].ToString() is { Length: > 0 } t ? t : TrustSource.System;
        var known = (identity == Identity.None || configuration.Identities.Any(candidate => candidate.Name == identity))
            && (trust == TrustSource.System || configuration.Trusts.Any(candidate => candidate.Name == trust));
        return !known ? null : new Target
        {
            Name = name,
            Address = address,
            ServerName = query["server_name"].ToString() is { Length: > 0 } server && Uri.CheckHostName(server) != UriHostNameType.Unknown ? server : address.Host,
            Protocol = query["protocol"] == "tls" ? Protocol.Tls : Protocol.Https,
            Identity = identity,
            Trust = trust,
        };
    }

    /// <summary>The target's own, or less where the scraper says that it will not wait so long.</summary>
    private static TimeSpan TimeoutFor(Target target, string? scrapeTimeout)
    {
        if (!double.TryParse(scrapeTimeout, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            || !(seconds > 0 && seconds < TimeSpan.FromDays(1).TotalSeconds)) return target.Timeout;
        var patience = TimeSpan.FromSeconds(seconds) - Margin;
        if (patience < LeastTimeout) patience = LeastTimeout;
        return patience < target.Timeout ? patience : target.Timeout;
    }
}

/// <summary>Why a request is not served.</summary>
internal sealed record Refusal(int Status, string Sentence);

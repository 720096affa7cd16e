using System.Globalization;
using MtlsProbe.Api;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Web;

/// <summary>The parameters of a request to <c>/probe</c>.</summary>
/// <param name="Timeout">The limit for the whole probe.</param>
/// <param name="Debug">Whether to answer with a diagnosis instead of metrics.</param>
internal sealed record ProbeRequest(Target Target, TimeSpan Timeout, bool Debug)
{
    private const string TimeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds";

    /// <summary>Subtracted from the scraper's timeout, so that the answer arrives before the scraper gives up.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LeastTimeout = TimeSpan.FromMilliseconds(100);

    /// <summary>Exactly one of the two is null.</summary>
    public static (ProbeRequest? Request, Refusal? Refusal) Read(HttpRequest http, Configuration configuration, Protocols protocols)
    {
        var query = http.Query;
        if (query["target"].ToString() is not { Length: > 0 } name)
            return (null, new(StatusCodes.Status400BadRequest, "Name the target: /probe?target=NAME, with a name of the configuration."));

        var target = configuration.Targets.FirstOrDefault(target => target.Name == name);
        Refusal? refusal = null;
        if (target is null)
        {
            (target, refusal) = configuration.AllowFreeTargets ? FreeTarget.Read(name, query, configuration, protocols)
                : HostPort.TryParse(name) is not null ? (null, new(StatusCodes.Status403Forbidden,
                    "Only targets of the configuration are probed here, because a probe presents a credential. web.allow_free_targets: true allows any address."))
                : (null, new(StatusCodes.Status404NotFound, "No target with that name is configured; / lists the targets."));
        }

        return target is null ? (null, refusal) : (new ProbeRequest(target, TimeoutFor(target, http.Headers[TimeoutHeader]), query["debug"] == "true"), null);
    }

    /// <summary>The target's own timeout, or less if the scraper's timeout is shorter.</summary>
    private static TimeSpan TimeoutFor(Target target, string? scrapeTimeout)
    {
        if (!double.TryParse(scrapeTimeout, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            || !(seconds > 0 && seconds < TimeSpan.FromDays(1).TotalSeconds)) return target.Timeout;
        var patience = TimeSpan.FromSeconds(seconds) - Margin;
        if (patience < LeastTimeout) patience = LeastTimeout;
        return patience < target.Timeout ? patience : target.Timeout;
    }
}

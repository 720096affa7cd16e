using MtlsProbe.Values;

namespace MtlsProbe.Web;

/// <summary>Where and how HTTP is served.</summary>
internal sealed record WebOptions
{
    public required ValueList<ListenAddress> Listen { get; init; }

    /// <summary>TLS, passwords and headers, in the format of exporter-toolkit; the default is plain HTTP.</summary>
    public WebConfiguration Configuration { get; init; } = new();

    /// <summary>The time limit for the head of a request, which fits in one packet.</summary>
    public TimeSpan HeadPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection can wait for its next request; a client that scrapes once a minute keeps its connection.</summary>
    public TimeSpan IdlePatience { get; init; } = TimeSpan.FromSeconds(75);
}

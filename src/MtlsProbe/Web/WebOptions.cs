using MtlsProbe.Values;

namespace MtlsProbe.Web;

/// <summary>Where and how HTTP is served.</summary>
internal sealed record WebOptions
{
    public required ValueList<ListenAddress> Listen { get; init; }

    /// <summary>TLS, passwords and headers, as exporter-toolkit configures them; the default is plain HTTP.</summary>
    public WebConfiguration Configuration { get; init; } = new();
}

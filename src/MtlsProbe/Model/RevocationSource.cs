using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>Where a trust bundle gets evidence of revocation, as configured. No other source is ever contacted.</summary>
internal sealed record RevocationSource
{
    /// <summary>Revocation lists, in the order of the file, each once.</summary>
    public ValueList<RevocationPlace> Lists { get; init; } = [];

    /// <summary>Whether the distribution points of certificates that servers present are fetched as well.</summary>
    public bool FromCertificates { get; init; }

    /// <summary>Null: no OCSP responder is asked.</summary>
    public OcspSource? Ocsp { get; init; }

    /// <summary>How to judge a chain with a certificate of unknown status.</summary>
    public WhenUnknown WhenUnknown { get; init; } = WhenUnknown.Accept;

    /// <summary>The proxy for all fetches; null: direct connections.</summary>
    public ProxyServer? Proxy { get; init; }

    /// <summary>Whether the configuration sets this, and the proxy of the targets is therefore not used.</summary>
    public bool ProxyIsSaid { get; init; }
}

/// <summary>The place of one revocation list.</summary>
/// <param name="Name">An absolute path, or a URL with http or https.</param>
internal sealed record RevocationPlace(string Name, bool IsUrl)
{
    public override string ToString() => Name;
}

/// <summary>OCSP responders may be asked.</summary>
/// <param name="Responder">The responder to ask; null: the one that the certificate names.</param>
internal sealed record OcspSource(string? Responder);

/// <summary>How to judge a chain with a certificate of unknown revocation status.</summary>
internal enum WhenUnknown
{
    /// <summary>The unknown status is ignored, as in most clients.</summary>
    Accept,

    /// <summary>The chain is not trusted.</summary>
    Reject,
}

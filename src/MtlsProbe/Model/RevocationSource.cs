using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>Where a trust bundle learns which certificates have been revoked, as configured. What is not named here is never asked.</summary>
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

    /// <summary>The way to whatever is fetched; null: the straight one.</summary>
    public ProxyServer? Proxy { get; init; }

    /// <summary>Whether the configuration says the way, so that the proxy of the targets is not taken.</summary>
    public bool ProxyIsSaid { get; init; }
}

/// <summary>The place of one revocation list.</summary>
/// <param name="Name">An absolute path, or a URL with http or https.</param>
internal sealed record RevocationPlace(string Name, bool IsUrl)
{
    public override string ToString() => Name;
}

/// <summary>OCSP responders may be asked.</summary>
/// <param name="Responder">The one to ask; null: the one that the certificate names.</param>
internal sealed record OcspSource(string? Responder);

/// <summary>How to judge a chain with a certificate of unknown revocation status.</summary>
internal enum WhenUnknown
{
    /// <summary>It is ignored, as in most clients.</summary>
    Accept,

    /// <summary>It is not trusted.</summary>
    Reject,
}

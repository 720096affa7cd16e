using MtlsProbe.EndToEnd.Servers;
using MtlsProbe.EndToEnd.Truth;

namespace MtlsProbe.EndToEnd.Rotation;

/// <summary>One port of a server, tried in one version of TLS.</summary>
internal sealed record Place(Endpoint Endpoint, string Version)
{
    /// <summary>Both versions, or the only one of the port.</summary>
    public static IEnumerable<Place> Of(Endpoint endpoint) =>
        endpoint.Version is { } version ? [new Place(endpoint, version)] : [new Place(endpoint, "1.2"), new Place(endpoint, "1.3")];

    public string Target => $"{Endpoint.Server}-{Version.Replace(".", "", StringComparison.Ordinal)}-{Endpoint.Certificate}";

    /// <summary>How this server refuses an unknown issuer, and the number of the alert.</summary>
    public (string Reason, bool Alert) UnknownIssuer
    {
        get
        {
            var verdict = ClientCredentialTable.Cases.First(c => (c.Server, c.Version, c.Credential) == (Endpoint.Server, Version, "wrong_ca")).Verdict.Split(' ');
            return (verdict[2], verdict.Length > 3);
        }
    }

    /// <summary>.NET checks no revocation unless it has lists; this server has none.</summary>
    public bool ChecksRevocation => Endpoint.Server != "kestrel-https";
}

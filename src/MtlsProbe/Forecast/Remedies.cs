using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>What to renew, and where, as a sentence. Pure.</summary>
internal static class Remedies
{
    /// <param name="owners">Identities or trust bundles; empty for what servers present.</param>
    /// <param name="targets">How many targets depend on it.</param>
    public static string Of(OutlookEnd end, ValueList<string> owners, int targets) => end.Cause switch
    {
        EndCause.ClientCertificate => $"Renew the client certificate of {owners.Some(owners.Count)} at its source.",
        EndCause.ClientIssuer =>
            $"Let the servers trust the successor of {Name(end)} first; then have the client certificate of {owners.Some(owners.Count)} issued below it. If only the authority's certificate is renewed, with the same name and key, servers and our file need the new one.",
        EndCause.ServerCertificate => targets == 1 ? "Renew the certificate of this server and reload it." : "Renew the certificate of these servers and reload them.",
        EndCause.ServerIssuer => $"Have the certificate of {Name(end)} renewed, or the servers' certificates issued by its successor, and let the servers send it.",
        EndCause.TrustAnchor => $"Add the successor of {Name(end)} to the trust bundle {owners.Some(owners.Count)}, and let the servers present a chain that leads to it.",
        _ => $"Have a new revocation list issued: without a current one, the trust bundle {owners.Some(owners.Count)} trusts no server (when_unknown: reject).",
    };

    private static string Name(OutlookEnd end) => Shown.Name(end.Certificate?.Subject ?? "the authority");
}

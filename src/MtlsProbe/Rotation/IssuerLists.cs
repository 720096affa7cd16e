using MtlsProbe.Model;

namespace MtlsProbe.Rotation;

/// <summary>Whether the servers' lists of acceptable issuers (RFC 8446 §4.2.4) name the issuer of the new credential.</summary>
internal static class IssuerLists
{
    /// <param name="issuerChanged">Whether the new credential has another issuer than the current one.</param>
    public static IEnumerable<PreflightWarning> Warnings(ProbedServers probed, string issuer, bool issuerChanged)
    {
        var lacking = probed.Servers.Where(server => Acceptable(server.Next) is false && (issuerChanged || Acceptable(server.Current) is true)).ToList();
        if (lacking.Count == 0) yield break;
        var naming = probed.Servers.Count(server => Acceptable(server.Next) is true);
        var silent = probed.Servers.Count(server => server.Next?.ClientCertificate is { Requested: true } && Acceptable(server.Next) is null);
        yield return new("issuer_not_listed", FormattableString.Invariant(
            $"the CA list of {lacking.Count:N0} of {probed.Servers.Count:N0} servers does not lead to {issuer}: {ProbedServer.Names(lacking, probed.Servers)} ({naming:N0} name it, {silent:N0} send no list); clients that choose a credential by that list will not send this one"));
    }

    private static bool? Acceptable(ProbeResult? result) => result?.ClientCertificate?.IssuerAcceptable;
}

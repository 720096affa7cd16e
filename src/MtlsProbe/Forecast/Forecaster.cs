using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>
/// When an accepted handshake fails by itself, and by what. Pure but for what the judge of chains has: signatures that were checked, and what is known of revocation.
/// Thread-safe.
/// </summary>
internal sealed class Forecaster(ChainJudge judge)
{
    private readonly ServerEnds _server = new(judge);
    private readonly ClientEnds _client = new(judge.Signatures);

    /// <param name="result">Of a probe that has just been made.</param>
    /// <param name="credential">The chain that it had to show, leaf first; empty for none.</param>
    /// <param name="trust">The bundle by which the server's chain was judged.</param>
    /// <param name="known">Every trust bundle that is loaded.</param>
    /// <returns>
    /// Null where the handshake fails now, where it has to be refused (a credential that is refused today is refused when it has expired), and
    /// where no path of the server's chain is found to be good: then what it rests on is not known, whatever is known of our side.
    /// </returns>
    public Outlook? Of(ProbeResult result, ValueList<Certificate> credential, TrustBundle trust, IReadOnlyCollection<TrustBundle> known)
    {
        if (result is not { Expect: Expectation.Accept, Outcome: Outcome.Accepted }) return null;
        var staple = result.Chain?.Revocation.Where(line => line is { Source: EvidenceSource.Staple, Status: RevocationStatus.Good }).ToValueList() ?? [];
        var server = _server.Of(result.ServerCertificates, trust, result.At, staple);
        if (server.Count == 0) return null;
        var client = result.ClientCertificate is { Presented: not null } asked ? _client.Of(credential, asked.AcceptableIssuers, known, result.At) : [];
        return new Outlook(Above(client).Concat(Above(server)).OrderBy(end => end.At).Take(Outlook.Most).ToValueList());
    }

    /// <summary>What stands above first, so that of certificates that end together the uppermost is named.</summary>
    private static IEnumerable<OutlookEnd> Above(IEnumerable<OutlookEnd> path) => path.Reverse();
}

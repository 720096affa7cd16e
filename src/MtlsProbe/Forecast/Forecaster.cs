using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>
/// When an accepted handshake will fail, and why. Pure except for the chain judge's state (verified signatures and evidence of revocation) and for
/// paths that are kept, which change no answer. Thread-safe.
/// </summary>
internal sealed class Forecaster(ChainJudge judge)
{
    private readonly ServerEnds _server = new(judge);
    private readonly ClientEnds _client = new(judge.Signatures);

    /// <param name="result">The result of a probe that has just been made.</param>
    /// <param name="credential">The chain of its credential, leaf first; empty if there is none.</param>
    /// <param name="trust">The bundle with which the server's chain was judged.</param>
    /// <param name="known">Every trust bundle that is loaded.</param>
    /// <returns>
    /// Null if the handshake fails now; if it must be refused (a credential that is refused today is also refused when it has expired); or if the
    /// server's chain has no valid path, because then it is not known what the handshake depends on.
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

    /// <summary>The topmost first, so it is the one that is named if several expire together.</summary>
    private static IEnumerable<OutlookEnd> Above(IEnumerable<OutlookEnd> path) => path.Reverse();
}

using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Verdicts;

/// <summary>
/// If a replica refuses what another replica of the same target accepts, the two differ, or were presented different certificates. Either fact is
/// worth more than any guess.
/// </summary>
internal static class ReplicaAdvice
{
    /// <param name="others">The last results of the same target and credential at other addresses.</param>
    public static ProbeResult Of(ProbeResult result, IEnumerable<ProbeResult> others)
    {
        if (result is not { Expect: Expectation.Accept, Outcome: Outcome.Rejected, Failure: { } failure, ClientCertificate.Presented: { } shown }) return result;
        var accepting = others.Where(other => other is { Outcome: Outcome.Accepted, ClientCertificate.Presented: not null }).ToList();
        var other = accepting.Find(other => other.ClientCertificate!.Presented == shown) ?? accepting.FirstOrDefault();
        if (other?.ClientCertificate?.Presented is not { } accepted) return result;

        var same = accepted == shown;
        var fact = same
            ? new KnownFact(
                $"Replica {other.Address} accepts the same certificate, so the fault is at this replica: compare its client trust store and its clock, and reload it.",
                $"replica {other.Address} accepts the same certificate")
            : new KnownFact(
                $"Replica {other.Address} accepts another certificate of this identity, serial {accepted.Serial} from {accepted.Issuer.Clip()}; this one was shown serial {shown.Serial} from {shown.Issuer.Clip()}. Compare the two, and what the replicas trust.",
                $"replica {other.Address} accepts another certificate of this identity, serial {accepted.Serial}");
        return result with
        {
            Failure = failure with
            {
                Detail = $"{failure.Detail}; replica {other.Address} accepts serial {accepted.Serial}{(same ? ", which is the same certificate" : "")}",
                Hint = failure.Hint == failure.Reason.Hint ? fact.Sentence : $"{failure.Hint} Also, {fact.Short}.",
            },
        };
    }

    /// <summary>The results of one survey, in their order.</summary>
    public static IReadOnlyList<ProbeResult> Of(IReadOnlyList<ProbeJob> jobs, IReadOnlyList<ProbeResult> results)
    {
        var replicas = jobs.Zip(results).ToLookup(pair => Group(pair.First.Key), pair => (pair.First.Key.Address, Result: pair.Second));
        return [.. jobs.Zip(results, (job, result) =>
            Of(result, replicas[Group(job.Key)].Where(other => other.Address != job.Key.Address).Select(other => other.Result)))];
    }

    /// <summary>The common key of the replicas of a target.</summary>
    public static HandshakeKey Group(HandshakeKey key) => key with { Address = "" };
}

using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Verdicts;

/// <summary>
/// A server that closes without an alert may refuse, or its backend may be down. One that refuses in its own protocol may mean the certificate, or
/// require a password from every client. Either proves a refusal only while the same server accepts the credential that it must accept.
/// </summary>
internal static class Corroboration
{
    /// <summary>The result of a credential that must be refused, judged together with those that must be accepted at the same address.</summary>
    /// <param name="isAccepted">Whether one of them was accepted at the last probe.</param>
    public static ProbeResult Of(ProbeResult result, bool isAccepted)
    {
        if (isAccepted || result is not { Expect: Expectation.Reject, Outcome: Outcome.Rejected, Evidence: Evidence.Closed or Evidence.ProtocolAnswer }) return result;
        var detail = result.Evidence == Evidence.Closed
            ? "the server closed without an alert, and it accepts no credential at the moment: it may be down rather than refusing"
            : "the server refused the credential in its own protocol, and it accepts no credential at the moment: it may answer every client like this";
        return result with { Outcome = Outcome.Unconfirmed, Success = false, Failure = new Failure(Phase.Confirm, Reasons.NoConfirmation, null, detail) };
    }

    /// <summary>The results of one survey, in their order.</summary>
    public static IReadOnlyList<ProbeResult> Of(IReadOnlyList<ProbeJob> jobs, IReadOnlyList<ProbeResult> results)
    {
        var accepting = jobs.Zip(results)
            .Where(pair => pair.First.Key.Expect == Expectation.Accept && pair.Second.Outcome == Outcome.Accepted)
            .Select(pair => pair.First.Key.Server)
            .ToHashSet();
        return [.. jobs.Zip(results, (job, result) => Of(result, accepting.Contains(job.Key.Server)))];
    }
}

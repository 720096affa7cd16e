using MtlsProbe.Certificates;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Verdicts;

/// <summary>
/// Mentions a wrong clock if dates are decisive: the server's, from its last answer. A certificate that is valid by only one of the two clocks takes
/// precedence over other hints.
/// </summary>
internal static class ClockAdvice
{
    /// <param name="known">The server's clock, from an earlier answer; null if it is not known.</param>
    public static ProbeResult Of(ProbeResult result, ServerClock? known)
    {
        if (result is not { Expect: Expectation.Accept, Failure: { } failure } || (result.ServerClock ?? known) is not { IsOff: true } clock) return result;
        return Sentence(result, failure, clock) is { } sentence ? result with { Failure = failure with { Hint = $"{sentence} {failure.Hint}" } } : result;
    }

    /// <summary>The results of one survey, in order: the server's clock from one handshake applies to the others.</summary>
    public static IReadOnlyList<ProbeResult> Of(IReadOnlyList<ProbeJob> jobs, IReadOnlyList<ProbeResult> results)
    {
        var clocks = new Dictionary<ServerKey, ServerClock>();
        foreach (var (job, result) in jobs.Zip(results))
        {
            if (result.ServerClock is { } clock) clocks[job.Key.Server] = clock;
        }

        return clocks.Count == 0 ? results : [.. jobs.Zip(results, (job, result) => Of(result, clocks.GetValueOrDefault(job.Key.Server)))];
    }

    private static string? Sentence(ProbeResult result, Failure failure, ServerClock clock) => failure.Class switch
    {
        FailureClass.ClientCertificate when result.ClientCertificate?.Presented is { } ours => OfOurs(ours, result.At, failure, clock),
        FailureClass.ServerCertificate when failure.Reason == Reasons.Expired || failure.Reason == Reasons.NotYetValid => OfTheirs(result, clock),
        _ => null,
    };

    private static string? OfOurs(Certificate ours, DateTimeOffset at, Failure failure, ServerClock clock)
    {
        var theirs = clock.Read(at);
        if (at <= ours.NotAfter && theirs > ours.NotAfter) return $"By the server's clock, which was {clock.Sentence}, our certificate has expired. One of the two clocks is wrong: compare both with a third one.";
        if (at >= ours.NotBefore && theirs < ours.NotBefore) return $"By the server's clock, which was {clock.Sentence}, our certificate is not valid yet. One of the two clocks is wrong: compare both with a third one.";
        return failure.Reason == Reasons.CertificateExpired ? $"The server's clock was {clock.Sentence}." : null;
    }

    private static string OfTheirs(ProbeResult result, ServerClock clock)
    {
        var theirs = clock.Read(result.At);
        return result.ServerCertificates is { Count: > 0 } chain && chain.All(certificate => theirs >= certificate.NotBefore && theirs <= certificate.NotAfter)
            ? $"By the server's clock, which was {clock.Sentence}, all certificates that it presents are valid. First compare both clocks with a third one."
            : $"The server's clock was {clock.Sentence}: compare both with a third one.";
    }
}

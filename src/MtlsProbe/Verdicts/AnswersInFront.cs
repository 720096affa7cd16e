using MtlsProbe.Handshake;

namespace MtlsProbe.Verdicts;

/// <summary>
/// HTTP answers that may come from somebody in front of the service, and so do not show that the service lets the client in. They
/// matter for a credential that has to be refused: <c>docs/http.md</c> has the table.
/// </summary>
internal static class AnswersInFront
{
    /// <summary>What to do where such an answer leaves enforcement unknown.</summary>
    public const string Hint =
        "Set http.path of this target to one that the service itself answers, or mend what stands behind the proxy; until then nothing shows whether it refuses.";

    /// <summary>Why the answer does not show that the client was let in; null where it does.</summary>
    public static string? Of(Observation seen) => (seen.Ending.Http?.Status, seen.Asked) switch
    {
        (401 or 403, true) => "it may be a refusal of the client, but expect_status lists it as success",
        (407, _) => "a proxy in front wants to know who asks before it passes anything on, so that the service was not reached",
        (502 or 504, false) => "a proxy in front, which asked for no certificate, did not get an answer from the service",
        // haproxy says 503 as well to those for whom it has no backend: use_backend … if { ssl_c_used }.
        (503, _) => "nobody behind this address took the request, which may be for want of a service or of a certificate",
        _ => null,
    };
}

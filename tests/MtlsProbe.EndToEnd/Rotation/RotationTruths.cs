using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Rotation;

/// <summary>What the series must say about a rotation at one moment, for each server.</summary>
internal static class RotationTruths
{
    /// <summary>A slot is staged with a credential, which the server accepts or does not know.</summary>
    public static IEnumerable<Truth> Slot(Place place, string slot, Issued credential, bool accepted)
    {
        var (target, identity) = (place.Target, place.Endpoint.Certificate);
        yield return Is(accepted ? 1 : 0, "mtlsprobe_client_certificate_accepted");
        yield return Is(1, "mtlsprobe_presented_serial_info", ("side", "client"), ("serial", credential.Serial));
        if (!accepted)
        {
            var (reason, alert) = place.UnknownIssuer;
            yield return Is(1, "mtlsprobe_failure_info", ("class", "client_certificate"), ("reason", reason), ("alert", alert ? reason : ""));
        }

        Truth Is(double value, string name, params ReadOnlySpan<(string Name, string Value)> labels) =>
            Truth.Value(target, identity, slot, value, name, [("identity", identity), ("slot", slot), .. labels]);
    }

    /// <summary>The content of the files of a slot; null: none, the slot is not staged.</summary>
    public static IEnumerable<Truth> Loaded(RotationPlan plan, string slot, Issued? credential)
    {
        (string, string)[] labels = [("identity", plan.Name), ("slot", slot)];
        yield return Of("identity_loaded", metrics => metrics.Value("mtlsprobe_identity_loaded", labels) == (credential is null ? null : 1));
        yield return Of("client_certificate_info", metrics =>
            metrics.All("mtlsprobe_client_certificate_info", [.. labels, ("position", "leaf")]).Select(series => series.Labels["serial"])
                .SequenceEqual(credential is null ? [] : [credential.Serial]));
        yield return Of("not_after", metrics =>
            metrics.Value("mtlsprobe_client_certificate_not_after_timestamp_seconds", [.. labels, ("position", "leaf")]) == credential?.NotAfter.ToUnixTimeSeconds());

        Truth Of(string sentence, Func<MetricsText, bool> holds) => new("", plan.Name, slot, sentence, holds);
    }

    /// <summary>The slot has no series.</summary>
    public static Truth NotStaged(Place place) => new(
        place.Target, place.Endpoint.Certificate, "next", "no series of the slot",
        metrics => !metrics.All("mtlsprobe_handshakes_total", ("target", place.Target), ("slot", "next")).Any());

    /// <summary>The old credential is refused, or it is not.</summary>
    public static Truth Enforced(Place place, string identity, bool enforced) =>
        Truth.Value(place.Target, identity, "current", enforced ? 1 : 0, "mtlsprobe_rejection_enforced", [("identity", identity)]);

    /// <summary>
    /// No handshake with the credential in use has failed or was refused. A handshake that a busy machine had to leave undecided is neither.
    /// </summary>
    public static Truth NeverFailed(Place place) => new(
        place.Target, place.Endpoint.Certificate, "current", "no failure", metrics =>
        {
            (string, string)[] labels = [("target", place.Target), ("identity", place.Endpoint.Certificate), ("slot", "current")];
            var open = metrics.Value("mtlsprobe_handshakes_total", [.. labels, ("outcome", "unconfirmed")]);
            var accepted = metrics.Value("mtlsprobe_handshakes_total", [.. labels, ("outcome", "accepted")]);
            return accepted > 0
                && accepted + open == metrics.Sum("mtlsprobe_handshakes_total", labels)
                && metrics.Sum("mtlsprobe_handshake_failures_total", labels) == open;
        });
}

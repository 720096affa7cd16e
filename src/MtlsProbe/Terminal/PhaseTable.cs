using System.Globalization;
using MtlsProbe.Model;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Terminal;

/// <summary>How far the probe got, and how long each phase took.</summary>
internal static class PhaseTable
{
    public static void Write(ProbeResult result, Pen pen)
    {
        pen.Section("How far it got");
        var failed = result.Failure?.Phase;
        foreach (var phase in Enum.GetValues<Phase>())
        {
            var seconds = result.Timings[phase];
            if (seconds is null && phase != failed && IsOptional(phase)) continue;
            var sign = phase == failed ? pen.Cross : seconds is null ? pen.Dot : pen.Tick;
            var time = seconds is { } known ? Milliseconds(known) : phase == failed ? "" : phase > failed && result.Outcome != Outcome.Accepted ? "not reached" : "not needed";
            pen.Line($"  {sign} {phase.Label(),-11} {time,11}   {Remark(result, phase, pen)}");
        }

        pen.Line($"    {"total",-11} {Milliseconds(result.Timings.Total),11}");
    }

    /// <summary>Phases that many probes do not have; they are shown if they ran or failed.</summary>
    private static bool IsOptional(Phase phase) => phase is Phase.Identity or Phase.Proxy or Phase.Starttls or Phase.Application;

    private static string Milliseconds(double seconds) => (seconds * 1000).ToString("N1", CultureInfo.InvariantCulture) + " ms";

    private static string Remark(ProbeResult result, Phase phase, Pen pen) => phase switch
    {
        _ when result.Failure is { } failure && failure.Phase == phase => failure.Alert is { } alert
            ? $"{failure.Reason.Label}: the server sent alert {alert}"
            : failure.Reason.Label,
        Phase.Connect when result.Remote is { } remote => pen.Safe(remote),
        Phase.Proxy when result.Way?.Proxy is { } proxy => pen.Safe(proxy),
        Phase.Handshake when result.Tls is { } tls =>
            $"TLS {pen.Safe(tls.Version)}, {pen.Safe(tls.Cipher)}" + (tls.Alpn is { } alpn ? $", ALPN {pen.Safe(alpn, 40)}" : ""),
        Phase.Confirm when result.Evidence is Evidence.HttpStatus or Evidence.ProtocolAnswer || result.Failure is { Phase: Phase.Application } => "the answer decides",
        Phase.Confirm when result.Evidence is { } evidence => EvidenceText.Of(evidence, result.Failure?.Alert),
        Phase.Confirm when result.Failure?.Class == FailureClass.ServerCertificate => "no refusal seen; no request is sent to a server that we do not trust",
        Phase.Application when result.Evidence is { } evidence => EvidenceText.Of(evidence, result.Failure?.Alert),
        _ => "",
    };
}

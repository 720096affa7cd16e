using MtlsProbe.Model;

namespace MtlsProbe.Verdicts;

/// <summary>The change since the last result, as text for a log line, and its log level.</summary>
internal static class ChangeWords
{
    /// <param name="before">Null for the first result.</param>
    public static (LogLevel Level, string Text) Of(ProbeResult? before, ProbeResult result)
    {
        if (before is not null && StateChange.IsSameState(before, result)) return (LogLevel.Debug, Unchanged(result));
        if (TakesTurns(before, result)) return (LogLevel.Debug, Acceptance(before, result));
        if (result.Expect == Expectation.Reject && IsToldByOthers(result.Failure)) return (LogLevel.Debug, Enforcement(before, result));
        var level = result.Failure is null ? LogLevel.Information : LogLevel.Warning;
        return (level, result.Expect == Expectation.Reject ? Enforcement(before, result) : Acceptance(before, result));
    }

    /// <summary>The server does not respond to any credential: the handshake that it must accept already shows this, and one message is enough.</summary>
    private static bool IsToldByOthers(Failure? failure) =>
        failure?.Class is FailureClass.Network or FailureClass.Protocol or FailureClass.ServerCertificate or FailureClass.Application;

    /// <summary>Replicas behind one address, some of which serve the expected certificate: logged once as such, and not each time.</summary>
    private static bool TakesTurns(ProbeResult? before, ProbeResult result) =>
        result.Leaves is { InTurn: true } && before is not null
        && ((before.Success && IsUnexpected(result)) || (IsUnexpected(before) && result.Success));

    private static string Unchanged(ProbeResult result) => result switch
    {
        { Expect: Expectation.Reject, Failure: null } => "still refuses, as required,",
        { Expect: Expectation.Reject, Failure.Class: FailureClass.Enforcement } => "still lets in what it must refuse",
        { Expect: Expectation.Reject } => "still does not show whether it refuses",
        { Failure: null } => "still works",
        _ when IsUnexpected(result) => "still serves an unexpected certificate",
        _ when IsNotRequested(result) => "still asks for no client certificate",
        _ => "still fails",
    };

    private static string Acceptance(ProbeResult? before, ProbeResult result) => (before, result.Failure) switch
    {
        _ when IsUnexpected(result) => "serves an unexpected certificate",
        ({ ClientCertificate.Requested: true }, _) when IsNotRequested(result) => "no longer asks for a client certificate",
        _ when IsNotRequested(result) => "asks for no client certificate",
        (null, null) => "works",
        (null, _) => "fails",
        ({ Failure: null }, _) => "fails now",
        ({ } known, null) when IsNotRequested(known) && result.ClientCertificate is { Requested: true } => "asks for our certificate again",
        ({ } known, null) => IsUnexpected(known) ? "serves the expected certificate now" : "works again",
        _ => "fails for another reason",
    };

    /// <summary>For a server that must refuse. If the server cannot be reached, it has neither refused nor accepted anyone.</summary>
    private static string Enforcement(ProbeResult? before, ProbeResult result) => (before, result.Failure) switch
    {
        (null, null) => "refuses, as required,",
        (_, null) => "now refuses, as required,",
        (null, { Class: FailureClass.Enforcement }) => "lets in what it must refuse",
        (_, { Class: FailureClass.Enforcement }) => "now lets in what it must refuse",
        (null, _) => "does not show whether it refuses",
        ({ Failure: null or { Class: FailureClass.Enforcement } }, _) => "no longer shows whether it refuses",
        _ => "does not show whether it refuses, for another reason",
    };

    private static bool IsNotRequested(ProbeResult result) => result.Failure?.Reason == Reasons.NotRequested;

    private static bool IsUnexpected(ProbeResult result) => result.Failure?.Reason == Reasons.NotExpected;
}

using MtlsProbe.Diagnosis;
using MtlsProbe.Model;

namespace MtlsProbe.Probing;

/// <summary>
/// One log line for each change of state: the first result, from good to bad and back, another reason, another certificate of the
/// server. Results that change nothing are at debug.
/// </summary>
internal sealed partial class ChangeLog(ILogger<ChangeLog> log)
{
    /// <summary>The longest text of a peer that goes into a line, in characters.</summary>
    private const int Longest = 500;

    public void Write(StateChange change)
    {
        if (change.After.Last is not { } result) return;
        var before = change.Before.Last;
        if (LeafBefore(change) is { } replaced) WriteLeaf(result, replaced);

        if (result.Failure is not { } failure)
        {
            if (before is null) Write(LogLevel.Information, result, "works", Good(result));
            else if (before.Failure is { } cured) Write(LogLevel.Information, result, "works again", $"{Good(result)}; before, {Name(cured)}");
            else Write(LogLevel.Debug, result, "still works", Good(result));
        }
        else if (before is null) Write(LogLevel.Warning, result, "fails", Bad(result, failure));
        else if (before.Failure is not { } known) Write(LogLevel.Warning, result, "fails now", Bad(result, failure));
        else if (IsAnother(failure, known) || result.Outcome != before.Outcome)
            Write(LogLevel.Warning, result, "fails for another reason", $"{Bad(result, failure)} Before, {Name(known)}.");
        else Write(LogLevel.Debug, result, "still fails", Bad(result, failure));
    }

    private static bool IsAnother(Failure failure, Failure known) => failure.Reason != known.Reason || failure.Alert != known.Alert;

    private static Certificate? LeafBefore(StateChange change) =>
        change.After.LeafChanges > change.Before.LeafChanges ? change.Before.Server?.Certificates[0] : null;

    private static string Good(ProbeResult result) =>
        result.Evidence is { } evidence ? $"{result.Outcome.Label()}, shown by {evidence.Label()}" : result.Outcome.Label();

    private static string Bad(ProbeResult result, Failure failure)
    {
        var detail = failure.Detail.Length == 0 ? "" : $"; {Visible(failure.Detail).TrimEnd('.')}";
        return $"{result.Outcome.Label()}, {Name(failure)}: {failure.Reason.Sentence}{detail}. Hint: {failure.Hint}";
    }

    private static string Name(Failure failure) =>
        failure.Alert is { } alert ? $"{failure.Class.Label()} {failure.Reason}, alert {alert}" : $"{failure.Class.Label()} {failure.Reason}";

    private static string Visible(string text) => VisibleText.Of(text, Longest, ascii: false);

    private void WriteLeaf(ProbeResult result, Certificate replaced)
    {
        var leaf = result.ServerCertificates[0];
        Write(LogLevel.Information, result, "serves another certificate",
            $"serial {Visible(leaf.Serial)}, expires {leaf.NotAfter:u}; before, serial {Visible(replaced.Serial)}, expires {replaced.NotAfter:u}",
            aboutServer: true);
    }

    /// <summary>The certificate fields are about the one that the verdict is about: ours where the server refused it, else the server's.</summary>
    private void Write(LogLevel level, ProbeResult result, string change, string explanation, bool aboutServer = false)
    {
        if (!log.IsEnabled(level)) return;
        var failure = result.Failure;
        var ours = !aboutServer && failure?.Class == FailureClass.ClientCertificate ? result.ClientCertificate?.Presented : null;
        var certificate = ours ?? (result.ServerCertificates.Count > 0 ? result.ServerCertificates[0] : null);
        var side = certificate is null ? null : ours is null ? "server" : "client";
        var serial = certificate is null ? null : Visible(certificate.Serial);
        var issuer = certificate is null ? null : Visible(certificate.Issuer);
        var (slot, outcome, @class) = (result.Slot.Label(), result.Outcome.Label(), failure?.Class.Label());
        LogChange(
            level, result.Target, change, result.Address, result.Identity, explanation, slot, outcome, @class, failure?.Reason.Label,
            failure?.Alert?.Name, side, serial, issuer, certificate?.NotAfter);
    }

#pragma warning disable SYSLIB1015 // The fields after the explanation are not in the sentence; they go with the event, for machines.
    [LoggerMessage(Message = "{Target} {Change} at {Address} with identity {Identity}: {Explanation}")]
    private partial void LogChange(
        LogLevel level, string target, string change, string address, string identity, string explanation, string slot, string outcome,
        string? @class, string? reason, string? alert, string? side, string? serial, string? issuer, DateTimeOffset? expiry);
#pragma warning restore SYSLIB1015
}

using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Probing;

/// <summary>
/// One log line for each change of state: the first result, from good to bad and back, a new reason, a new certificate of the server, several
/// certificates in turn. Results that change nothing are logged at level debug.
/// </summary>
internal sealed partial class ChangeLog(ILogger<ChangeLog> log)
{
    /// <summary>Maximum characters of a text from a peer in a line.</summary>
    private const int Longest = 500;

    public void Write(StateChange change)
    {
        if (change.After.Last is not { } result) return;
        if (change is { ServerBefore.Leaves: var earlier, ServerAfter.Leaves: var leaves }) WriteLeaves(result, earlier, leaves);

        var before = change.Before.Last;
        var (level, words) = ChangeWords.Of(before, result);
        if (!log.IsEnabled(level)) return;
        var past = level > LogLevel.Debug && before?.Failure is { } known ? $" Before: {Name(known)}." : "";
        Write(level, result, words, Explanation(result) + past, result.Failure);
    }

    private static string Explanation(ProbeResult result)
    {
        var outcome = result.Outcome.Label();
        if (result.Failure is not { } failure) return result.Evidence is { } evidence ? $"{outcome}, shown by {evidence.Label()}." : $"{outcome}.";
        var detail = failure.Detail.Length == 0 ? "" : $"; {Visible(failure.Detail).TrimEnd('.')}";
        return $"{outcome}, {Name(failure)}: {failure.Reason.Sentence}{detail}. Hint: {failure.Hint}";
    }

    private static string Name(Failure failure) =>
        failure.Alert is { } alert ? $"{failure.Class.Label()} {failure.Reason}, alert {alert}" : $"{failure.Class.Label()} {failure.Reason}";

    private static string Visible(string text) => VisibleText.Of(text, Longest, ascii: false);

    private void WriteLeaves(ProbeResult result, LeafHistory before, LeafHistory after)
    {
        if (after.Changes > before.Changes)
        {
            var (leaf, replaced) = (after.Seen[^1], before.Seen[^1]);
            Write(LogLevel.Information, result, "serves another certificate",
                $"serial {Visible(leaf.Serial)}, expires {leaf.NotAfter:u}; before: serial {Visible(replaced.Serial)}, expires {replaced.NotAfter:u}.", null);
        }

        if (after.InTurn && !before.InTurn)
        {
            Write(LogLevel.Warning, result, "serves several certificates in turn",
                $"{LeafShares.Of(after, Visible)}. Hint: replicas behind this address disagree; addresses: all probes each of them.", null);
        }
        else if (before.InTurn && !after.InTurn)
        {
            var (level, expected) = result.Expected.ServerCertificate is false ? (LogLevel.Warning, ", not the expected one") : (LogLevel.Information, "");
            Write(level, result, "serves one certificate again", $"serial {Visible(after.Seen[^1].Serial)}{expected}.", null);
        }
    }

    /// <param name="verdict">
    /// What the line is about, besides the server: if the server refused our certificate, the certificate fields are about ours.
    /// </param>
    private void Write(LogLevel level, ProbeResult result, string change, string explanation, Failure? verdict)
    {
        var ours = verdict?.Class == FailureClass.ClientCertificate ? result.ClientCertificate?.Presented : null;
        var certificate = ours ?? (result.ServerCertificates.Count > 0 ? result.ServerCertificates[0] : null);
        var side = certificate is null ? null : ours is null ? "server" : "client";
        var serial = certificate is null ? null : Visible(certificate.Serial);
        var issuer = certificate is null ? null : Visible(certificate.Issuer);
        var (slot, outcome, @class) = (result.Slot.Label(), result.Outcome.Label(), result.Failure?.Class.Label());
        var (reason, alert) = (result.Failure?.Reason.Label, result.Failure?.Alert?.Name);
        if (result.Slot == Slot.Next)
            LogChangeOfNext(level, result.Target, change, result.Address, result.Identity, explanation, slot, outcome, @class, reason, alert, side, serial, issuer, certificate?.NotAfter);
        else
            LogChange(level, result.Target, change, result.Address, result.Identity, explanation, slot, outcome, @class, reason, alert, side, serial, issuer, certificate?.NotAfter);
    }

#pragma warning disable SYSLIB1015 // The event has fields that do not occur in the sentence; they are named like these parameters.
    [LoggerMessage(Message = "{Target} {Change} at {Address} with identity {Identity}: {Explanation}")]
    private partial void LogChange(
        LogLevel level, string target, string change, string address, string identity, string explanation, string Slot, string Outcome,
        string? Class, string? Reason, string? Alert, string? Side, string? Serial, string? Issuer, DateTimeOffset? Expiry);

    [LoggerMessage(Message = "{Target} {Change} at {Address} with identity {Identity} (next): {Explanation}")]
    private partial void LogChangeOfNext(
        LogLevel level, string target, string change, string address, string identity, string explanation, string Slot, string Outcome,
        string? Class, string? Reason, string? Alert, string? Side, string? Serial, string? Issuer, DateTimeOffset? Expiry);
#pragma warning restore SYSLIB1015
}

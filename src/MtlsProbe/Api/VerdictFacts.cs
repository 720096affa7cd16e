using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>A verdict in words, and what to do.</summary>
/// <param name="Meaning">Who refused whom; null on success.</param>
/// <param name="Evidence">The evidence for the outcome; null if there is none.</param>
/// <param name="Control">How the same server treats other certificates (control probes); null if the verdict did not depend on it.</param>
/// <param name="Way">How the connection reached the server; null for a direct connection.</param>
/// <param name="Explanation">Null on success.</param>
/// <param name="Runbook">Null if nothing is wrong, or nothing is known.</param>
internal sealed record VerdictFacts(string? Meaning, string? Evidence, string? Control, string? Way, string? Detail, ValueList<string> Advice, ReasonPage? Explanation, Runbook? Runbook)
{
    public static VerdictFacts Of(HandshakeEntry entry, WebLinks links) => entry.Last is not { } last ? new VerdictFacts(null, null, null, null, null, [], null, null) : new VerdictFacts(
        VerdictText.Meaning(last),
        last.Evidence is { } evidence ? EvidenceText.Of(evidence, last.Failure?.Alert) : null,
        last.Control is { } control ? ControlText.Of(control) : null,
        WayText.Of(last),
        last.Failure is { Detail.Length: > 0 } failure ? Shown.Text(failure.Detail) : null,
        VerdictText.Advice(last).ToValueList(),
        last.Failure is { Reason: var reason } ? new ReasonPage(reason.Command, Documentation.Of(reason)) : null,
        Runbook.For(entry, links));
}

/// <summary>Where everything about a reason can be read.</summary>
/// <param name="Command">The command that prints it.</param>
internal sealed record ReasonPage(string Command, string Url);

using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Terminal;
using MtlsProbe.Values;

namespace MtlsProbe.Cli;

/// <summary>A report for people: a table of the servers, each hint once below it, the warnings, and at the end the verdict.</summary>
internal sealed class PreflightText(Surroundings surroundings)
{
    /// <summary>Maximum length of a sentence that can list every server.</summary>
    private const int MaxSentence = 100_000;

    private const int MaxHint = 2000;

    private readonly Pen _pen = surroundings.Pen;
    private readonly HintNotes _hints = new();

    public void Write(RolloutReport report, Certificate? current, Certificate? fresh)
    {
        if (current is not null) Credential("current", current);
        if (fresh is not null) Credential("new", fresh);
        var table = new Table("TARGET", "ADDRESS", "CURRENT", "NEW", "REASON", "HINT");
        foreach (var (server, effect) in report.Servers)
        {
            var (reason, hint) = Reason(server, effect);
            table.Add(server.Target.Name, server.Address, Outcome(server.Current), server.Next is null ? _pen.Warning("unknown") : Outcome(server.Next), reason, hint);
        }

        Finish(table, report.Warnings, report.Ready, report.Summary);
    }

    public void Write(TrustChangeReport report)
    {
        var table = new Table("TARGET", "ADDRESS", "NOW", "NEW ALONE", "BOTH", "REASON", "HINT");
        foreach (var verdict in report.Results)
        {
            var (reason, hint) = Reason(verdict, report.NewAnchors);
            table.Add(verdict.Target, verdict.Address, Chain(verdict.Now), Chain(verdict.New), Chain(verdict.Both), reason, hint);
        }

        Finish(table, report.Warnings, report.Ready, report.Summary);
    }

    private void Credential(string slot, Certificate leaf) =>
        _pen.Line($"{slot,-8} {_pen.Safe(leaf.Subject, 60)}, issued by {_pen.Safe(leaf.Issuer, 60)}, serial {leaf.Serial}, {leaf.Key}, {ValidityText.Describe(leaf, surroundings.Time.GetUtcNow(), _pen)}");

    private string Outcome(ProbeResult result) => result.Outcome switch
    {
        Model.Outcome.Accepted => _pen.Good(result.Outcome.Label()),
        Model.Outcome.Rejected => _pen.Bad(result.Outcome.Label()),
        _ => _pen.Warning(result.Outcome.Label()),
    };

    private string Chain(ChainVerdict? verdict) => verdict switch
    {
        null => _pen.Warning("unknown"),
        { Valid: true } => _pen.Good("valid"),
        _ => _pen.Bad("invalid"),
    };

    /// <summary>The fault with the new credential; if there is none, the fault with the current one.</summary>
    private (string Reason, string Hint) Reason(ProbedServer server, RolloutEffect effect)
    {
        var (currently, failure) = (server.Current.Failure, (server.Next ?? server.Current).Failure);
        var (current, next) = (currently?.Reason, failure?.Reason);
        if (effect == RolloutEffect.Unknown && server.Next is { } shown)
        {
            if (RolloutEffects.IsWithheld(shown)) return ("certificate_withheld", _hints.Of($"certificate_withheld: {shown.Failure?.Hint ?? Reasons.WithheldHint}"));
            if (shown.Outcome == Model.Outcome.Accepted) return ($"{next}, the current one: {current?.Label ?? "ok"}", _hints.Of(failure));
        }

        return effect switch
        {
            RolloutEffect.Accepts when next is not null => ($"{next} (but accepted)", _hints.Of(failure)),
            RolloutEffect.Accepts when current is not null => ($"the current one: {current}", _hints.Of(currently)),
            RolloutEffect.RefusesBoth => ($"{next}, the current one too{(current == next ? "" : $": {current}")}", _hints.Of(failure)),
            _ => (next?.Label ?? "", _hints.Of(failure)),
        };
    }

    private (string Reason, string Hint) Reason(TrustChangeVerdict verdict, ValueList<Certificate> newAnchors)
    {
        if (verdict.IsUnknown) return (verdict.Record.Failure?.Reason.Label ?? "no_certificate", _hints.Of(verdict.Record.Failure));
        var errors = verdict.Deciding!.Errors;
        if (errors.Count == 0) return (verdict.Now is { Valid: false } now ? $"now: {string.Join(", ", now.Errors)}" : "", "");

        // The usual hints are for a server with a fault. If the fault is our anchor, or if the server's chain is only still the old one, they do not
        // apply.
        if (verdict.StaleAnchor is { } stale && (errors[0] == Reasons.Expired || errors[0] == Reasons.NotYetValid))
        {
            var which = newAnchors.Contains(stale) ? "the new anchor" : "the anchor";
            var named = _pen.Safe(stale.ToString(), 300);
            return (string.Join(", ", errors), _hints.Of(errors[0] == Reasons.Expired
                ? $"expired: {which} has expired, {named}; use a valid one."
                : $"not_yet_valid: {which} is not valid yet, {named}; use a valid one, or wait."));
        }

        var isOldChain = verdict is { Both.Valid: true } && errors.All(error => error == Reasons.UntrustedIssuer || error == Reasons.IncompleteChain || error == Reasons.SelfSigned);
        return (string.Join(", ", errors), isOldChain
            ? _hints.Of("Its chain leads only to the old anchors: keep them until this server presents a certificate from the new ones, or a cross-signed intermediate that leads to them.")
            : _hints.Of($"{errors[0]}: {verdict.Deciding.Faults[0].Hint}"));
    }

    private void Finish(Table table, ValueList<PreflightWarning> warnings, bool ready, string summary)
    {
        table.Write(_pen);
        if (_hints.All.Count > 0) _pen.Line();
        foreach (var (index, text) in _hints.All.Index()) _pen.Prose($"{HintNotes.Mark(index)} ", "    ", _pen.Safe(text, MaxHint));
        if (warnings.Count > 0) _pen.Line();
        foreach (var warning in warnings) _pen.Prose($"{_pen.Warning("warning")}: ", "    ", $"{warning.Code}: {_pen.Safe(warning.Message, MaxSentence)}");
        _pen.Line();
        _pen.Line($"{(ready ? _pen.Tick : _pen.Cross)} {_pen.Safe(summary, MaxSentence)}"); // one line, for grep
    }
}

/// <summary>Hints that many rows share, each printed once: the rows have a mark that refers to it.</summary>
internal sealed class HintNotes
{
    private readonly List<string> _all = [];

    public IReadOnlyList<string> All => _all;

    public static string Mark(int index) => FormattableString.Invariant($"({index + 1})");

    /// <summary>The mark for a row.</summary>
    public string Of(Failure? failure) => failure is null ? "" : Of($"{failure.Reason}: {failure.Hint}");

    public string Of(string hint)
    {
        if (!_all.Contains(hint)) _all.Add(hint);
        return Mark(_all.IndexOf(hint));
    }
}

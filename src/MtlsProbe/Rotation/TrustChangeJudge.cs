using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>Whether every server's chain would be valid with a new trust bundle, judged from what each server presented.</summary>
internal sealed class TrustChangeJudge(ChainJudge judge)
{
    /// <param name="old">The current bundle.</param>
    /// <param name="fresh">The bundle that is to replace it.</param>
    public TrustChangeReport Report(TrustBundle old, TrustBundle fresh, ProbedServers probed, DateTimeOffset now)
    {
        var both = new TrustBundle(old.Name, [.. old.Anchors, .. fresh.Anchors]);
        var verdicts = probed.Servers.Select(server => Verdict(server, old, fresh, both)).ToValueList();
        return new TrustChangeReport
        {
            Trust = old.Name,
            Ready = verdicts.Count > 0 && probed.NotProbed == 0 && verdicts.All(verdict => verdict.Effect == TrustChangeEffect.Valid),
            Summary = Summary(verdicts, probed),
            Warnings = [.. AnchorWarnings.Of(old, fresh, now), .. probed.Warnings],
            Results = verdicts,
            NewAnchors = fresh.Anchors,
        };
    }

    private TrustChangeVerdict Verdict(ProbedServer server, TrustBundle old, TrustBundle fresh, TrustBundle both)
    {
        var result = server.Current;
        if (result.ServerCertificates.Count == 0) return new TrustChangeVerdict(server);
        var verdict = new TrustChangeVerdict(server) { Now = With(old), New = With(fresh), Both = With(both) };
        return verdict with { StaleAnchor = StaleAnchor(verdict.Deciding!, both, result.At) };

        ChainVerdict With(TrustBundle bundle) =>
            judge.Judge(result.ServerCertificates, bundle, server.Target.Reference, result.At, result.StapledOcsp);
    }

    /// <summary>A server that presents its own anchor as its leaf must renew it itself.</summary>
    private static Certificate? StaleAnchor(ChainVerdict verdict, TrustBundle anchors, DateTimeOffset at) =>
        verdict.Path.Where(certificate => at > certificate.NotAfter || at < certificate.NotBefore).ToList() is [var stale]
            && stale != verdict.Path[0] && anchors.Contains(stale) ? stale : null;

    private static string Summary(ValueList<TrustChangeVerdict> verdicts, ProbedServers probed)
    {
        var all = probed.Servers;
        var unknown = Where(verdict => verdict.IsUnknown);
        var never = Where(verdict => verdict.IsNeverValid);
        var known = all.Count - never.Count - unknown.Count;
        var late = Where(verdict => verdict is { Now.Valid: false, Both.Valid: true });
        var mended = late.Count == 0 ? "" : FormattableString.Invariant($", {late.Count:N0} of them not valid now: {Names(late)}");
        var add = Answer("safe to add", Where(verdict => verdict.BreaksWithBoth), $"all {all.Count:N0} {(late.Count == 0 ? "stay" : "are")} valid with both{mended}");
        var remove = Answer("safe to remove the old", Where(verdict => verdict.BreaksWithNew), $"all {all.Count:N0} are valid with the new alone");
        List<string> parts = [add, remove];
        if (never.Count > 0) parts.Add(FormattableString.Invariant($"{never.Count:N0} not valid with any bundle: {Names(never)}"));
        if (unknown.Count > 0) parts.Add(FormattableString.Invariant($"{unknown.Count:N0} presented no certificate, so nothing is known: {Names(unknown)}"));
        if (probed.NotProbed > 0) parts.Add(ProbedServers.More(probed.NotProbed));
        return string.Join("; ", parts) + ".";

        List<ProbedServer> Where(Func<TrustChangeVerdict, bool> test) => [.. verdicts.Where(test).Select(verdict => verdict.Server)];
        string Names(List<ProbedServer> some) => ProbedServer.Names(some, all);

        string Answer(string question, List<ProbedServer> broken, FormattableString yes) => question + ": " + (broken.Count, known == all.Count && probed.NotProbed == 0) switch
        {
            (> 0, _) => FormattableString.Invariant($"no, {broken.Count:N0} of {all.Count:N0} would break: {Names(broken)}"),
            (_, true) => $"yes ({FormattableString.Invariant(yes)})",
            _ => FormattableString.Invariant($"not proven (none of the {known:N0} that can tell breaks)"),
        };
    }
}

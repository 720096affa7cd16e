using MtlsProbe.Chains;
using MtlsProbe.Model;

namespace MtlsProbe.Preflight;

/// <summary>Would every server's chain be valid with a new trust bundle? Judged from what each server presented.</summary>
internal sealed class TrustChangeJudge(ChainJudge judge)
{
    /// <param name="old">The bundle as it is.</param>
    /// <param name="fresh">The bundle that is to replace it.</param>
    public TrustChangeReport Report(TrustBundle old, TrustBundle fresh, ProbedServers probed, DateTimeOffset now)
    {
        var both = new TrustBundle(old.Name, [.. old.Anchors, .. fresh.Anchors]);
        var verdicts = probed.Servers.Select(server => Verdict(server, old, fresh, both)).ToValueList();
        return new TrustChangeReport
        {
            Trust = old.Name,
            Ready = verdicts.Count > 0 && verdicts.All(verdict => verdict is { New.Valid: true, Both.Valid: true }),
            Summary = Summary(verdicts, probed.Servers),
            Warnings = [.. AnchorWarnings.Of(old, fresh, now), .. probed.Warnings],
            Results = verdicts,
        };
    }

    private TrustChangeVerdict Verdict(ProbedServer server, TrustBundle old, TrustBundle fresh, TrustBundle both)
    {
        var result = server.Current;
        if (result.ServerCertificates.Count == 0) return new TrustChangeVerdict(server);
        return new TrustChangeVerdict(server) { Now = With(old), New = With(fresh), Both = With(both) };

        ChainVerdict With(TrustBundle bundle) =>
            judge.Judge(result.ServerCertificates, bundle, server.Target.ServerName, result.At, result.StapledOcsp);
    }

    private static string Summary(ValueList<TrustChangeVerdict> verdicts, ValueList<ProbedServer> all)
    {
        var unknown = Where(verdict => verdict.IsUnknown);
        var never = Where(verdict => verdict.IsNeverValid);
        var rest = never.Count + unknown.Count == 0 ? "" : FormattableString.Invariant($" (of {all.Count - never.Count - unknown.Count:N0} that can tell)");
        var add = Where(verdict => verdict.BreaksWithBoth) is { Count: > 0 } lost
            ? FormattableString.Invariant($"safe to add: no, {lost.Count:N0} of {all.Count:N0} would break: {Names(lost)}")
            : rest.Length == 0
                ? FormattableString.Invariant($"safe to add: yes (all {all.Count:N0} stay valid with both)")
                : FormattableString.Invariant($"safe to add: not known of all; none breaks{rest}");
        var remove = Where(verdict => verdict.BreaksWithNew) is { Count: > 0 } broken
            ? FormattableString.Invariant($"safe to remove the old: no, {broken.Count:N0} of {all.Count:N0} would break: {Names(broken)}")
            : rest.Length == 0
                ? FormattableString.Invariant($"safe to remove the old: yes (all {all.Count:N0} are valid with the new alone)")
                : FormattableString.Invariant($"safe to remove the old: not known of all; none breaks{rest}");
        List<string> parts = [add, remove];
        if (never.Count > 0) parts.Add(FormattableString.Invariant($"{never.Count:N0} not valid with any bundle: {Names(never)}"));
        if (unknown.Count > 0) parts.Add(FormattableString.Invariant($"{unknown.Count:N0} presented no certificate, so nothing is known: {Names(unknown)}"));
        return string.Join("; ", parts) + ".";

        List<ProbedServer> Where(Func<TrustChangeVerdict, bool> test) => [.. verdicts.Where(test).Select(verdict => verdict.Server)];
        string Names(List<ProbedServer> some) => ProbedServer.Names(some, all);
    }
}

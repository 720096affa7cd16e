using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>Whether every server would accept the new credential. Pure functions of the probes' results.</summary>
internal static class RolloutJudge
{
    /// <param name="warnings">Warnings about the credential itself.</param>
    public static RolloutReport Report(string identity, ProbedServers probed, ValueList<PreflightWarning> warnings)
    {
        var verdicts = probed.Servers.Select(server => new RolloutVerdict(server, RolloutEffects.Of(server.Current, server.Next))).ToValueList();
        return new RolloutReport
        {
            Identity = identity,
            Ready = verdicts.Count > 0 && probed.NotProbed == 0 && verdicts.All(verdict => verdict.Effect == RolloutEffect.Accepts),
            Summary = Summary(identity, verdicts, probed),
            Warnings = [.. warnings.Where(warning => warning.Code != CredentialWarnings.MissingIntermediates || !HaveIssuer(probed.Servers)), .. NotAsked(probed.Servers), .. Withheld(probed.Servers), .. probed.Warnings],
            Servers = verdicts,
        };
    }

    private static string Summary(string identity, ValueList<RolloutVerdict> verdicts, ProbedServers probed)
    {
        var total = verdicts.Count;
        var (breaks, both, unknown) = (With(RolloutEffect.Breaks), With(RolloutEffect.RefusesBoth), With(RolloutEffect.Unknown));
        if (breaks.Count + both.Count + unknown.Count + probed.NotProbed == 0)
        {
            return total == 1
                ? $"Ready: the one server accepts the new credential of {identity}."
                : FormattableString.Invariant($"Ready: all {total:N0} servers accept the new credential of {identity}.");
        }

        List<string> parts =
        [
            breaks.Count == 0
                ? FormattableString.Invariant($"none of {Count(total)} is known to break with the new credential of {identity}")
                : FormattableString.Invariant($"{breaks.Count:N0} of {Count(total)} would break with the new credential of {identity}: {Names(breaks)}"),
        ];
        if (both.Count > 0) parts.Add(FormattableString.Invariant($"{both.Count:N0} refuse{(both.Count == 1 ? "s" : "")} both it and the current one: {Names(both)}"));
        if (unknown.Count > 0) parts.Add(FormattableString.Invariant($"{unknown.Count:N0} not proven: {Names(unknown)}"));
        if (probed.NotProbed > 0) parts.Add(ProbedServers.More(probed.NotProbed));
        return $"Not ready: {string.Join("; ", parts)}.";

        List<ProbedServer> With(RolloutEffect effect) => [.. verdicts.Where(verdict => verdict.Effect == effect).Select(verdict => verdict.Server)];
        string Names(List<ProbedServer> some) => ProbedServer.Names(some, probed.Servers);
    }

    /// <summary>Whether every server that got the new certificate accepts it: then none needs a certificate of its issuer.</summary>
    private static bool HaveIssuer(ValueList<ProbedServer> servers)
    {
        var shown = servers.Where(server => server.Next is { ClientCertificate.Presented: not null, Outcome: Outcome.Accepted or Outcome.Rejected }).ToList();
        return shown.Count > 0 && shown.TrueForAll(server => server.Next!.Outcome == Outcome.Accepted);
    }

    private static string Count(int servers) => Counts.Of(servers, "server");

    /// <summary>A server that accepts any client proves nothing by accepting the new credential.</summary>
    private static IEnumerable<PreflightWarning> NotAsked(ValueList<ProbedServer> servers)
    {
        var open = servers.Where(server => server.Next is { Outcome: Outcome.Accepted, ClientCertificate.Requested: false }).ToList();
        if (open.Count == 0) yield break;
        yield return new("certificate_not_requested",
            $"{ProbedServer.Names(open, servers)} did not ask for a client certificate, so acceptance of the new credential proves nothing there");
    }

    private static IEnumerable<PreflightWarning> Withheld(ValueList<ProbedServer> servers)
    {
        var withheld = servers.Where(server => server.Next is { } next && RolloutEffects.IsWithheld(next)).ToList();
        if (withheld.Count == 0) yield break;
        yield return new("certificate_withheld",
            $"the new certificate was not sent to {ProbedServer.Names(withheld, servers)}: the server's request does not allow this type of key, so it is not known whether it would be accepted");
    }
}

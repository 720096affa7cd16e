using System.Globalization;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Verdicts;

/// <summary>How the replicas of one target differ, from one result for each of their addresses and credentials. A pure comparison.</summary>
/// <param name="Addresses">Number of addresses that were compared.</param>
/// <param name="Found">Empty if they agree in everything.</param>
internal sealed record ReplicaDifferences(int Addresses, ValueList<ReplicaDifference> Found)
{
    /// <param name="results">The results of one target.</param>
    public static ReplicaDifferences Among(IEnumerable<ProbeResult> results)
    {
        var replicas = results.GroupBy(result => result.Address).Select(group => new Replica(group.Key, [.. group])).ToList();
        List<ReplicaDifference?> found =
        [
            Compare("leaf certificate", replicas, Leaf, "not seen"),
            Compare("expected certificate", replicas, replica => Expected(replica, facts => facts.ServerCertificate), "not known"),
            Compare("issuer of the leaf", replicas, replica => Expected(replica, facts => facts.Issuer), "not known"),
            Compare("chain", replicas, Chain, "not seen"),
            Compare("request for a client certificate", replicas, Request, "not seen"),
        ];
        var credentials = replicas.SelectMany(replica => replica.Results).Select(Credential.Of).Distinct();
        found.AddRange(credentials.Select(credential => Compare(credential.Question, replicas, credential.AnswerOf, "not probed")));
        return new(replicas.Count, found.OfType<ReplicaDifference>().ToValueList());
    }

    /// <summary>Null if all known values are equal. Unknown values are not a difference.</summary>
    private static ReplicaDifference? Compare(string question, List<Replica> replicas, Func<Replica, Answer?> answer, string unknown)
    {
        var groups = replicas.GroupBy(answer, replica => replica.Address).ToList();
        if (groups.Count(group => group.Key is not null) < 2) return null;
        return new ReplicaDifference(question, groups
            .OrderBy(group => group.Key is null)
            .ThenByDescending(group => group.Count())
            .Select(group => new ReplicaGroup(group.Key?.Text ?? unknown, group.Key?.Good, group.ToValueList()))
            .ToValueList());
    }

    private static Answer? Leaf(Replica replica)
    {
        var leaves = replica.Results.Where(result => result.ServerCertificates.Count > 0).Select(result => result.ServerCertificates[0]).Distinct().ToList();
        return leaves.Count == 0 ? null : new(string.Join(" and ", leaves.OrderBy(leaf => leaf.Serial, StringComparer.Ordinal).Select(Described)), null);
    }

    private static string Described(Certificate leaf) =>
        string.Create(CultureInfo.InvariantCulture, $"serial {leaf.Serial}, until {Times.Minute(leaf.NotAfter)}");

    private static Answer? Expected(Replica replica, Func<ExpectedCertificateFacts, bool?> fact)
    {
        var facts = replica.Results.Select(result => fact(result.Expected)).Where(known => known is not null).ToList();
        if (facts.Count == 0) return null;
        return facts.Contains(false) ? new("not the expected one", false) : new("the expected one", true);
    }

    private static Answer? Chain(Replica replica)
    {
        var chains = replica.Results.Select(result => result.Chain).OfType<ChainVerdict>().ToList();
        if (chains.Count == 0) return null;
        var errors = chains.SelectMany(chain => chain.Errors).Distinct().Select(error => error.Label).ToList();
        return errors.Count == 0 ? new("trusted", true) : new($"not trusted: {string.Join(", ", errors)}", false);
    }

    private static Answer? Request(Replica replica)
    {
        var asked = replica.Results.Select(result => result.ClientCertificate?.Requested).Where(known => known is not null).ToList();
        if (asked.Count == 0) return null;
        return asked.Contains(true) ? new("asks for one", true) : new("asks for none", false);
    }

    /// <summary>One of the servers, with the results of its handshakes.</summary>
    private sealed record Replica(string Address, ValueList<ProbeResult> Results);

    /// <summary>The answer of a replica to a question, and whether it is as expected; null: it is neither good nor bad.</summary>
    private sealed record Answer(string Text, bool? Good);

    /// <summary>What was presented to every replica, and the expectation.</summary>
    private sealed record Credential(string Identity, Slot Slot, Expectation Expect)
    {
        public string Question => CredentialText.Purpose(Identity, Slot, Expect);

        public static Credential Of(ProbeResult result) => new(result.Identity, result.Slot, result.Expect);

        public Answer? AnswerOf(Replica replica)
        {
            var result = replica.Results.FirstOrDefault(result => Of(result) == this);
            return result is null ? null : Expect == Expectation.Reject ? Refusal(result) : Acceptance(result);
        }

        private static Answer Acceptance(ProbeResult result)
        {
            // The certificate that a replica serves is independent of the clients that it accepts.
            var reason = result.Failure?.Reason is { } known && known != Reasons.NotExpected ? $", {known.Label}" : "";
            return new(result.Outcome.Label() + reason, result.Outcome == Outcome.Accepted && reason.Length == 0);
        }

        private static Answer Refusal(ProbeResult result) => result switch
        {
            { Success: true } => new("refused", true),
            { Outcome: Outcome.Accepted } => new("let in", false),
            _ => new($"not known: {result.Failure?.Reason.Label}", null),
        };
    }
}

/// <summary>One thing in which replicas differ.</summary>
/// <param name="Groups">The largest first; unknown ones last.</param>
internal sealed record ReplicaDifference(string Question, ValueList<ReplicaGroup> Groups);

/// <summary>The replicas that agree with each other.</summary>
/// <param name="Good">Whether their answer is as expected; null if it is neither good nor bad, or not known.</param>
internal sealed record ReplicaGroup(string Answer, bool? Good, ValueList<string> Addresses);

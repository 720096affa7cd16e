using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>A target as a row of a list. The names of the members are those of the API.</summary>
internal sealed record TargetRow
{
    /// <summary>Maximum number of chips in a row: those with a fault come first.</summary>
    private const int MostChips = 6;

    public required string Target { get; init; }

    public required string Address { get; init; }

    public required string Protocol { get; init; }

    public required string Identity { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required Condition State { get; init; }

    public ExpiryLevel? Expiring { get; init; }

    /// <summary>The headline of the handshake that determines the state.</summary>
    public required string Headline { get; init; }

    public FailureClass? Class { get; init; }

    public string? Reason { get; init; }

    public string? Alert { get; init; }

    /// <summary>What the server answered in the target's protocol, if that is what went wrong; otherwise null.</summary>
    public string? Answer { get; init; }

    public DateTimeOffset? Since { get; init; }

    /// <summary>The time of its newest result.</summary>
    public DateTimeOffset? At { get; init; }

    public required bool Old { get; init; }

    /// <summary>How many addresses are probed.</summary>
    public required int Addresses { get; init; }

    public required int Handshakes { get; init; }

    /// <summary>The leaf that expires first.</summary>
    public Lifetime? Server { get; init; }

    public Lifetime? Client { get; init; }

    /// <summary>When a leaf of its servers last changed.</summary>
    public DateTimeOffset? LastChange { get; init; }

    public required bool InTurn { get; init; }

    public required ValueList<CredentialChip> Credentials { get; init; }

    public required int CredentialsTotal { get; init; }

    public static TargetRow Of(TargetEntry entry, DateTimeOffset now)
    {
        var (target, leading) = (entry.Target, entry.Leading);
        var failure = leading?.Last?.Failure;
        var chips = CredentialChip.Of(entry.Handshakes);
        return new TargetRow
        {
            Target = target.Name,
            Address = target.Address.ToString(),
            Protocol = target.Protocol.Name,
            Identity = target.Identity,
            Labels = TargetFacts.LabelsOf(target),
            State = entry.Condition,
            Expiring = entry.Expiring,
            Headline = leading?.Headline ?? "not probed yet",
            Class = failure?.Class,
            Reason = failure?.Reason.Label,
            Alert = failure?.Alert?.Name,
            Answer = leading?.Last is { } last ? AnswerOf(last) : null,
            Since = leading?.State.Since,
            At = entry.At,
            Old = entry.Handshakes.Any(handshake => handshake.IsOld(now)),
            Addresses = entry.Handshakes.Select(handshake => handshake.Key.Address).Distinct(StringComparer.Ordinal).Count(),
            Handshakes = entry.Handshakes.Count,
            Server = Lifetime.Of(entry.ServerLeaf, now),
            Client = Lifetime.Of(entry.ClientLeaf, now),
            LastChange = entry.Handshakes.Max(handshake => handshake.Server?.Leaves.LastChange),
            InTurn = entry.Handshakes.Any(handshake => handshake.Server?.Leaves.InTurn == true),
            Credentials = chips.Take(MostChips).ToValueList(),
            CredentialsTotal = chips.Count,
        };
    }

    /// <summary>For other failures, the detail is about certificates or connections, and too long for a row.</summary>
    private static string? AnswerOf(ProbeResult last) => last is
    {
        Evidence: Evidence.HttpStatus or Evidence.ProtocolAnswer or Evidence.ApplicationData,
        Failure: { Class: FailureClass.ClientCertificate or FailureClass.Application, Detail: { Length: > 0 } detail },
    }
        ? Shown.Name(detail)
        : null;
}

/// <summary>A credential at all addresses of a target.</summary>
/// <param name="State">The worst state among them.</param>
/// <param name="Addresses">Number of addresses that it is presented to.</param>
/// <param name="InState">Number of addresses in that state.</param>
internal sealed record CredentialChip(string Identity, Slot Slot, Expectation Expect, Condition State, int Addresses, int InState)
{
    /// <summary>The worst first, then in the order of the plan.</summary>
    public static List<CredentialChip> Of(IReadOnlyList<HandshakeEntry> handshakes)
    {
        var chips = new List<CredentialChip>();
        foreach (var entry in handshakes)
        {
            var (key, state) = (entry.Key, entry.Condition);
            var at = chips.FindIndex(chip => chip.Identity == key.Identity && chip.Slot == key.Slot && chip.Expect == key.Expect);
            if (at < 0) chips.Add(new CredentialChip(key.Identity, key.Slot, key.Expect, state, 1, 1));
            else if (chips[at].State == state) chips[at] = chips[at] with { Addresses = chips[at].Addresses + 1, InState = chips[at].InState + 1 };
            else if (state.Severity() < chips[at].State.Severity()) chips[at] = chips[at] with { State = state, Addresses = chips[at].Addresses + 1, InState = 1 };
            else chips[at] = chips[at] with { Addresses = chips[at].Addresses + 1 };
        }

        return [.. chips.OrderBy(chip => chip.State.Severity())];
    }
}

/// <summary>How many targets are expiring, by level.</summary>
/// <param name="Total">At any level.</param>
internal sealed record ExpiryCounts(int Total, int Expired, int Critical, int Warning, int Late)
{
    public static ExpiryCounts Of(IEnumerable<ExpiryLevel?> levels)
    {
        Span<int> counts = stackalloc int[Enum.GetValues<ExpiryLevel>().Length];
        var total = 0;
        foreach (var level in levels.OfType<ExpiryLevel>())
        {
            counts[(int)level]++;
            total++;
        }

        return new ExpiryCounts(total, counts[(int)ExpiryLevel.Expired], counts[(int)ExpiryLevel.Critical], counts[(int)ExpiryLevel.Warning], counts[(int)ExpiryLevel.Late]);
    }
}

/// <summary>One page of the targets.</summary>
/// <param name="States">Counts of the targets that pass all filters except the one by state.</param>
/// <param name="Expiring">Counts of the same targets.</param>
internal sealed record TargetPage(
    DateTimeOffset Now, string Instance, int Total, int Page, int Limit, ConditionCounts States, ExpiryCounts Expiring, IReadOnlyList<TargetRow> Rows)
{
    public static TargetPage Of(FleetView view, string instance, TargetFilter filter, TargetOrder order, Paging paging)
    {
        List<TargetEntry> candidates = [.. view.Targets.Where(filter.PassesButState)];
        var chosen = order.Sort(candidates.Where(filter.HasState));
        return new TargetPage(
            view.Snapshot.At, instance, chosen.Length, paging.Page, paging.Limit,
            ConditionCounts.Of(candidates.Select(entry => entry.Condition)),
            ExpiryCounts.Of(view.Targets.Where((filter with { Expiring = [] }).Passes).Select(entry => entry.Expiring)),
            [.. paging.Of(chosen).Select(entry => TargetRow.Of(entry, view.Snapshot.At))]);
    }
}

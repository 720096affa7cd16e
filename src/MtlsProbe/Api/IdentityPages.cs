using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>One page of the identities.</summary>
internal sealed record IdentityPage(DateTimeOffset Now, string Instance, int Total, int Page, int Limit, IReadOnlyList<IdentityFacts> Identities)
{
    public static IdentityPage Of(FleetView view, string instance, Paging paging) => new(
        view.Snapshot.At, instance, view.Identities.Count, paging.Page, paging.Limit, [.. paging.Of(view.Identities).Select(identity => identity.Facts())]);
}

/// <summary>The rotation of one identity, address by address.</summary>
/// <param name="Total">Rows that pass the filter.</param>
internal sealed record IdentityDetail(
    DateTimeOffset Now,
    string Instance,
    IdentityFacts Identity,
    ValueList<MissingThing> Missing,
    ValueList<MatrixColumn> Columns,
    int Total,
    int Page,
    int Limit,
    IReadOnlyList<RowFacts> Rows)
{
    /// <param name="wanted">Only rows with a cell in such a condition; null: all.</param>
    public static IdentityDetail Of(FleetView view, string instance, IdentityView identity, Func<Condition, bool>? wanted, Paging paging)
    {
        var columns = identity.Columns();
        var rows = identity.Rows(columns, wanted);
        return new IdentityDetail(
            view.Snapshot.At, instance, identity.Facts(), identity.Missing, columns, rows.Count, paging.Page, paging.Limit,
            [.. paging.Of(rows).Select(RowFacts.Of)]);
    }
}

/// <param name="Cells">One for each column; null where the credential is not shown there.</param>
internal sealed record RowFacts(string Target, string Address, IReadOnlyList<CellFacts?> Cells)
{
    public static RowFacts Of(MatrixRow row) =>
        new(row.Server.Target, row.Server.Address, [.. row.Cells.Select(cell => cell is null ? null : CellFacts.Of(cell))]);
}

/// <summary>One credential at one address.</summary>
/// <param name="Serial">Of the leaf that we presented last.</param>
internal sealed record CellFacts(Condition State, Outcome? Outcome, string? Reason, string Headline, DateTimeOffset? At, string? Serial)
{
    public static CellFacts Of(HandshakeEntry entry) => new(
        entry.Condition, entry.Last?.Outcome, entry.Last?.Failure?.Reason.Label, entry.Headline, entry.Last?.At, entry.ClientLeaf?.Serial);
}

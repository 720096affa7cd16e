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
/// <param name="Timeline">Its last rotation over time; null if this process has seen none.</param>
/// <param name="Total">Rows that pass the filter.</param>
internal sealed record IdentityDetail(
    DateTimeOffset Now,
    string Instance,
    IdentityFacts Identity,
    ValueList<MissingThing> Missing,
    RotationTimeline? Timeline,
    ValueList<ColumnFacts> Columns,
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
        var credentials = columns.Select(identity.Of).ToList();
        return new IdentityDetail(
            view.Snapshot.At, instance, identity.Facts(), identity.Missing, identity.Timeline(),
            columns.Select((column, place) => new ColumnFacts(column.Identity, column.Slot, column.Expect, credentials[place]?.RevokedSince)).ToValueList(),
            rows.Count, paging.Page, paging.Limit,
            [.. paging.Of(rows).Select(row => RowFacts.Of(row, credentials))]);
    }
}

/// <param name="Cells">One for each column; null if the credential is not presented there.</param>
internal sealed record RowFacts(string Target, string Address, IReadOnlyList<CellFacts?> Cells)
{
    /// <param name="credentials">The credentials of the columns.</param>
    public static RowFacts Of(MatrixRow row, IReadOnlyList<CredentialState?> credentials) =>
        new(row.Server.Target, row.Server.Address, [.. row.Cells.Select((cell, place) => cell is null ? null : CellFacts.Of(cell, credentials[place]))]);
}

/// <summary>One credential at one address.</summary>
/// <param name="Serial">The serial of the leaf that we last presented.</param>
/// <param name="Since">
/// Since when the server accepts that leaf; or refuses it, if it must and had accepted it. Null if this process has not seen that, or if the last
/// answer is a different one.
/// </param>
/// <param name="EnforcementDelay">
/// Seconds from the evidence that the credential is revoked to the server's refusal, or to the last time that it accepted the credential. Null if it
/// is not revoked, or if this process has not seen that server accept it after that.
/// </param>
internal sealed record CellFacts(Condition State, Outcome? Outcome, string? Reason, string Headline, DateTimeOffset? At, string? Serial, DateTimeOffset? Since, double? EnforcementDelay)
{
    public static CellFacts Of(HandshakeEntry entry, CredentialState? credential) => new(
        entry.Condition, entry.Last?.Outcome, entry.Last?.Failure?.Reason.Label, entry.Headline, entry.Last?.At, entry.ClientLeaf?.Serial, CredentialTimeline.Since(entry, credential),
        credential?.EnforcementDelay(entry.State.Admission)?.TotalSeconds);
}

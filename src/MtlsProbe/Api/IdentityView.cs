using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Text;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>One identity: its credentials, the targets that they are presented to, and the state of its rotation.</summary>
internal sealed class IdentityView
{
    private readonly Identity _identity;
    private readonly FleetSnapshot _snapshot;
    private readonly bool _isOnlyRefused;
    private readonly IReadOnlyList<HandshakeEntry> _handshakes;

    /// <param name="handshakes">Those that present it, and those of must_reject at the addresses where it must be accepted; in order.</param>
    private IdentityView(Identity identity, FleetView view, IReadOnlyList<HandshakeEntry> handshakes)
    {
        var snapshot = view.Snapshot;
        _isOnlyRefused = view.IsOnlyRefused(identity.Name);
        (_identity, _snapshot, _handshakes) = (identity, snapshot, handshakes);
        (Rotation, Missing) = new RotationJudge(identity.Name, snapshot.Credentials, handshakes, snapshot.At).Judge();
    }

    public string Name => _identity.Name;

    public RotationProgress Rotation { get; }

    /// <summary>What is missing before the next step is safe.</summary>
    public ValueList<MissingThing> Missing { get; }

    /// <summary>Its last rotation over time; null if this process has seen none.</summary>
    public RotationTimeline? Timeline() => CredentialTimeline.Of(Name, _snapshot.Credentials, _handshakes);

    /// <summary>Those with a rotation in progress first, then in the order of the configuration.</summary>
    public static IReadOnlyList<IdentityView> All(FleetView view)
    {
        var own = view.Handshakes
            .Where(entry => entry.Key.Identity != Identity.None && !(entry.Key.Expect == Expectation.Reject && entry.State.Target.MustRejectOthers))
            .ToLookup(entry => entry.Key.Identity, StringComparer.Ordinal);
        var inUse = view.Snapshot.Targets.SelectMany(target => target.Accepted).ToHashSet(StringComparer.Ordinal);

        // Credentials that `others` excludes are in use elsewhere, and not left over from a rotation: the access matrix has them.
        var refused = view.Handshakes
            .Where(entry => entry.Key.Expect == Expectation.Reject && !(entry.State.Target.MustRejectOthers && inUse.Contains(entry.Key.Identity)))
            .ToLookup(entry => entry.Key.Server);
        return
        [
            .. view.Snapshot.Identities
                .Select(identity => new IdentityView(
                    identity, view, [.. refused.Count == 0 ? own[identity.Name] : Of(own[identity.Name], identity.Name, refused)]))
                .OrderBy(identity => identity.Rotation.Step == RotationStep.None),
        ];
    }

    public IdentityFacts Facts() => new(
        Name,
        Slots(),
        _snapshot.Targets.Count(target => target.Identity == Name || target.Accepts.Contains(Name)),
        Rotation.Addresses,
        _snapshot.Targets.Count(target => target.MustReject.Contains(Name)),
        Rotation);

    /// <summary>The credentials with a column in the matrix: its own, then those that the same servers must refuse.</summary>
    public ValueList<MatrixColumn> Columns() => _handshakes
        .Select(entry => new MatrixColumn(entry.Key.Identity, entry.Key.Slot, entry.Key.Expect))
        .Distinct()
        .OrderBy(column => column.Identity != Name)
        .ThenBy(column => column.Expect)
        .ThenBy(column => column.Slot)
        .ToValueList();

    /// <summary>The credential of a column; null if none is loaded.</summary>
    public CredentialState? Of(MatrixColumn column) =>
        _snapshot.Credentials.FirstOrDefault(credential => credential.Identity == column.Identity && credential.Slot == column.Slot);

    /// <summary>A row for each address, those with a fault first.</summary>
    public List<MatrixRow> Rows(ValueList<MatrixColumn> columns, Func<Condition, bool>? wanted)
    {
        var places = new Dictionary<MatrixColumn, int>();
        for (var i = 0; i < columns.Count; i++) places[columns[i]] = i;
        var rows = new Dictionary<ServerKey, HandshakeEntry?[]>();
        foreach (var entry in _handshakes)
        {
            if (!rows.TryGetValue(entry.Key.Server, out var cells)) rows[entry.Key.Server] = cells = new HandshakeEntry?[columns.Count];
            cells[places[new MatrixColumn(entry.Key.Identity, entry.Key.Slot, entry.Key.Expect)]] = entry;
        }

        return
        [
            .. rows.Where(row => wanted is null || row.Value.Any(cell => cell is not null && wanted(cell.Condition)))
                .OrderBy(row => row.Value.Min(cell => cell?.Condition.Severity() ?? int.MaxValue))
                .Select(row => new MatrixRow(row.Key, row.Value)),
        ];
    }

    private ValueList<SlotFacts> Slots() => _identity.Next is { } next
        ? [SlotFacts.Of(Slot.Current, _identity.Current, State(Slot.Current), LevelOf), SlotFacts.Of(Slot.Next, next, State(Slot.Next), LevelOf)]
        : [SlotFacts.Of(Slot.Current, _identity.Current, State(Slot.Current), LevelOf)];

    private ExpiryLevel? LevelOf(Certificate certificate) => _isOnlyRefused ? null : ExpiryRule.Of(certificate, _snapshot.At);

    private CredentialState? State(Slot slot) => _snapshot.Credentials.FirstOrDefault(credential => credential.Identity == Name && credential.Slot == slot);

    private static IEnumerable<HandshakeEntry> Of(IEnumerable<HandshakeEntry> own, string identity, ILookup<ServerKey, HandshakeEntry> refused)
    {
        var servers = new HashSet<ServerKey>();
        foreach (var entry in own)
        {
            yield return entry;
            if (entry.Key.Expect != Expectation.Accept || !servers.Add(entry.Key.Server)) continue;
            foreach (var other in refused[entry.Key.Server])
            {
                if (other.Key.Identity != identity) yield return other;
            }
        }
    }
}

/// <summary>An identity as shown.</summary>
/// <param name="Slots"><c>current</c>, and <c>next</c> if one is configured.</param>
/// <param name="Targets">Targets that must accept it.</param>
/// <param name="RefusedBy">Targets that must refuse it.</param>
internal sealed record IdentityFacts(string Name, ValueList<SlotFacts> Slots, int Targets, int Addresses, int RefusedBy, RotationProgress Rotation);

/// <summary>One credential of an identity.</summary>
/// <param name="Files">Paths, or the address of another source; never their content.</param>
/// <param name="Source">The state of its source; null for files, or if nothing is staged.</param>
/// <param name="Loaded">Whether the current files are usable; null if nothing is staged.</param>
/// <param name="Certificates">Leaf first, from the last good files.</param>
/// <param name="Revocation">What each kind of evidence says about each of its certificates.</param>
/// <param name="RevokedSince">When the first evidence of its revocation was issued; null if it is not known to be revoked.</param>
internal sealed record SlotFacts(
    Slot Slot,
    ValueList<string> Files,
    SourceFacts? Source,
    bool Staged,
    bool? Loaded,
    string? Fault,
    ValueList<SeenCertificate> Certificates,
    ValueList<CertificateRevocation> Revocation,
    DateTimeOffset? RevokedSince)
{
    public static SlotFacts Of(Slot slot, CredentialSource source, CredentialState? state, Func<Certificate, ExpiryLevel?> level) => new(
        slot,
        source.Places.Distinct().ToValueList(),
        state?.Source is { } from ? SourceFacts.Of(from) : null,
        state is not null,
        state?.Usable,
        state?.Fault is { } fault ? Shown.Text(fault) : null,
        state?.Chain.Take(Shown.Most).Select(certificate => new SeenCertificate(certificate, level(certificate))).ToValueList() ?? [],
        state?.Revocation.Take(Shown.Most).Select(ShownRecord.Of).ToValueList() ?? [],
        state?.RevokedSince);
}

/// <summary>A source of credentials other than files, as shown.</summary>
/// <param name="Source">The name in the metrics.</param>
/// <param name="LastUpdate">When the credential was last known to equal that of the source; null: never.</param>
/// <param name="Fault">Why it is not connected.</param>
internal sealed record SourceFacts(string Kind, string Source, bool Connected, DateTimeOffset? LastUpdate, string? Fault)
{
    public static SourceFacts Of(SourceState state) => new(
        state.Kind, Shown.Text(state.Label), state.Connected, state.LastUpdate, state.Fault is { } fault ? Shown.Text(fault) : null);
}

/// <summary>A credential, and how servers treat it.</summary>
internal sealed record MatrixColumn(string Identity, Slot Slot, Expectation Expect);

/// <summary>A column as shown.</summary>
/// <param name="RevokedSince">As in <see cref="SlotFacts"/>.</param>
internal sealed record ColumnFacts(string Identity, Slot Slot, Expectation Expect, DateTimeOffset? RevokedSince);

/// <summary>One address of the matrix.</summary>
/// <param name="Cells">One for each column; null if the credential is not presented there.</param>
internal sealed record MatrixRow(ServerKey Server, IReadOnlyList<HandshakeEntry?> Cells);

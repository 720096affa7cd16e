using System.Diagnostics.CodeAnalysis;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>A server's chain as shown.</summary>
/// <param name="SpiffeId">The ID of the leaf; null if it has none.</param>
/// <param name="SpiffeIdExpected">Whether the target allows it; null if it requires none.</param>
/// <param name="Anchored">Whether the last certificate of the path is a trust anchor.</param>
/// <param name="Faults">Faults that belong to no other item here.</param>
internal sealed record ChainFacts(
    bool? Valid,
    string? SpiffeId,
    bool? SpiffeIdExpected,
    ValueList<PathCertificate> Path,
    bool Anchored,
    ChainGap? Gap,
    ValueList<PathCertificate> Extras,
    ValueList<FaultFacts> Faults,
    ValueList<string> Notes,
    ValueList<string> NoteNames,
    string? Ocsp,
    StaplePeriod? Staple)
{
    /// <summary>Null if the server presented no certificate.</summary>
    public static ChainFacts? Of(ProbeResult? result, DateTimeOffset now)
    {
        if (result is null || ChainLayout.Of(result) is not { } layout) return null;
        var undrawn = layout.Path.Skip(Shown.Most).Concat(layout.Extras.Skip(Shown.Most)).SelectMany(cut => cut.Faults).Concat(layout.Unplaced);
        return new ChainFacts(
            result.Chain?.Valid,
            result.Chain?.SpiffeId is { } id ? Shown.Text(id) : null,
            result.Chain?.SpiffeIdExpected,
            layout.Path.Take(Shown.Most).Select((placed, depth) => new PathCertificate(placed, now) { Revocation = At(depth) }).ToValueList(),
            layout.IsAnchored,
            ChainGap.Of(layout),
            layout.Extras.Take(Shown.Most).Select(placed => new PathCertificate(placed, now)).ToValueList(),
            FaultFacts.Of(undrawn),
            result.Chain?.Notes.Take(Shown.Most).Select(Shown.Text).ToValueList() ?? [],
            result.Chain?.NoteNames ?? [],
            result.Chain?.Ocsp is { } ocsp ? Shown.Name(ocsp) : null,
            result.Chain?.Staple);

        ValueList<CertificateRevocation> At(int depth) => (result.Chain?.Revocation ?? []).Where(line => line.Depth == depth).Take(Shown.Most).Select(ShownRecord.Of).ToValueList();
    }
}

/// <summary>The end of a path that leads to no anchor.</summary>
/// <param name="Missing">The name of the missing certificate; null if the path ends in a root that we do not trust.</param>
internal sealed record ChainGap(string? Missing, string Sentence, ValueList<FaultFacts> Faults)
{
    public static ChainGap? Of(ChainLayout layout) => layout.IsAnchored ? null : new ChainGap(
        layout.Missing is { } missing ? Shown.Name(missing) : null,
        layout.Missing is null ? "ends here: not in the trust bundle" : "missing: not presented, not in the trust bundle",
        FaultFacts.Of(layout.Gap));
}

/// <summary>A certificate of the path, or outside it.</summary>
internal sealed record PathCertificate : SeenCertificate
{
    [SetsRequiredMembers]
    public PathCertificate(PlacedCertificate placed, DateTimeOffset now)
        : base(placed.Certificate, placed.IsAnchor ? ExpiryRule.OfAnchor(placed.Certificate, now) : ExpiryRule.Of(placed.Certificate, now)) => (Presented, Anchor, Faults) = (placed.IsPresented, placed.IsAnchor, FaultFacts.Of(placed.Faults));

    public required bool Presented { get; init; }

    public required bool Anchor { get; init; }

    public required ValueList<FaultFacts> Faults { get; init; }

    /// <summary>What each kind of evidence says about it; none for certificates outside the path.</summary>
    public ValueList<CertificateRevocation> Revocation { get; init; } = [];
}

/// <summary>One fault of a chain.</summary>
/// <param name="Error">The label of its reason.</param>
internal sealed record FaultFacts(string Error, string Sentence, string Detail)
{
    public static ValueList<FaultFacts> Of(IEnumerable<ChainFault> faults) =>
        faults.Take(Shown.Most).Select(fault => new FaultFacts(fault.Error.Label, fault.Error.Sentence, Shown.Text(fault.Detail))).ToValueList();
}

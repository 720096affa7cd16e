using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Trust;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Terminal;

/// <summary>
/// The server's chain from the leaf to its trust anchor, or to the gap where it ends. Every fault is at the certificate that it concerns.
/// </summary>
internal sealed class ChainTree(ProbeResult result, Pen pen, DateTimeOffset now)
{
    /// <summary>Longer paths and lists are truncated: no legitimate server needs more.</summary>
    private const int Limit = 10;

    private readonly ChainVerdict _chain = result.Chain ?? new ChainVerdict();

    /// <summary>A wrong name is not a fault of the chain.</summary>
    private string Judged => _chain.Errors is [var only] && only == Reasons.NameMismatch ? "a certificate that is not valid for this name" : "a chain we do not trust";

    public void Write()
    {
        if (ChainLayout.Of(result) is not { } layout) return;

        pen.Section("What the server presented: " + (_chain.Valid ? pen.Good("a chain we trust") : pen.Bad($"{Judged} ({string.Join(", ", _chain.Errors)})")));
        Path(layout);
        Extras(layout.Extras);

        foreach (var fault in Undrawn(layout).Take(Limit)) Fault(fault, "  ");
        if (result.Leaves is { } leaves) LeafText.Write(leaves, pen);
        foreach (var note in _chain.Notes.Take(Limit)) pen.Prose($"  {pen.Dot} ", "    ", pen.Safe(note, 300));
        if (_chain.Ocsp is { } ocsp) pen.Line($"  {pen.Dot} stapled OCSP response: {pen.Safe(ocsp, 40)}{Until(_chain.Staple)}");
    }

    private void Path(ChainLayout layout)
    {
        var path = layout.Path;
        for (var depth = 0; depth < Math.Min(path.Count, Limit); depth++)
        {
            pen.Line($"{Branch(depth)}{pen.Safe(path[depth].Certificate.Subject)}{Origin(path[depth])}");
            var margin = Margin(depth) + (path[depth].IsAnchor ? "   " : pen.Trunk);
            Particulars(path[depth], margin, isLeaf: depth == 0);
            foreach (var line in _chain.Revocation.Where(line => line.Depth == depth).Take(Limit)) Revocation(line, margin);
        }

        if (path.Count > Limit) pen.Line($"{Branch(Limit)}{Pen.AndMore(path.Count - Limit)}");
        else if (!layout.IsAnchored) Gap(layout);
    }

    /// <summary>The faults that belong to no certificate in the drawing.</summary>
    private static IEnumerable<ChainFault> Undrawn(ChainLayout layout) =>
    [
        .. layout.Path.Skip(Limit).Concat(layout.Extras.Skip(Limit)).SelectMany(cut => cut.Faults),
        .. layout.Path.Count > Limit ? layout.Gap : [],
        .. layout.Unplaced,
    ];

    private void Extras(ValueList<PlacedCertificate> extras)
    {
        if (extras.Count == 0) return;
        pen.Line("  also presented, not part of this chain:");
        foreach (var extra in extras.Take(Limit))
        {
            pen.Line($"    {pen.Safe(extra.Certificate.Subject)}");
            Particulars(extra, "       ", isLeaf: false);
        }

        if (extras.Count > Limit) pen.Line($"    {Pen.AndMore(extras.Count - Limit)}");
    }

    private void Particulars(PlacedCertificate placed, string margin, bool isLeaf)
    {
        var certificate = placed.Certificate;
        pen.Line($"{margin}issuer {pen.Safe(certificate.Issuer)}");
        pen.Line($"{margin}serial {pen.Safe(certificate.Serial, 64)}, {pen.Safe(certificate.Key, 40)}, {ValidityText.Describe(certificate, now, pen)}");
        if (isLeaf)
        {
            pen.Prose($"{margin}names  ", $"{margin}       ", Names(certificate));
            if (_chain.SpiffeId is { } id) pen.Line($"{margin}{(_chain.SpiffeIdExpected is { } isWanted ? (isWanted ? pen.Tick : pen.Cross) + " " : "")}SPIFFE ID {pen.Safe(id, 300)}");
            Expected(result.Expected.ServerCertificate, "the expected certificate", margin);
            Expected(result.Expected.Issuer, "issued by the expected issuer", margin);
        }

        foreach (var fault in placed.Faults) Fault(fault, margin);
    }

    private static string Until(StaplePeriod? staple) => staple?.NextUpdate is { } end ? $", until {Times.Minute(end)}" : "";

    /// <summary>A revocation is already shown as a fault; this shows good and unknown statuses, and why.</summary>
    private void Revocation(CertificateRevocation line, string margin)
    {
        var of = line.Place is { } place ? $" {pen.Safe(place, 100)}" : "";
        var when = line.ThisUpdate is { } since ? $", of {Times.Minute(since)}{(line.NextUpdate is { } end ? $" until {Times.Minute(end)}" : "")}" : "";
        if (line.Status == RevocationStatus.Good) pen.Line($"{margin}{pen.Tick} not revoked: {line.Source.Label()}{of}{when}");
        else if (line.Status == RevocationStatus.Unknown) pen.Prose($"{margin}{pen.Dot} ", $"{margin}  ", $"revocation not known: {line.Source.Label()}: {pen.Safe(line.Missing ?? "", 300)}");
    }

    private void Expected(bool? fact, string what, string margin)
    {
        if (fact is { } isSo) pen.Line($"{margin}{(isSo ? pen.Tick : pen.Cross)} {(isSo ? what : $"not {what}")}");
    }

    private void Fault(ChainFault fault, string margin) =>
        pen.Prose($"{margin}{pen.Cross} ", $"{margin}  ", $"{fault.Error.Label}: {pen.Safe(fault.Detail, 400)}");

    private string Origin(PlacedCertificate placed)
    {
        if (placed.IsAnchor) return pen.Good(placed.IsPresented ? "  (trust anchor, presented too)" : "  (trust anchor)");
        return placed.IsPresented ? "" : "  (not presented)";
    }

    /// <summary>Why the path ends.</summary>
    private void Gap(ChainLayout layout)
    {
        var depth = layout.Path.Count;
        var gap = layout.Missing is { } missing
            ? pen.Bad("missing: ") + pen.Safe(missing) + pen.Bad(" (not presented, not in the trust bundle)")
            : pen.Bad("ends here: not in the trust bundle");
        pen.Line($"{Branch(depth)}{pen.Cross} {gap}");
        foreach (var fault in layout.Gap) Fault(fault, Margin(depth) + "  ");
    }

    private string Names(Certificate leaf)
    {
        List<string> names = [.. leaf.DnsNames, .. leaf.IpAddresses, .. leaf.Uris];
        return leaf.NamesTotal == 0 ? "none (no subject alternative name)" : pen.SafeList(names, limit: 8, leaf.NamesLeftOut);
    }

    /// <summary>The text before the name of a certificate; the leaf has none.</summary>
    private string Branch(int depth) => depth == 0 ? "  " : Margin(depth - 1) + pen.Branch;

    private static string Margin(int depth) => new(' ', 2 + (3 * depth));
}

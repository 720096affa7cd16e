using MtlsProbe.Model;

namespace MtlsProbe.Diagnosis;

/// <summary>
/// The server's chain from the leaf to its trust anchor, or to the gap where it ends. Every fault stands on the certificate
/// that it concerns.
/// </summary>
internal sealed class ChainTree(ProbeResult result, Pen pen, DateTimeOffset now)
{
    /// <summary>Longer paths and lists are cut: no honest server needs more.</summary>
    private const int Limit = 10;

    private readonly ChainVerdict _chain = result.Chain ?? new ChainVerdict();

    /// <summary>Faults that no certificate drawn so far has claimed.</summary>
    private readonly List<ChainFault> _unplaced = [.. result.Chain?.Faults ?? []];

    private bool IsAnchored => !_chain.Errors.Any(error =>
        error == Reasons.UntrustedIssuer || error == Reasons.IncompleteChain || error == Reasons.SelfSigned);

    public void Write()
    {
        if (result.ServerCertificates.Count == 0) return;

        var path = _chain.Path.Count > 0 ? _chain.Path : [result.ServerCertificates[0]];
        pen.Section("What the server presented: " + (_chain.Valid
            ? pen.Good("a chain we trust")
            : pen.Bad($"a chain we do not trust ({string.Join(", ", _chain.Errors)})")));
        Path(path);
        Extras(result.ServerCertificates.Where(certificate => !path.Contains(certificate)).ToList());

        foreach (var fault in _unplaced.Take(Limit)) Fault(fault, "  ");
        if (result.Leaves is { } leaves) LeafText.Write(leaves, pen);
        foreach (var note in _chain.Notes.Take(Limit)) pen.Prose($"  {pen.Dot} ", "    ", pen.Safe(note, 300));
        if (_chain.Ocsp is { } ocsp) pen.Line($"  {pen.Dot} stapled OCSP response: {pen.Safe(ocsp, 40)}");
    }

    private void Path(ValueList<Certificate> path)
    {
        for (var depth = 0; depth < Math.Min(path.Count, Limit); depth++)
        {
            var isAnchor = IsAnchored && depth == path.Count - 1;
            pen.Line($"{Branch(depth)}{pen.Safe(path[depth].Subject)}{Origin(path[depth], isAnchor)}");
            Particulars(path[depth], Margin(depth) + (isAnchor ? "   " : pen.Trunk), isLeaf: depth == 0);
        }

        if (path.Count > Limit) pen.Line($"{Branch(Limit)}{Pen.AndMore(path.Count - Limit)}");
        else if (!IsAnchored) Gap(path[^1], path.Count);
    }

    private void Extras(List<Certificate> extras)
    {
        if (extras.Count == 0) return;
        pen.Line("  also presented, not part of this chain:");
        foreach (var certificate in extras.Take(Limit))
        {
            pen.Line($"    {pen.Safe(certificate.Subject)}");
            Particulars(certificate, "       ", isLeaf: false);
        }

        if (extras.Count > Limit) pen.Line($"    {Pen.AndMore(extras.Count - Limit)}");
    }

    private void Particulars(Certificate certificate, string margin, bool isLeaf)
    {
        pen.Line($"{margin}issuer {pen.Safe(certificate.Issuer)}");
        pen.Line($"{margin}serial {pen.Safe(certificate.Serial, 64)}, {pen.Safe(certificate.Key, 40)}, {Validity.Describe(certificate, now, pen)}");
        if (isLeaf)
        {
            pen.Prose($"{margin}names  ", $"{margin}       ", Names(certificate));
            Expected(result.Expected.ServerCertificate, "the expected certificate", margin);
            Expected(result.Expected.Issuer, "issued by the expected issuer", margin);
        }

        Faults(certificate.Subject, margin);
    }

    private void Expected(bool? fact, string what, string margin)
    {
        if (fact is { } isSo) pen.Line($"{margin}{(isSo ? pen.Tick : pen.Cross)} {(isSo ? what : $"not {what}")}");
    }

    /// <summary>Draws, once, the faults of <paramref name="subject"/>; null: of a certificate that is missing.</summary>
    private void Faults(string? subject, string margin)
    {
        foreach (var fault in _unplaced.Where(fault => fault.Subject == subject).ToList())
        {
            _unplaced.Remove(fault);
            Fault(fault, margin);
        }
    }

    private void Fault(ChainFault fault, string margin) =>
        pen.Prose($"{margin}{pen.Cross} ", $"{margin}  ", $"{fault.Error.Label}: {pen.Safe(fault.Detail, 400)}");

    private string Origin(Certificate certificate, bool isAnchor)
    {
        var isPresented = result.ServerCertificates.Contains(certificate);
        if (isAnchor) return pen.Good(isPresented ? "  (trust anchor, presented too)" : "  (trust anchor)");
        return isPresented ? "" : "  (not presented)";
    }

    /// <summary>Why the path goes no further than <paramref name="last"/>.</summary>
    private void Gap(Certificate last, int depth)
    {
        var gap = last.IsSelfIssued
            ? pen.Bad("ends here: not in the trust bundle")
            : pen.Bad("missing: ") + pen.Safe(last.Issuer) + pen.Bad(" (not presented, not in the trust bundle)");
        pen.Line($"{Branch(depth)}{pen.Cross} {gap}");
        Faults(subject: null, Margin(depth) + "  ");
    }

    private string Names(Certificate leaf)
    {
        List<string> names = [.. leaf.DnsNames, .. leaf.IpAddresses, .. leaf.Uris];
        return names.Count == 0 ? "none (no subject alternative name)" : pen.SafeList(names, limit: 8);
    }

    /// <summary>Stands before the name of a certificate; the leaf has none.</summary>
    private string Branch(int depth) => depth == 0 ? "  " : Margin(depth - 1) + pen.Branch;

    private static string Margin(int depth) => new(' ', 2 + (3 * depth));
}

using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Verdicts;

/// <summary>The certificates that a target should present, and whether it did.</summary>
/// <param name="Leaf">Null if none is expected.</param>
/// <param name="Issuer">Null if none is expected.</param>
internal sealed record Pins(LoadedPin? Leaf, LoadedPin? Issuer)
{
    public static readonly Pins None = new(null, null);

    public ExpectedCertificateFacts Facts(Observation seen) => new(LeafIsExpected(seen), IssuerIsExpected(seen)) { Changed = Leaf?.Certificate?.ChangedAt };

    /// <summary>The failure of an otherwise good probe; null if everything is as expected.</summary>
    public Failure? Failure(Observation seen)
    {
        if ((Leaf?.Certificate is null ? Leaf?.Fault : null) is { } missing) return Broken(missing);
        if ((Issuer?.Certificate is null ? Issuer?.Fault : null) is { } missingIssuer) return Broken(missingIssuer);
        if (LeafIsExpected(seen) is false)
            return NotExpected($"the server presents the certificate with serial {seen.ServerCertificates[0].Serial}; {Leaf!.Certificate!.Description}");
        if (IssuerIsExpected(seen) is false)
            return NotExpected($"the certificate of the server (serial {seen.ServerCertificates[0].Serial}) was issued by {seen.ServerCertificates[0].Issuer}; {Issuer!.Certificate!.Description}");
        return null;
    }

    private static Failure NotExpected(string detail) => new(Phase.Handshake, Reasons.NotExpected, null, detail);

    private static Failure Broken(MaterialFault fault) => new(Phase.Identity, fault.Reason, null, fault.Detail);

    private bool? LeafIsExpected(Observation seen) =>
        Leaf?.Certificate is { } pin && seen.ServerCertificates.Count > 0 ? seen.ServerCertificates[0].Sha256 == pin.Sha256 : null;

    private bool? IssuerIsExpected(Observation seen)
    {
        if (Issuer?.Certificate is not { } pin || seen.ServerCertificates.Count == 0) return null;
        var leaf = seen.ServerCertificates[0];
        if (seen.Chain?.Path is { Count: > 1 } path && path[0] == leaf && pin.Names(path[1])) return true;

        if (seen.Chain?.Path is not { Count: > 1 } known || known[0] != leaf) return pin.Certificate is { } issuer && !leaf.HasIssuerName(issuer) ? false : null;

        // Cross-signed variants of one issuer have the same name and key: it does not matter which of them the best path uses.
        return seen.ServerCertificates.Any(other => pin.Sha256 == other.Sha256 && other.IsSameAuthority(known[1]));
    }
}

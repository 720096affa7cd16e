using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Handshake;

/// <summary>What a server presented, and the verdict on it.</summary>
/// <param name="Certificates">As presented; none if the leaf cannot be read.</param>
/// <param name="Verdict">Null if it presented nothing.</param>
/// <param name="StapledOcsp">DER; empty if there was none.</param>
internal sealed record PresentedChain(ValueList<Certificate> Certificates, ChainVerdict? Verdict, byte[] StapledOcsp)
{
    public static readonly PresentedChain None = new([], null, []);

    /// <summary>Also for a failed handshake, in which the server's certificates are most worth knowing.</summary>
    public static PresentedChain Of(TlsConnection tls, Target target, TrustBundle trust, ChainJudge chains, CertificateCache cache, DateTimeOffset now)
    {
        var raw = tls.PeerCertificates();
        if (raw.Count == 0) return None;

        // The first certificate is the leaf: if it cannot be read, no other may replace it.
        if (cache.Certificate(raw[0]) is null)
            return new([], new ChainVerdict { Faults = [new ChainFault(Reasons.ConstraintViolated, null, "The server's certificate cannot be read.")] }, []);
        var presented = new List<Certificate>(raw.Count);
        foreach (var der in raw)
        {
            if (cache.Certificate(der) is { } certificate) presented.Add(certificate);
        }

        var stapled = tls.StapledOcsp();
        return new(presented.Take(SearchBounds.MaxPresented).ToValueList(), chains.Judge(presented, trust, target.Reference, now, stapled), stapled);
    }
}

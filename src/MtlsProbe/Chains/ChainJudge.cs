using MtlsProbe.Model;

namespace MtlsProbe.Chains;

/// <summary>
/// Judges a server's chain from what it presented, the trust bundle and the clock alone: no machine stores, no downloads
/// (RFC 5280 §6, RFC 9525). Reports every fault, not the first. Thread-safe.
/// </summary>
internal sealed class ChainJudge
{
    private readonly SignatureCache _signatures = new();

    /// <param name="presented">As the server sent them, leaf first.</param>
    /// <param name="trust">Any of its certificates is an anchor.</param>
    /// <param name="serverName">DNS name or IP address that the leaf has to be for.</param>
    /// <param name="now">The probe's clock.</param>
    /// <param name="stapledOcsp">DER of the stapled OCSP response; empty where none was.</param>
    public ChainVerdict Judge(
        IReadOnlyList<Certificate> presented, TrustBundle trust, string serverName, DateTimeOffset now, ReadOnlyMemory<byte> stapledOcsp)
    {
        if (presented.Count == 0)
            return new ChainVerdict { Faults = [new ChainFault(Reasons.IncompleteChain, null, "the server presented no certificate")] };

        var distinct = presented.Take(MaxPresented).DistinctBy(certificate => certificate.Sha256).ToValueList();
        CertificatePath? best = null;
        List<ChainFault> bestFaults = [];
        new PathSearch(distinct, trust, _signatures).Run(path =>
        {
            var faults = PathFaults.Of(path, distinct, trust, now);
            if (best is null || FaultOrder.IsLess(faults, bestFaults)) (best, bestFaults) = (path, faults);
            return faults.Count == 0;
        });

        if (ServerName.Mismatch(presented[0], serverName) is { } mismatch) bestFaults.Add(mismatch);
        return new ChainVerdict { Faults = FaultOrder.Sort(bestFaults), Path = best!.Certificates };
    }

    /// <summary>Certificates looked at; libssl itself takes 100 kB of them.</summary>
    public const int MaxPresented = 100;
}

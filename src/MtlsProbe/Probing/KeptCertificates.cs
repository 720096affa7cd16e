using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Probing;

/// <summary>The cost of the certificates of all results. A certificate that several results share is one object and costs once. Not thread-safe.</summary>
internal sealed class KeptCertificates
{
    private readonly Dictionary<Certificate, int> _holders = new(ReferenceEqualityComparer.Instance);

    /// <summary>In bytes.</summary>
    public long Cost { get; private set; }

    /// <summary>The number of certificates.</summary>
    public int Count => _holders.Count;

    /// <summary>The cost of this list for its holder: the cost of a shared certificate is divided among its holders.</summary>
    /// <param name="holdings">The maximum number of lists of one holder that contain it.</param>
    public long CostFor(ValueList<Certificate> certificates, int holdings)
    {
        long cost = 0;
        foreach (var certificate in certificates)
            cost += (long)CertificateCost.Of(certificate) * holdings / Math.Max(holdings, _holders.GetValueOrDefault(certificate));
        return cost;
    }

    /// <summary>Records that one list replaces another.</summary>
    public void Replace(ValueList<Certificate> before, ValueList<Certificate> after)
    {
        if (before.IsSame(after)) return;
        foreach (var certificate in after)
        {
            var holders = _holders.GetValueOrDefault(certificate);
            _holders[certificate] = holders + 1;
            if (holders == 0) Cost += CertificateCost.Of(certificate);
        }

        foreach (var certificate in before)
        {
            if (_holders[certificate] is > 1 and var holders) _holders[certificate] = holders - 1;
            else
            {
                _holders.Remove(certificate);
                Cost -= CertificateCost.Of(certificate);
            }
        }
    }
}

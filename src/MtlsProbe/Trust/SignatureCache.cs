using MtlsProbe.Certificates;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Trust;

/// <summary>Caches which certificate signed which: a signature over the same bytes with the same key never changes.</summary>
internal sealed class SignatureCache
{
    /// <summary>A fleet of 10,000 servers has as many leaves. If it is full of unrelated certificates, it takes 9 MB including fingerprints.</summary>
    private const int Most = 12_000;

    private readonly BoundedCache<(string Certificate, string Issuer), bool> _results = new(Most);

    /// <summary>The number of results.</summary>
    public int Count => _results.Count;

    public bool IsSignedBy(Certificate certificate, Certificate issuer)
    {
        var pair = (certificate.Sha256, issuer.Sha256);
        if (_results.TryGet(pair, out var known)) return known;
        var signed = CertificateSignature.IsSignedBy(certificate.Der.Span, issuer.Der.Span);
        _results.Add(pair, signed);
        return signed;
    }
}

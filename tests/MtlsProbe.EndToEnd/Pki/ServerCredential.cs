namespace MtlsProbe.EndToEnd.Pki;

/// <summary>The credential of a server: a leaf with its key, and the certificates after it, with the fault in the name.</summary>
internal sealed record ServerCredential(string Name, Issued Leaf, IReadOnlyList<Issued> Rest)
{
    public string ChainPem => Leaf.CertificatePem + RestPem;

    public string RestPem => string.Concat(Rest.Select(certificate => certificate.CertificatePem));
}

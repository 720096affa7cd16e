namespace MtlsProbe.EndToEnd.Pki;

/// <summary>What a server is given to present: a leaf with its key, and the certificates that follow it, as wrong as the name says.</summary>
internal sealed record ServerCredential(string Name, Issued Leaf, IReadOnlyList<Issued> Rest)
{
    public string ChainPem => Leaf.CertificatePem + RestPem;

    public string RestPem => string.Concat(Rest.Select(certificate => certificate.CertificatePem));
}

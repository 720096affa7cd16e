using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Pki;

/// <summary>The files of the PKI as servers and configurations name them.</summary>
internal sealed class PkiFiles
{
    private readonly Workspace _workspace;

    public PkiFiles(Workspace workspace, TestPki pki)
    {
        _workspace = workspace;
        workspace.Write("pki/root.pem", pki.Root.CertificatePem);
        workspace.Write("pki/clients.crl", pki.RevocationLists);
        workspace.Write("pki/client-authority.crl", pki.ClientRevocationList);
        foreach (var (name, client) in pki.Clients) Write($"pki/client/{name}", client.ChainPem, client.KeyPem);
        foreach (var (name, server) in pki.Servers)
        {
            Write($"pki/server/{name}", server.ChainPem, server.Leaf.KeyPem);
            workspace.Write($"pki/server/{name}.pem", server.ChainPem + server.Leaf.KeyPem);
            workspace.Write($"pki/server/{name}.leaf", server.Leaf.CertificatePem);
            workspace.Write($"pki/server/{name}.rest", server.RestPem);
        }
    }

    public string Root => _workspace.PathOf("pki/root.pem");

    public string RevocationLists => _workspace.PathOf("pki/clients.crl");

    /// <summary>One list only, for servers that read no more.</summary>
    public string ClientRevocationList => _workspace.PathOf("pki/client-authority.crl");

    public string ClientCertificate(string name) => _workspace.PathOf($"pki/client/{name}.crt");

    public string ClientKey(string name) => _workspace.PathOf($"pki/client/{name}.key");

    /// <summary>The chain as it is to be presented.</summary>
    public string ServerCertificate(string name) => _workspace.PathOf($"pki/server/{name}.crt");

    public string ServerKey(string name) => _workspace.PathOf($"pki/server/{name}.key");

    /// <summary>Chain and key in one file.</summary>
    public string ServerCombined(string name) => _workspace.PathOf($"pki/server/{name}.pem");

    public string ServerLeaf(string name) => _workspace.PathOf($"pki/server/{name}.leaf");

    /// <summary>What follows the leaf; may be empty.</summary>
    public string ServerRest(string name) => _workspace.PathOf($"pki/server/{name}.rest");

    private void Write(string path, string certificates, string key)
    {
        _workspace.Write($"{path}.crt", certificates);
        File.SetUnixFileMode(_workspace.Write($"{path}.key", key), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}

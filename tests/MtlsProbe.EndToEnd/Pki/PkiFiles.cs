using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Pki;

/// <summary>The files of the PKI, as in the configurations of servers and of the program.</summary>
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
        foreach (var server in pki.Servers.Values) Write(server);
    }

    public string Root => _workspace.PathOf("pki/root.pem");

    public string RevocationLists => _workspace.PathOf("pki/clients.crl");

    /// <summary>A single list, for servers that read only one.</summary>
    public string ClientRevocationList => _workspace.PathOf("pki/client-authority.crl");

    public string ClientCertificate(string name) => _workspace.PathOf($"pki/client/{name}.crt");

    public string ClientKey(string name) => _workspace.PathOf($"pki/client/{name}.key");

    /// <summary>The chain, in the order in which it is presented.</summary>
    public string ServerCertificate(string name) => _workspace.PathOf($"pki/server/{name}.crt");

    public string ServerKey(string name) => _workspace.PathOf($"pki/server/{name}.key");

    /// <summary>Chain and key in one file.</summary>
    public string ServerCombined(string name) => _workspace.PathOf($"pki/server/{name}.pem");

    public string ServerLeaf(string name) => _workspace.PathOf($"pki/server/{name}.leaf");

    /// <summary>The certificates after the leaf; can be empty.</summary>
    public string ServerRest(string name) => _workspace.PathOf($"pki/server/{name}.rest");

    /// <summary>Writes the files of a server's credential, over those of the same name.</summary>
    public void Write(ServerCredential server)
    {
        Write($"pki/server/{server.Name}", server.ChainPem, server.Leaf.KeyPem);
        _workspace.Write($"pki/server/{server.Name}.pem", server.ChainPem + server.Leaf.KeyPem);
        _workspace.Write($"pki/server/{server.Name}.leaf", server.Leaf.CertificatePem);
        _workspace.Write($"pki/server/{server.Name}.rest", server.RestPem);
    }

    private void Write(string path, string certificates, string key)
    {
        _workspace.Write($"{path}.crt", certificates);
        File.SetUnixFileMode(_workspace.Write($"{path}.key", key), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}

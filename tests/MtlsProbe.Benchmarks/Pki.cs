namespace MtlsProbe.Benchmarks;

/// <summary>The kind of every key of a PKI.</summary>
internal enum KeyKind
{
    /// <summary>ECDSA on P-256.</summary>
    Ecdsa,

    /// <summary>RSA with 2048 bits.</summary>
    Rsa,
}

/// <summary>
/// A root, an intermediate, a server and a client, as PEM files. Certificates and chains are as usual: leaf and intermediate are sent, the root is
/// the trust anchor.
/// </summary>
internal sealed class Pki
{
    public const string ServerName = "server.test";

    private const int Days = 89;

    private readonly string _directory;
    private readonly TestKeyKind _keys;
    private readonly TestCertificate _issuer;
    private readonly TestCertificate _server;

    public Pki(string directory, KeyKind kind)
    {
        _directory = Directory.CreateDirectory(directory).FullName;
        _keys = kind == KeyKind.Rsa ? TestKeyKind.OwnRsa2048 : TestKeyKind.EcP256;
        var root = TestCertificate.SelfSigned(Left(Days, TestTemplate.Authority("Benchmark Root")));
        _issuer = root.Issue(Left(Days, TestTemplate.Authority("Benchmark Issuer")));
        _server = _issuer.Issue(Left(Days, TestTemplate.Server(ServerName)));
        var client = _issuer.Issue(Left(Days, TestTemplate.Client("client") with { Dns = ["client"] }));
        File.WriteAllText(Root, root.CertificatePem);
        Write(_server, ServerCertificate);
        File.WriteAllText(ServerKey, _server.KeyPem);
        Write(client, ClientCertificate);
        File.WriteAllText(ClientKey, client.KeyPem);
    }

    /// <summary>The directory of <see cref="IssueServers"/>.</summary>
    public string Servers => Path.Combine(_directory, "servers");

    public string Root => Path.Combine(_directory, "root.crt");

    public string ServerCertificate => Path.Combine(_directory, "server.crt");

    public string ServerKey => Path.Combine(_directory, "server.key");

    public string ClientCertificate => Path.Combine(_directory, "client.crt");

    public string ClientKey => Path.Combine(_directory, "client.key");

    /// <summary>
    /// A certificate for each of these names, in the file <c>NAME.crt</c>: all with the key of <see cref="ServerKey"/>, and, as in practice, with
    /// different ends.
    /// </summary>
    public void IssueServers(IEnumerable<string> names)
    {
        Directory.CreateDirectory(Servers);
        foreach (var (i, name) in names.Index())
        {
            var template = Left(1 + (i % Days), TestTemplate.Server(name)) with { Key = _server.Key };
            Write(_issuer.Issue(template), Path.Combine(Servers, $"{name}.crt"));
        }
    }

    private TestTemplate Left(int days, TestTemplate template) => template with { KeyKind = _keys, NotAfter = TestTemplate.Now.AddDays(days) };

    private void Write(TestCertificate leaf, string file) => File.WriteAllText(file, leaf.CertificatePem + _issuer.CertificatePem);
}

namespace MtlsProbe.EndToEnd.Pki;

/// <summary>
/// The authorities and certificates of the run. All trust the same root. Client certificates come from an intermediate below it, server certificates
/// from the second of two intermediates (so the order can be wrong). A foreign root is separate.
/// </summary>
internal sealed class TestPki
{
    public const string ServerName = "server.test";
    public const string Passphrase = "correct-horse-battery-staple-7431";

    private static readonly Lazy<TestPki> Instance = new(() => new TestPki());

    private readonly Authority _foreign = Authority.Root("Foreign Root");
    private readonly Authority _clients;
    private readonly Authority _policy;
    private readonly Authority _servers;

    private TestPki()
    {
        Root = Authority.Root("Test Root");
        _clients = Root.Intermediate("Clients");
        _policy = Root.Intermediate("Policy");
        _servers = _policy.Intermediate("Servers");
        Clients = ClientCredentials();
        Servers = ServerCredentials();
        _clients.Revoke(Clients["revoked"]);
        RevocationLists = _clients.RevocationListPem() + Root.RevocationListPem();
    }

    /// <summary>Minted once per run.</summary>
    public static TestPki Shared => Instance.Value;

    public Authority Root { get; }

    /// <summary>By the name of the fault; the names are the identities of the configurations.</summary>
    public IReadOnlyDictionary<string, Issued> Clients { get; }

    /// <summary>By the name of the fault.</summary>
    public IReadOnlyDictionary<string, ServerCredential> Servers { get; }

    /// <summary>The lists of the client authority and of the root, PEM.</summary>
    public string RevocationLists { get; }

    /// <summary>The client authority's list alone, for servers that read only one.</summary>
    public string ClientRevocationList => _clients.RevocationListPem();

    /// <summary>What no output may contain: lines of private keys, the passphrase, and passwords, also as encoded by HTTP and SASL.</summary>
    public IEnumerable<string> Secrets =>
        [Passphrase, EndToEnd.Servers.Logins.Word, EndToEnd.Servers.Proxies.Password, Basic(EndToEnd.Servers.Proxies.User, EndToEnd.Servers.Proxies.Password), .. Clients.Values.SelectMany(client => client.SecretLines), .. Servers.Values.SelectMany(server => server.Leaf.SecretLines)];

    private static string Basic(string user, string password) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{user}:{password}"));

    /// <summary>Another client certificate from the authority that all trust.</summary>
    public Issued NewClient(string commonName) => NewClient(Template.Client(commonName));

    public Issued NewClient(TestTemplate template) => _clients.Issue(template);

    /// <summary>Another server certificate that all trust.</summary>
    /// <param name="name">The name of the files in <see cref="PkiFiles"/>.</param>
    public ServerCredential NewServer(string name) => NewServer(name, Template.Server("server"));

    public ServerCredential NewServer(string name, TestTemplate template) => Complete(name, _servers.Issue(template));

    private Dictionary<string, Issued> ClientCredentials() => new()
    {
        ["good"] = _clients.Issue(Template.Client("good client")),
        ["rsa"] = _clients.Issue(Template.Client("good client with RSA").Rsa()),
        ["expired"] = _clients.Issue(Template.Client("expired client").Expired()),
        ["not_yet_valid"] = _clients.Issue(Template.Client("client of tomorrow").NotYetValid()),
        ["wrong_ca"] = _foreign.Issue(Template.Client("foreign client")),
        ["revoked"] = _clients.Issue(Template.Client("revoked client")),
        ["wrong_usage"] = _clients.Issue(Template.Client("server as client") with { ExtendedKeyUsage = [TestTemplate.ServerAuth] }),
    };

    private Dictionary<string, ServerCredential> ServerCredentials()
    {
        var (policy, issuing) = (_policy, _servers);
        var template = Template.Server("server");
        var selfSigned = Authority.SelfSigned(template);
        return new[]
        {
            Complete("good", issuing.Issue(template)),
            Complete("rsa", issuing.Issue(template.Rsa())),
            Complete("expired", issuing.Issue(template.Expired())),
            Complete("not_yet_valid", issuing.Issue(template.NotYetValid())),
            Complete("wrong_name", issuing.Issue(template with { Dns = ["elsewhere.test"] })),
            Complete("wrong_usage", issuing.Issue(template with { ExtendedKeyUsage = [TestTemplate.ClientAuth] })),
            Complete("self_signed", selfSigned),
            new ServerCredential("untrusted_issuer", _foreign.Issue(template), [_foreign.Self]),
            new ServerCredential("incomplete_chain", issuing.Issue(template), []),
            new ServerCredential("wrong_order", issuing.Issue(template), [policy.Self, issuing.Self]),
        }.ToDictionary(server => server.Name);
    }

    private static ServerCredential Complete(string name, Issued leaf) => new(name, leaf, leaf.Issuers);
}

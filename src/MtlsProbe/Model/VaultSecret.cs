using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A credential in a key-value store of Vault, of version 1 or 2, in fields with PEM text.</summary>
/// <param name="Path">The path in the API, after <c>/v1/</c>. In version 2 it has <c>data/</c> after the mount.</param>
internal sealed record VaultSecret(VaultServer Server, string Path) : CredentialSource
{
    public const string Kind = "vault";

    public const string DefaultCertificate = "tls.crt";

    public const string DefaultKey = "tls.key";

    /// <summary>The interval at which Vault is asked for changes.</summary>
    public static readonly TimeSpan DefaultPoll = TimeSpan.FromMinutes(1);

    /// <summary>The field with the leaf, followed by its chain.</summary>
    public string Certificate { get; init; } = DefaultCertificate;

    /// <summary>The field with the private key; can be the same.</summary>
    public string Key { get; init; } = DefaultKey;

    public TimeSpan Poll { get; init; } = DefaultPoll;

    public override ValueList<string> Places => [Url.AbsoluteUri];

    public override (string Problem, string Hint)? Caution => Server.Address is { Scheme: "http", IsLoopback: false }
        ? ($"{Server.Name} is accessed without TLS: token and key can be read in transit", "https://, or an agent of Vault on this machine")
        : null;

    public Uri Url => new(Server.Address, "v1/" + Path);

    /// <summary>With Vault's own program and jq. <c>vault read</c> accepts the paths of both versions, <c>vault kv get</c> does not.</summary>
    public override SourceByHand ByHand
    {
        get
        {
            var token = Server.TokenFile is { } file ? $"VAULT_TOKEN=\"$(cat {ShellWord.Of(file)})\" " : "";
            var read = $"{token}{Server.Environment} vault read -format=json {ShellWord.Of(Path)}";
            return Key == Certificate
                ? new($"umask 077; {Field(Certificate)} > client.pem", new CredentialFiles("client.pem", "client.pem", null))
                : new($"umask 077; {Field(Certificate)} > client.crt; {Field(Key)} > client.key", new CredentialFiles("client.crt", "client.key", null));

            // In version 1 the fields are in <c>data</c> itself, in version 2 in <c>data.data</c>.
            string Field(string name) => $"{read} | jq -r --arg field {ShellWord.Of(name)} '.data | (if .metadata.version? then .data else . end) | .[$field]'";
        }
    }
}

/// <summary>A Vault server, and our credentials for it.</summary>
/// <param name="Address">With a final slash.</param>
internal sealed record VaultServer(Uri Address)
{
    /// <summary>Read again for each request, because an agent renews it; null: no token is sent, for example to an agent that adds one.</summary>
    public string? TokenFile { get; init; }

    /// <summary>The file with the CA certificates that must have issued the server's certificate; null: the machine's anchors.</summary>
    public string? CaFile { get; init; }

    public string? Namespace { get; init; }

    /// <summary>The name in metrics and pages.</summary>
    public string Name => Address.GetLeftPart(UriPartial.Authority) + Address.AbsolutePath.TrimEnd('/');

    /// <summary>Environment variables for Vault's own program.</summary>
    public string Environment => string.Join(' ', new (string Variable, string? Value)[]
    {
        ("VAULT_ADDR", Name), ("VAULT_NAMESPACE", Namespace), ("VAULT_CACERT", CaFile),
    }.Where(one => one.Value is not null).Select(one => $"{one.Variable}={ShellWord.Of(one.Value!)}"));
}

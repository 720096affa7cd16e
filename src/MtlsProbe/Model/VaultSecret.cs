using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A credential in a key-value store of Vault, of version 1 or 2, in fields that hold PEM.</summary>
/// <param name="Path">As the API has it, after <c>/v1/</c>: of version 2 with <c>data/</c> after the mount.</param>
internal sealed record VaultSecret(VaultServer Server, string Path) : CredentialSource
{
    public const string Kind = "vault";

    public const string DefaultCertificate = "tls.crt";

    public const string DefaultKey = "tls.key";

    /// <summary>Within which a change is seen.</summary>
    public static readonly TimeSpan DefaultPoll = TimeSpan.FromMinutes(1);

    /// <summary>The field with the leaf, and after it the chain.</summary>
    public string Certificate { get; init; } = DefaultCertificate;

    /// <summary>The field with the private key; may be the same.</summary>
    public string Key { get; init; } = DefaultKey;

    public TimeSpan Poll { get; init; } = DefaultPoll;

    public override ValueList<string> Places => [Url.AbsoluteUri];

    public override (string Problem, string Hint)? Caution => Server.Address is { Scheme: "http", IsLoopback: false }
        ? ($"{Server.Name} is asked without TLS: token and key can be read on the way", "https://, or an agent of Vault on this machine")
        : null;

    public Uri Url => new(Server.Address, "v1/" + Path);

    /// <summary>By Vault's own program and jq: <c>vault read</c> takes paths of either version, <c>vault kv get</c> would not.</summary>
    public override SourceByHand ByHand
    {
        get
        {
            var token = Server.TokenFile is { } file ? $"VAULT_TOKEN=\"$(cat {ShellWord.Of(file)})\" " : "";
            var read = $"{token}{Server.Environment} vault read -format=json {ShellWord.Of(Path)}";
            return Key == Certificate
                ? new($"umask 077; {Field(Certificate)} > client.pem", new CredentialFiles("client.pem", "client.pem", null))
                : new($"umask 077; {Field(Certificate)} > client.crt; {Field(Key)} > client.key", new CredentialFiles("client.crt", "client.key", null));

            // In version 1 the fields are in the data itself, in version 2 one level down.
            string Field(string name) => $"{read} | jq -r --arg field {ShellWord.Of(name)} '.data | (if .metadata.version? then .data else . end) | .[$field]'";
        }
    }
}

/// <summary>A Vault server, and our authentication there.</summary>
/// <param name="Address">With a slash at its end.</param>
internal sealed record VaultServer(Uri Address)
{
    /// <summary>Read again for each request, because an agent renews it; null: no token is sent, for example to an agent that adds one.</summary>
    public string? TokenFile { get; init; }

    /// <summary>The authorities that the server's certificate has to come from; null: those of the machine.</summary>
    public string? CaFile { get; init; }

    public string? Namespace { get; init; }

    /// <summary>What metrics and pages call it.</summary>
    public string Name => Address.GetLeftPart(UriPartial.Authority) + Address.AbsolutePath.TrimEnd('/');

    /// <summary>Variables for Vault's own program.</summary>
    public string Environment => string.Join(' ', new (string Variable, string? Value)[]
    {
        ("VAULT_ADDR", Name), ("VAULT_NAMESPACE", Namespace), ("VAULT_CACERT", CaFile),
    }.Where(one => one.Value is not null).Select(one => $"{one.Variable}={ShellWord.Of(one.Value!)}"));
}

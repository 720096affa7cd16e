using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>Reads the block <c>vault</c> of a credential.</summary>
/// <param name="absolute">Makes a path of the file absolute.</param>
internal sealed class VaultRules(Func<string, string> absolute)
{
    /// <summary>For hints.</summary>
    public const string Form = "vault: { address: https://HOST:8200, path: secret/data/NAME, token_file: FILE }";

    private const int MaxPath = 512;
    private const int MaxField = 256;

    private static readonly string[] s_keys = ["address", "path", "certificate", "key", "token_file", "ca_file", "namespace", "poll"];

    /// <summary>Null where the block is absent or wrong, which is reported.</summary>
    public VaultSecret? Read(Section credential)
    {
        if (credential.Open("vault", s_keys) is not { } block) return null;
        var (address, path) = (block.Read("address", Address), block.Read("path", ApiPath));
        var (certificate, key) = (block.Read("certificate", Field), block.Read("key", Field));
        var (token, authorities) = (block.Read("token_file", Grammar.FilePath), block.Read("ca_file", Grammar.FilePath));
        var (@namespace, poll) = (block.Read("namespace", Namespace), block.Read("poll", Grammar.Interval));
        var isValid = block.IsIntelligible && address is { Valid: true } && path is { Valid: true } && certificate is null or { Valid: true } && key is null or { Valid: true }
            && token is null or { Valid: true } && authorities is null or { Valid: true } && @namespace is null or { Valid: true } && poll is null or { Valid: true };
        if (block.IsIntelligible && (address is null || path is null)) block.Complain(address is null ? "has no address" : "has no path", Form);
        if (block.IsIntelligible && key is not null && certificate is null)
        {
            block.Complain("names the field of the key, but not that of the certificate", "certificate: FIELD; without both they are tls.crt and tls.key");
            isValid = false;
        }

        if (!isValid) return null;
        return new VaultSecret(
            new VaultServer(address!.Value!)
            {
                TokenFile = token is null ? null : absolute(token.Value!),
                CaFile = authorities is null ? null : absolute(authorities.Value!),
                Namespace = @namespace?.Value,
            },
            path!.Value!)
        {
            Certificate = certificate?.Value ?? VaultSecret.DefaultCertificate,
            Key = key?.Value ?? certificate?.Value ?? VaultSecret.DefaultKey,
            Poll = poll?.Value ?? VaultSecret.DefaultPoll,
        };
    }

    private static Reading<Uri> Address(string text)
    {
        const string form = "https://HOST:8200";
        if (Grammar.FilePath(text) is { Problem: not null } wrong) return new(null, wrong.Problem, wrong.Hint) { IsWithheld = wrong.IsWithheld };
        if (text.Contains('@', StringComparison.Ordinal)) return Reading<Uri>.Withheld("has a user, and perhaps a password, in its URL", "token_file holds the credential");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0 || text.Any(c => c is <= ' ' or > '~')) return Reading<Uri>.Wrong("is not the URL of a server", form);
        if (url.Scheme is not ("http" or "https")) return Reading<Uri>.Wrong($"has the scheme {url.Scheme}, which is not supported", form);
        if (url.Query.Length + url.Fragment.Length > 0) return Reading<Uri>.Wrong("has more than an address (? or #)", form);
        if (url.AbsolutePath.EndsWith("/v1", StringComparison.Ordinal) || url.AbsolutePath.Contains("/v1/", StringComparison.Ordinal))
            return Reading<Uri>.Wrong("has the path of the API in it", "end it before /v1; what comes after that is path");
        return url.AbsoluteUri.EndsWith('/') ? url : new Uri(url.AbsoluteUri + "/");
    }

    /// <summary>What comes after <c>/v1/</c>.</summary>
    private static Reading<string> ApiPath(string text)
    {
        if (Grammar.FilePath(text) is { Problem: not null } wrong) return wrong;
        if (text.Length > MaxPath) return Reading<string>.Wrong($"is longer than {MaxPath} characters");
        if (text.StartsWith('/') || text.StartsWith("v1/", StringComparison.Ordinal)) return Reading<string>.Wrong("begins before the mount", "write what comes after /v1/: secret/data/NAME");
        return text.Any(c => c is <= ' ' or > '~' or '?' or '#' or '%' or '\\') || Array.Exists(text.Split('/'), part => part is "" or "." or "..")
            ? Reading<string>.Wrong("is not the path of a secret", "MOUNT/data/NAME of version 2 of the key-value store, MOUNT/NAME of version 1")
            : text;
    }

    private static Reading<string> Field(string text) =>
        PastedSecret.Is(text) ? Reading<string>.Withheld(PastedSecret.Problem, "write it to the secret, and name its field here")
        : text.Length is 0 or > MaxField || text.Any(char.IsControl) ? Reading<string>.Wrong("is not the name of a field", "tls.crt")
        : text;

    private static Reading<string> Namespace(string text) =>
        text.Length is > 0 and <= MaxPath && text.All(c => c is > ' ' and <= '~' and not ('?' or '#' or '%')) ? text : Reading<string>.Wrong("is not a namespace", "as Vault's own program takes it: team-a or team-a/shop");
}

using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>Messages about an unavailable secret, and what to do. They quote no text from the server, because it could contain our own token.</summary>
internal static class VaultFaults
{
    /// <param name="status">The status of the response; the meanings are from Vault's API documentation ("HTTP status codes").</param>
    public static MaterialFault Of(VaultSecret secret, int status) => Of(secret, status switch
    {
        400 => "the server answers 400: it does not accept the request; is the namespace missing, or is the path not in a key-value store?",
        403 when secret.Server.TokenFile is null => "the server answers 403: no token was sent; set token_file, or set address to a Vault agent that adds a token",
        403 => $"the server answers 403: the token in {secret.Server.TokenFile} has expired, or its policies do not let it read this path (vault token lookup; vault token capabilities {secret.Path})",
        429 => "the server answers 429: there are too many requests for its quota; set a longer poll, or raise the quota",
        503 => "the server answers 503: Vault is sealed or under maintenance (vault status)",
        301 or 302 or 303 or 307 or 308 => FormattableString.Invariant($"the server answers {status} and redirects to another address, which the token is not sent to; set address to the active node, or to one that leads there"),
        _ => FormattableString.Invariant($"the server answers {status}"),
    });

    public static MaterialFault NotOfVault(VaultSecret secret, int status) =>
        Of(secret, FormattableString.Invariant($"the server answers {status}, but not in Vault's format: is the address right, and is Vault running?"));

    /// <param name="problem">Continues a sentence after a colon.</param>
    public static MaterialFault Of(VaultSecret secret, string problem) => new(Reasons.Unreadable, $"{secret.Url} cannot be read: {problem}");

    /// <summary>There is no such secret.</summary>
    public static MaterialFault Missing(VaultSecret secret, bool isDeleted) => new(Reasons.NotFound, $"{secret.Url} " + (isDeleted
        ? "has been deleted in its newest version (vault kv undelete brings it back)"
        : secret.Path.Contains("/data/", StringComparison.Ordinal)
            ? "does not exist; in version 1 of the key-value store, the path has no data/ after the mount"
            : "does not exist; in version 2 of the key-value store, the path has data/ after the mount: MOUNT/data/NAME"));

    /// <summary>Null if the required fields exist.</summary>
    public static MaterialFault? OfFields(VaultSecret secret, VaultAnswer answer) =>
        !answer.HasCertificate ? Lacking(secret.Certificate, secret)
        : !answer.HasKey ? Lacking(secret.Key, secret)
        : null;

    /// <summary>A field, for sentences.</summary>
    public static string PlaceOf(VaultSecret secret, string field) => $"{secret.Url}#{field}";

    private static MaterialFault Lacking(string field, VaultSecret secret) =>
        new(Reasons.NotFound, $"{secret.Url} has no field \"{field}\" that is a string; set the fields with certificate and key of the block vault");
}

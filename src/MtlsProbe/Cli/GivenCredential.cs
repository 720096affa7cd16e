using System.CommandLine;
using System.CommandLine.Parsing;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Cli;

/// <summary>The credential that is given by flags.</summary>
internal static class GivenCredential
{
    /// <summary>Null if there are no such flags.</summary>
    public static CredentialSource? Of(ParseResult parsed, Option<string?> certificate, Option<KeyPlace?> key, Option<string?> pkcs12, Option<string?> passphrase, Option<string?> pin)
    {
        string? File(Option<string?> option) => parsed.GetValue(option) is { } path ? Path.GetFullPath(path) : null;

        if (File(pkcs12) is { } bundle) return new Pkcs12File(bundle, File(passphrase));
        if (File(certificate) is not { } chain) return null;
        return parsed.GetValue(key) switch
        {
            { Token: { } token } => new TokenFiles(chain, token, File(pin)),
            { File: { } file } => new PemFiles(chain, Path.GetFullPath(file), File(passphrase)),
            _ => new PemFiles(chain, chain, File(passphrase)),
        };
    }

    /// <summary>A PIN belongs to a token, a passphrase to a file.</summary>
    public static void CheckToken(CommandResult command, Option<KeyPlace?> key, bool hasPassphrase, bool hasPin)
    {
        var isInToken = command.GetResult(key) is { Tokens: [var word, ..] } && TokenUri.IsOne(word.Value);
        if (hasPin && !isInToken) command.AddError("--pin-file needs --key with the PKCS#11 URI of a key in a token");
        if (hasPassphrase && isInToken) command.AddError("--key-passphrase-file is for a key in a file; a token takes --pin-file");
    }
}

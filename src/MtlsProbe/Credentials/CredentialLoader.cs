using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Credentials;

/// <summary>From the files of a credential to a credential whose parts belong together, or to the fault that prevents it.</summary>
internal static class CredentialLoader
{
    public static LoadedCredential Load(CredentialSource source)
    {
        using var files = MaterialFiles.ReadPatiently(PathsOf(source), mayBePipes: true);
        var (credential, fault) = Decode(source, files);
        return new LoadedCredential(credential, fault);
    }

    /// <summary>Every file that the source names.</summary>
    public static IEnumerable<string> PathsOf(CredentialSource source) => source switch
    {
        PemFiles { PassphraseFile: { } passphrase } pem => [pem.Certificate, pem.Key, passphrase],
        PemFiles pem => [pem.Certificate, pem.Key],
        Pkcs12File { PassphraseFile: { } passphrase } pkcs12 => [pkcs12.Path, passphrase],
        Pkcs12File pkcs12 => [pkcs12.Path],
        SecretDirectory directory => [directory.Certificate, directory.Key],
        _ => throw new ArgumentOutOfRangeException(nameof(source)),
    };

    /// <summary>
    /// Whether a replacement has not begun to appear: none of the files that it has to itself exists. A passphrase that is there
    /// beforehand, and a key that the replacement shares with the credential in use, announce nothing.
    /// </summary>
    /// <param name="current">What it will replace.</param>
    /// <param name="files">The files of <see cref="PathsOf"/>.</param>
    public static bool IsNotStaged(CredentialSource next, CredentialSource current, MaterialFiles files)
    {
        var passphrase = next switch
        {
            PemFiles pem => pem.PassphraseFile,
            Pkcs12File pkcs12 => pkcs12.PassphraseFile,
            _ => null,
        };
        return PathsOf(next).Except([.. PathsOf(current), passphrase ?? ""], StringComparer.Ordinal).All(files.IsMissing);
    }

    /// <param name="files">The files of <see cref="PathsOf"/>.</param>
    public static Material<Credential> Decode(CredentialSource source, MaterialFiles files)
    {
        if (files.Faults.FirstOrDefault() is { } fault) return Broken(fault);
        return source switch
        {
            PemFiles pem => Pair(pem.Certificate, pem.Key, pem.PassphraseFile, files),
            SecretDirectory directory => Pair(directory.Certificate, directory.Key, null, files),
            Pkcs12File pkcs12 => Bundle(pkcs12, files),
            _ => throw new ArgumentOutOfRangeException(nameof(source)),
        };
    }

    private static Material<Credential> Pair(string certificatePath, string keyPath, string? passphrasePath, MaterialFiles files)
    {
        var file = CertificateFile.Parse(files.Bytes(certificatePath), certificatePath);
        if (file.Fault is not null) return Broken(file.Fault);
        if (!TryPassphrase(passphrasePath, files, out var passphrase, out var fault)) return Broken(fault!);
        var decoded = PrivateKey.FromPem(files.Bytes(keyPath), passphrase);
        if (decoded.Key is not { } key) return Broken(decoded.Fault!, keyPath, decoded.Detail!);
        var chain = file.Certificates;
        var keyBlocks = PemBlocks.Scan(files.Bytes(keyPath));
        if (key.Matches(chain[0].Der.Span))
            return new(new Credential(chain, key), null) { Notes = LeftOut.Bounded([.. CredentialNotes.OfPem(certificatePath, file, keyPath, keyBlocks)]) };

        var later = chain.Skip(1).FirstOrDefault(certificate => key.Matches(certificate.Der.Span));
        key.Dispose();
        return Broken(Reasons.KeyMismatch, keyPath, later is null
            ? $"is not the key of {certificatePath}, whose first certificate is {chain[0]}{OnlyTheFirst(keyBlocks)}"
            : $"is the key of {later}, which is not the first certificate of {certificatePath}");
    }

    private static string OnlyTheFirst(IReadOnlyList<PemBlock> blocks) => blocks.Count(block => block.IsPrivateKey) is > 1 and var keys
        ? $"; of its {keys} private keys the first counts" : "";

    private static Material<Credential> Bundle(Pkcs12File source, MaterialFiles files)
    {
        if (!TryPassphrase(source.PassphraseFile, files, out var passphrase, out var fault)) return Broken(fault!);
        var content = Pkcs12.Read(files.Bytes(source.Path), passphrase);
        if (content.Key is not { } key)
            return Broken(content.Fault!, source.Path, content.Detail + JavaKeyStore(files.Bytes(source.Path)));
        var others = content.Others.Select(der => Certificate.TryParse(der)).ToList();
        if (content.Leaf is { } der && Certificate.TryParse(der) is { } leaf && !others.Contains(null))
            return Bundled(source.Path, content, key, ChainParts.Of(leaf, others!));

        key.Dispose();
        return content.Leaf is null
            ? Broken(Reasons.KeyMismatch, source.Path, content.KeyCount == 1
                ? "holds no certificate of its private key"
                : $"holds no certificate of any of its {content.KeyCount} private keys")
            : Broken(Reasons.BadFormat, source.Path, "holds a certificate that cannot be read");
    }

    /// <summary>
    /// PKCS#12 gives certificates no order, TLS does (RFC 5246 §7.4.2): each certifies the one before. Strangers go last; beside a
    /// second key they are its chain, and none of this credential's business.
    /// </summary>
    private static Material<Credential> Bundled(string path, Pkcs12 content, PrivateKey key, ChainParts parts)
    {
        var strangers = content.KeyCount == 1 ? parts.Strangers : [];
        return new(new Credential([.. parts.Chain, .. strangers], key), null) { Notes = LeftOut.Bounded([.. CredentialNotes.OfPkcs12(path, content, parts)]) };
    }

    /// <summary>The first line's end is not part of a passphrase: editors and <c>echo</c> add it.</summary>
    private static bool TryPassphrase(string? path, MaterialFiles files, out ReadOnlySpan<byte> passphrase, out MaterialFault? fault)
    {
        fault = null;
        passphrase = path is null ? [] : files.Bytes(path);
        if (passphrase is [.., (byte)'\n']) passphrase = passphrase[..^1];
        if (passphrase is [.., (byte)'\r']) passphrase = passphrase[..^1];
        if (passphrase.Length > PrivateKey.MaxPassphraseLength)
            fault = new MaterialFault(Reasons.BadFormat, $"{path} is too long for a passphrase: {PrivateKey.MaxPassphraseLength} bytes at most");
        else if (path is not null && passphrase.IsEmpty)
            fault = new MaterialFault(Reasons.WrongPassphrase, $"{path} is empty");
        return fault is null;
    }

    private static string JavaKeyStore(ReadOnlySpan<byte> content) =>
        content is [0xFE, 0xED, 0xFE, 0xED, ..] ? " (a Java keystore: keytool -importkeystore -deststoretype pkcs12)" : "";

    private static Material<Credential> Broken(Reason reason, string path, string problem) =>
        Broken(new MaterialFault(reason, $"{path} {problem}"));

    private static Material<Credential> Broken(MaterialFault fault) => new(null, fault);
}

using MtlsProbe.Certificates;
using MtlsProbe.Keystores;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Credentials;

/// <summary>From the files of a credential to a credential whose parts belong together, or to the fault that prevents it.</summary>
internal static class CredentialLoader
{
    /// <param name="replaces">
    /// For a slot <c>next</c>: the credential that it will replace. It is then optional: if it is not staged, there is neither a credential nor a
    /// fault.
    /// </param>
    /// <param name="files">The content of the files of <paramref name="source"/>.</param>
    public static Material<Credential> Decode(CredentialFiles source, CredentialSource? replaces, MaterialFiles files)
    {
        if (replaces is not null && IsNotStaged(source, replaces, files)) return new(null, null);
        if (files.Faults.FirstOrDefault() is { } fault) return Broken(fault);
        return source.IsPkcs12 ? Bundle(source, files) : Pair(source, files);
    }

    /// <summary>
    /// Whether nothing of a replacement has appeared yet: none of the files that only it uses exists. A passphrase that already exists, or a key that
    /// it shares with the credential in use, does not count.
    /// </summary>
    private static bool IsNotStaged(CredentialFiles next, CredentialSource current, MaterialFiles files) =>
        next.All.Except([.. current.Files?.All ?? [], next.Passphrase ?? ""], StringComparer.Ordinal).All(files.IsMissing);

    private static Material<Credential> Pair(CredentialFiles source, MaterialFiles files)
    {
        var (certificatePath, keyPath, passphrasePath) = source;

        // Faults of the certificates are reported first.
        return Passphrase.TryRead(passphrasePath, files, out var passphrase, out var fault) || CertificateFile.Parse(files.Bytes(certificatePath), certificatePath).Fault is not null
            ? PemPair.Decode(files.Bytes(certificatePath), certificatePath, files.Bytes(keyPath), keyPath, passphrase)
            : Broken(fault!);
    }

    private static Material<Credential> Bundle(CredentialFiles source, MaterialFiles files)
    {
        var path = source.Certificate;
        if (!Passphrase.TryRead(source.Passphrase, files, out var passphrase, out var fault)) return Broken(fault!);
        if (JavaKeystore.Is(files.Bytes(path))) return KeystoreLoader.Decode(path, files.Bytes(path), passphrase, source.Alias);
        var content = Pkcs12.Read(files.Bytes(path), passphrase);
        if (content.Key is not { } key) return Broken(content.Fault!, path, content.Detail!);
        if (source.Alias is not null)
        {
            key.Dispose();
            return Broken(Reasons.BadFormat, path, "is a PKCS#12 file, in which no alias can be selected: remove alias, or use a separate file");
        }

        var others = content.Others.Select(der => Certificate.TryParse(der)).ToList();
        if (content.Leaf is { } der && Certificate.TryParse(der) is { } leaf && !others.Contains(null))
            return Bundled(path, content, key, ChainParts.Of(leaf, others!));

        key.Dispose();
        return content.Leaf is null
            ? Broken(Reasons.KeyMismatch, path, content.KeyCount == 1
                ? "contains no certificate of its private key"
                : $"contains no certificate of any of its {content.KeyCount} private keys")
            : Broken(Reasons.BadFormat, path, "contains a certificate that cannot be read");
    }

    /// <summary>
    /// PKCS#12 gives certificates no order, but TLS requires one (RFC 5246 §7.4.2): each certifies the previous one. Unrelated ones go last; if there
    /// is a second key, they are its chain and not part of this credential.
    /// </summary>
    private static Material<Credential> Bundled(string path, Pkcs12 content, PrivateKey key, ChainParts parts)
    {
        var strangers = content.KeyCount == 1 ? parts.Strangers : [];
        return new(new Credential([.. parts.Chain, .. strangers], key), null) { Notes = LeftOut.Bounded([.. CredentialNotes.OfPkcs12(path, content, parts)]) };
    }

    private static Material<Credential> Broken(Reason reason, string path, string problem) =>
        Broken(new MaterialFault(reason, $"{path} {problem}"));

    private static Material<Credential> Broken(MaterialFault fault) => new(null, fault);
}

using MtlsProbe.Certificates;
using MtlsProbe.Keystores;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Credentials;

/// <summary>From keystores (JKS, JCEKS, PKCS#12) to the trust anchors in them, or to the fault that prevents it.</summary>
internal static class KeystoreTrustLoader
{
    /// <param name="files">The contents of the keystores and of the passphrase file.</param>
    public static Material<TrustBundle> Decode(string name, KeystoreTrust source, MaterialFiles files)
    {
        if (files.Faults.FirstOrDefault() is { } fault) return new(null, fault);
        if (!Passphrase.TryRead(source.PassphraseFile, files, out var passphrase, out var wrong)) return new(null, wrong);
        var anchors = new List<Certificate>();
        var notes = new List<MaterialNote>();
        foreach (var path in source.Files)
        {
            var content = files.Bytes(path);
            var (found, problem) = JavaKeystore.Is(content) ? OfJava(path, content, passphrase, notes) : OfPkcs12(path, content, passphrase);
            if (problem is not null) return new(null, problem);
            anchors.AddRange(found);
        }

        return new(new TrustBundle(name, anchors), null) { Notes = LeftOut.Bounded(notes) };
    }

    /// <summary>Only trusted certificates; the chain of a private key is not trusted.</summary>
    private static (IReadOnlyList<Certificate> Found, MaterialFault? Problem) OfJava(string path, ReadOnlySpan<byte> content, ReadOnlySpan<byte> passphrase, List<MaterialNote> notes)
    {
        var store = JavaKeystore.Read(content, passphrase);
        if (store.IsLocked) return ([], new MaterialFault(Reasons.WrongPassphrase, $"{path} {store.Problem}"));
        if (store.Problem is not null || store.LeftOut > 0)
            return ([], new MaterialFault(Reasons.BadFormat, $"{path} {store.Problem ?? $"holds {LeftOut.Count(store.LeftOut, "certificate")} that cannot be read"}"));
        List<Certificate> trusted = [.. store.Entries.Where(entry => entry.Key is null).SelectMany(entry => entry.Chain)];
        if (store.Entries.Count(entry => entry.Key is not null) is > 0 and var keys)
            notes.Add(new MaterialNote($"{path} also contains {LeftOut.Count(keys, "private key")}, which {(keys == 1 ? "is" : "are")} ignored, with {(keys == 1 ? "its" : "their")} certificates: only trusted certificates are read from it") { IsWarning = true });
        return trusted.Count > 0 ? (trusted, null) : ([], new MaterialFault(Reasons.BadFormat, $"{path} contains no trusted certificate"));
    }

    /// <summary>PKCS#12 does not say which of its certificates are trusted, unless it contains only trusted certificates.</summary>
    private static (IReadOnlyList<Certificate> Found, MaterialFault? Problem) OfPkcs12(string path, ReadOnlySpan<byte> content, ReadOnlySpan<byte> passphrase)
    {
        var store = Pkcs12.ReadAll(content, passphrase);
        if (store.Fault is { } reason) return ([], new MaterialFault(reason, $"{path} {store.Detail}"));
        if (store.KeyCount > 0) return ([], Bad("contains a private key: use a keystore that contains only trusted certificates"));
        if (store.Others.Count > JavaKeystore.MostCertificates) return ([], Bad($"contains more than {JavaKeystore.MostCertificates} certificates"));
        var found = store.Others.Select(der => Certificate.TryParse(der)).ToList();
        if (found.Contains(null)) return ([], Bad("contains a certificate that cannot be read"));
        return found.Count > 0 ? (found!, null) : ([], Bad("contains no certificate"));

        MaterialFault Bad(string problem) => new(Reasons.BadFormat, $"{path} {problem}");
    }
}

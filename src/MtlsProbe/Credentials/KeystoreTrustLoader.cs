using MtlsProbe.Certificates;
using MtlsProbe.Keystores;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Credentials;

/// <summary>From keystores (JKS, JCEKS, PKCS#12) to the trust anchors in them, or to the fault that prevents it.</summary>
internal static class KeystoreTrustLoader
{
    /// <param name="files">Those of the keystores, read, and that of the passphrase.</param>
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

    /// <summary>The certificates that are trusted; a key's own chain is not.</summary>
    private static (IReadOnlyList<Certificate> Found, MaterialFault? Problem) OfJava(string path, ReadOnlySpan<byte> content, ReadOnlySpan<byte> passphrase, List<MaterialNote> notes)
    {
        var store = JavaKeystore.Read(content, passphrase);
        if (store.IsLocked) return ([], new MaterialFault(Reasons.WrongPassphrase, $"{path} {store.Problem}"));
        if (store.Problem is not null || store.LeftOut > 0)
            return ([], new MaterialFault(Reasons.BadFormat, $"{path} {store.Problem ?? $"holds {LeftOut.Count(store.LeftOut, "certificate")} that cannot be read"}"));
        List<Certificate> trusted = [.. store.Entries.Where(entry => entry.Key is null).SelectMany(entry => entry.Chain)];
        if (store.Entries.Count(entry => entry.Key is not null) is > 0 and var keys)
            notes.Add(new MaterialNote($"{path} holds {LeftOut.Count(keys, "private key")} too, which {(keys == 1 ? "is" : "are")} left out with what certifies {(keys == 1 ? "it" : "them")}: only trusted certificates are read from it") { IsWarning = true });
        return trusted.Count > 0 ? (trusted, null) : ([], new MaterialFault(Reasons.BadFormat, $"{path} holds no trusted certificate"));
    }

    /// <summary>PKCS#12 does not say which of its certificates are trusted, unless it contains nothing else.</summary>
    private static (IReadOnlyList<Certificate> Found, MaterialFault? Problem) OfPkcs12(string path, ReadOnlySpan<byte> content, ReadOnlySpan<byte> passphrase)
    {
        var store = Pkcs12.ReadAll(content, passphrase);
        if (store.Fault is { } reason) return ([], new MaterialFault(reason, $"{path} {store.Detail}"));
        if (store.KeyCount > 0) return ([], Bad("holds a private key: use a keystore that contains only trusted certificates"));
        if (store.Others.Count > JavaKeystore.MostCertificates) return ([], Bad($"holds more than {JavaKeystore.MostCertificates} certificates"));
        var found = store.Others.Select(der => Certificate.TryParse(der)).ToList();
        if (found.Contains(null)) return ([], Bad("holds a certificate that cannot be read"));
        return found.Count > 0 ? (found!, null) : ([], Bad("holds no certificate"));

        MaterialFault Bad(string problem) => new(Reasons.BadFormat, $"{path} {problem}");
    }
}

using System.Buffers.Text;
using MtlsProbe.Files;
using MtlsProbe.Keystores;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Text;

namespace MtlsProbe.Credentials;

/// <summary>From a Java keystore (JKS, JCEKS) to the credential in it, or to the fault that prevents it.</summary>
internal static class KeystoreLoader
{
    private const int MostShown = 5;
    private const int LongestAlias = 100;

    /// <param name="passphrase">Without the end of its line.</param>
    /// <param name="alias">The alias of the entry; null: the first entry with a private key.</param>
    public static Material<Credential> Decode(string path, ReadOnlySpan<byte> content, ReadOnlySpan<byte> passphrase, string? alias)
    {
        if (passphrase.IsEmpty) return Broken(Reasons.WrongPassphrase, path, "is a Java keystore, whose keys are encrypted, but no passphrase is configured");
        var store = JavaKeystore.Read(content, passphrase);
        if (store.IsLocked) return Broken(Reasons.WrongPassphrase, path, store.Problem!);
        List<JavaEntry> keys = [.. store.Entries.Where(entry => entry.Key is not null)];
        var entry = alias is null ? keys.FirstOrDefault() : keys.Find(one => one.Alias.Equals(alias, StringComparison.OrdinalIgnoreCase));
        if (entry is null) return Broken(Reasons.BadFormat, path, store.Problem ?? Absence(store, keys, alias));
        if (entry.LeftOut > 0 && entry.Chain.Count > 0) return Broken(Reasons.BadFormat, path, $"contains a certificate of its private key {Shown(entry)} that cannot be read");
        if (entry.Chain.Count == 0) return Broken(Reasons.KeyMismatch, path, $"contains no certificate of its private key {Shown(entry)} that can be read");
        if (JavaKeyProtection.Open(content[entry.Key!.Value], passphrase, out var length, out var problem) is not { } opened)
            return Broken(problem!.StartsWith("cannot be decrypted", StringComparison.Ordinal) ? Reasons.WrongPassphrase : Reasons.BadFormat, path, $"holds a private key, {Shown(entry)}, that {problem}");
        try
        {
            return Decode(path, store, keys, entry, opened.AsSpan(0, length), alias is not null);
        }
        finally
        {
            PinnedBuffers.Return(opened);
        }
    }

    private static Material<Credential> Decode(string path, JavaEntries store, List<JavaEntry> keys, JavaEntry entry, ReadOnlySpan<byte> pkcs8, bool isChosen)
    {
        var decoded = FromPkcs8(pkcs8);
        if (decoded.Key is not { } key) return Broken(decoded.Fault!, path, $"holds a private key, {Shown(entry)}, that {decoded.Detail}");
        if (key.Matches(entry.Chain[0].Der.Span)) return new(new Credential([.. entry.Chain], key), null) { Notes = [.. Notes(path, store, keys, entry, isChosen)] };
        key.Dispose();
        return Broken(Reasons.KeyMismatch, path, $"holds a private key, {Shown(entry)}, that is not the key of its certificate {entry.Chain[0]}");
    }

    private static IEnumerable<MaterialNote> Notes(string path, JavaEntries store, List<JavaEntry> keys, JavaEntry entry, bool isChosen)
    {
        if (keys.Count > 1 && !isChosen)
            yield return new MaterialNote($"{path} holds {keys.Count} private keys: the first is used, {Shown(entry)}; alias selects another") { IsWarning = true };
        if (store.Entries.Count - keys.Count is > 0 and var trusted)
            yield return new MaterialNote($"{path} also contains {LeftOut.Count(trusted, "trusted certificate")}, which {(trusted == 1 ? "is" : "are")} ignored: only a private key and its chain are read from it");
        if (store.Problem is { } problem) yield return new MaterialNote($"{path} {problem}; the entries before that are used") { IsWarning = true };
    }

    private static string Absence(JavaEntries store, List<JavaEntry> keys, string? alias) => (keys.Count, alias) switch
    {
        (0, _) => $"holds no private key, only {LeftOut.Count(store.Entries.Count, "trusted certificate")}",
        _ => $"holds no private key {Quoted(alias!)}; it has {string.Join(", ", keys.Take(MostShown).Select(Shown))}{(keys.Count > MostShown ? ", …" : "")}",
    };

    /// <summary>PKCS#8 in the form in which OpenSSL gets keys.</summary>
    private static DecodedKey FromPkcs8(ReadOnlySpan<byte> der)
    {
        const int octets = 48; // the octets in a line of 64 letters
        ReadOnlySpan<byte> begin = "-----BEGIN PRIVATE KEY-----\n"u8, end = "-----END PRIVATE KEY-----\n"u8;
        var buffer = PinnedBuffers.Rent(begin.Length + end.Length + (((der.Length / octets) + 1) * 66));
        try
        {
            begin.CopyTo(buffer);
            var at = begin.Length;
            for (var i = 0; i < der.Length; i += octets)
            {
                Base64.EncodeToUtf8(der.Slice(i, Math.Min(octets, der.Length - i)), buffer.AsSpan(at), out _, out var written);
                at += written;
                buffer[at++] = (byte)'\n';
            }

            end.CopyTo(buffer.AsSpan(at));
            return PrivateKey.FromPem(buffer.AsSpan(0, at + end.Length), []);
        }
        finally
        {
            PinnedBuffers.Return(buffer);
        }
    }

    private static string Shown(JavaEntry entry) => Quoted(entry.Alias);

    private static string Quoted(string alias) => $"\"{VisibleText.Of(alias, LongestAlias, ascii: false)}\"";

    private static Material<Credential> Broken(Reason reason, string path, string problem) => new(null, new MaterialFault(reason, $"{path} {problem}"));
}

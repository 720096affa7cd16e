using MtlsProbe.Certificates;
using MtlsProbe.OpenSsl;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>The parts of a credential's files that are not used, and those that are sent although they do not belong to the chain.</summary>
internal static class CredentialNotes
{
    /// <param name="keyBlocks">The blocks of the file with the key, which can be the file with the certificates.</param>
    public static IEnumerable<MaterialNote> OfPem(string certificatePath, CertificateFile file, string keyPath, IReadOnlyList<PemBlock> keyBlocks)
    {
        var isOneFile = certificatePath == keyPath;
        var strangers = ChainParts.Of(file.Certificates[0], file.Certificates.Skip(1)).Strangers;
        foreach (var note in Sent(certificatePath, file.Certificates[0], strangers)) yield return note;
        foreach (var again in file.Certificates.GroupBy(certificate => certificate).Where(group => group.Count() > 1))
            yield return new MaterialNote($"{certificatePath} contains {again.Key} {again.Count()} times, and it is sent as often") { IsWarning = true };
        foreach (var note in LeftOut.Blocks(certificatePath, [.. file.Others.Where(block => IsLeftOut(block, isOneFile))], "only the certificates are read from it"))
            yield return note;
        if (file.Settings > 0)
            yield return new MaterialNote($"{certificatePath} holds {LeftOut.Count(file.Settings, "certificate")} with OpenSSL trust settings (TRUSTED CERTIFICATE), which are ignored: they are not sent");
        if (keyBlocks.Count(block => block.IsPrivateKey) is > 1 and var keys)
            yield return new MaterialNote($"{keyPath} holds {keys} private keys: the first is used, which is that of {file.Certificates[0]}; the others are ignored") { IsWarning = true };
        if (isOneFile) yield break;
        foreach (var note in LeftOut.Blocks(keyPath, [.. keyBlocks.Where(block => IsLeftOut(block, hasKey: true))], $"only the key is read from it, the certificates from {certificatePath}"))
            yield return note;
    }

    public static IEnumerable<MaterialNote> OfPkcs12(string path, Pkcs12 content, ChainParts parts)
    {
        if (content.KeyCount > 1)
        {
            var others = parts.Strangers.Count switch
            {
                0 => "",
                1 => $"; {parts.Strangers[0]} is ignored, because it is not part of the chain",
                var count => $"; {count} certificates are ignored, because they are not part of the chain, {parts.Strangers[0]} and others",
            };
            yield return new MaterialNote($"{path} holds {content.KeyCount} private keys: the first that has its certificate in the file is used, that of {parts.Chain[0]}{others}")
            {
                IsWarning = true,
            };
        }
        else
        {
            foreach (var note in Sent(path, parts.Chain[0], parts.Strangers)) yield return note;
        }

        if (content.OtherCount > 0)
            yield return new MaterialNote($"{path} also contains {LeftOut.Count(content.OtherCount, "entry", "entries")} that {(content.OtherCount == 1 ? "is" : "are")} ignored: only private keys and certificates are read from it");
    }

    private static IEnumerable<MaterialNote> Sent(string path, Certificate leaf, ValueList<Certificate> strangers) => strangers.Select(stranger =>
        new MaterialNote($"{path}: {stranger} is not part of the chain of {leaf}, but is sent with it") { IsWarning = true });

    /// <summary>The file of an EC key also contains the parameters of its curve.</summary>
    private static bool IsLeftOut(PemBlock block, bool hasKey) => block.Label != "EC PARAMETERS" && !(hasKey && block.IsPrivateKey);
}

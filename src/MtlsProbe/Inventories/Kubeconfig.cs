using MtlsProbe.Certificates;
using MtlsProbe.Clusters;
using MtlsProbe.Config;
using MtlsProbe.Values;

namespace MtlsProbe.Inventories;

/// <summary>The certificates of a kubeconfig: those in it, and the files that it refers to. Its keys, tokens and passwords are not read.</summary>
/// <param name="Files">Absolute paths.</param>
internal sealed record Kubeconfig(StoredContent Content, ValueList<string> Files)
{
    /// <summary>Maximum number of clusters and users; a large company has some hundred clusters.</summary>
    private const int MostEntries = 1000;

    private static readonly (string List, string Entry, string Data, string File)[] s_places =
    [
        ("clusters", "cluster", "certificate-authority-data", "certificate-authority"),
        ("users", "user", "client-certificate-data", "client-certificate"),
    ];

    /// <param name="path">The path of the file; paths in it are relative to its directory.</param>
    public static Kubeconfig Read(ReadOnlySpan<byte> content, string path)
    {
        var errors = new ErrorList(path);
        var root = YamlTree.Load(KubeconfigText.Of(content, IsRead), errors);
        if (root is not YamlMapping || errors.Count > 0)
        {
            // The message of the parser quotes the file.
            var line = errors.InOrder() is { Count: > 0 } first ? FormattableString.Invariant($", in line {first[0].Line}") : "";
            return new(StoredContent.Broken($"is not a readable kubeconfig{line}"), []);
        }

        List<Certificate> certificates = [];
        List<string> files = [];
        var leftOut = 0;
        foreach (var (list, entry, data, file) in s_places)
        {
            foreach (var item in (Value(root, list) as YamlSequence)?.Items.Take(MostEntries) ?? [])
            {
                if (Text(Value(item, entry), data) is { } encoded) Take(encoded);
                else if (Text(Value(item, entry), file) is { } named) files.Add(Path.GetFullPath(named, Path.GetDirectoryName(path) ?? "/"));
            }
        }

        return new(new StoredContent([.. certificates.Distinct()], leftOut), files.Distinct().ToValueList());

        void Take(string encoded)
        {
            var pem = new byte[encoded.Length];
            if (!Convert.TryFromBase64String(encoded, pem, out var length))
            {
                leftOut++;
                return;
            }

            var read = PemCertificates.Read(pem.AsSpan(0, length));
            certificates.AddRange(read.Certificates.Take(Math.Max(0, PemCertificates.MostInFile - certificates.Count)));
            leftOut += read.LeftOut + (read.Certificates.Count == 0 && read.LeftOut == 0 ? 1 : 0);
        }
    }

    /// <summary>Keys whose values are read.</summary>
    public static bool IsRead(ReadOnlySpan<byte> key) =>
        key.SequenceEqual("client-certificate-data"u8) || key.SequenceEqual("certificate-authority-data"u8)
        || key.SequenceEqual("client-certificate"u8) || key.SequenceEqual("certificate-authority"u8);

    private static YamlNode? Value(YamlNode? node, string key) =>
        (node as YamlMapping)?.Entries.FirstOrDefault(entry => entry.Key is YamlScalar { Text: var name } && name == key).Value;

    private static string? Text(YamlNode? node, string key) => Value(node, key) is YamlScalar { IsEmpty: false, Text: { Length: > 0 } text } ? text : null;
}

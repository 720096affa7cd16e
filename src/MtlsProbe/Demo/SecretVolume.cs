using MtlsProbe.Certificates;

namespace MtlsProbe.Demo;

/// <summary>
/// A directory with tls.crt and tls.key, mounted as the kubelet mounts a secret: both are links through <c>..data</c>. One rename replaces the pair,
/// and no reader ever finds half of it.
/// </summary>
internal sealed class SecretVolume(string path)
{
    private static readonly string[] s_files = ["tls.crt", "tls.key"];

    private int _version;

    /// <summary>Its path, while it has content.</summary>
    public string Path => path;

    /// <summary>Replaces the current pair, if any.</summary>
    /// <exception cref="IOException">It cannot be written; the parent directory is not created again.</exception>
    public void Write(MintedCertificate leaf)
    {
        if (Directory.Exists(path))
        {
            Fill(path, leaf);
            return;
        }

        if (!Directory.Exists(Directory.GetParent(path)!.FullName)) throw new DirectoryNotFoundException($"the parent directory of {path} no longer exists");
        var whole = path + ".new";
        Directory.CreateDirectory(whole);
        Fill(whole, leaf);
        foreach (var file in s_files) File.CreateSymbolicLink(In(whole, file), "..data/" + file);
        Directory.Move(whole, path);
    }

    /// <summary>Removes the content in one step.</summary>
    public void Remove()
    {
        var leaving = path + ".old";
        Directory.Move(path, leaving);
        Directory.Delete(leaving, recursive: true);
    }

    private void Fill(string volume, MintedCertificate leaf)
    {
        var version = FormattableString.Invariant($"..{++_version}");
        Directory.CreateDirectory(In(volume, version));
        File.WriteAllText(In(volume, version, "tls.crt"), leaf.CertificatePem);
        DemoFiles.WriteKey(In(volume, version, "tls.key"), leaf);

        // File.Move replaces an existing file by a rename, but refuses to replace a link to a directory. The link is therefore moved aside first.
        var aside = Directory.CreateDirectory(In(volume, "..aside")).FullName;
        File.CreateSymbolicLink(In(aside, "..data"), version);
        File.Move(In(aside, "..data"), In(volume, "..data"), overwrite: true);
    }

    private static string In(params string[] parts) => System.IO.Path.Combine(parts);
}

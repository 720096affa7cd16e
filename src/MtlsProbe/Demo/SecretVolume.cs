using MtlsProbe.Certificates;

namespace MtlsProbe.Demo;

/// <summary>
/// A directory with tls.crt and tls.key as the kubelet mounts a secret: both are links through <c>..data</c>, so that one rename
/// replaces the pair and nobody ever finds half of one.
/// </summary>
internal sealed class SecretVolume(string path)
{
    private static readonly string[] s_files = ["tls.crt", "tls.key"];

    private int _version;

    /// <summary>Where it is while it has content.</summary>
    public string Path => path;

    /// <summary>Puts a pair in place of whatever is there.</summary>
    /// <exception cref="IOException">It cannot be written; the directory that it belongs in is not made anew.</exception>
    public void Write(MintedCertificate leaf)
    {
        if (Directory.Exists(path))
        {
            Fill(path, leaf);
            return;
        }

        if (!Directory.Exists(Directory.GetParent(path)!.FullName)) throw new DirectoryNotFoundException($"there is no place for {path} any more");
        var whole = path + ".new";
        Directory.CreateDirectory(whole);
        Fill(whole, leaf);
        foreach (var file in s_files) File.CreateSymbolicLink(In(whole, file), "..data/" + file);
        Directory.Move(whole, path);
    }

    /// <summary>Takes the content away, all at once.</summary>
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

        // File.Move renames over what is there, but declines to take what leads to a directory: where this link lies first, it does not.
        var aside = Directory.CreateDirectory(In(volume, "..aside")).FullName;
        File.CreateSymbolicLink(In(aside, "..data"), version);
        File.Move(In(aside, "..data"), In(volume, "..data"), overwrite: true);
    }

    private static string In(params string[] parts) => System.IO.Path.Combine(parts);
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.Tests.Credentials;

/// <summary>A separate directory for the files of a test.</summary>
public sealed class TempFiles : IDisposable
{
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("mtlsprobe-test-").FullName;

    public string Path(string name) => System.IO.Path.Combine(Directory, name);

    /// <summary>Nobody but the owner may read it.</summary>
    public string Write(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    public string Write(string name, byte[] content)
    {
        System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(name))!);
        File.WriteAllBytes(Path(name), content);
        Mode(name, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return Path(name);
    }

    /// <summary>A named pipe.</summary>
    public string Pipe(string name)
    {
        using var mkfifo = System.Diagnostics.Process.Start("mkfifo", ["-m", "600", Path(name)]);
        mkfifo.WaitForExit();
        Assert.Equal(0, mkfifo.ExitCode);
        return Path(name);
    }

    /// <summary>Opens a pipe, which waits for a reader; then writes to it and closes it.</summary>
    public static Task Feed(string pipe, string content) => Task.Factory.StartNew(
        () =>
        {
            using var writer = new FileStream(pipe, FileMode.Open, FileAccess.Write);
            writer.Write(System.Text.Encoding.UTF8.GetBytes(content));
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    public void Mode(string name, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path(name), mode);
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    /// <summary>A PKCS#12 file with the key of the first certificate.</summary>
    internal static byte[] Pkcs12(string passphrase, params IEnumerable<TestCertificate> certificates)
    {
        var contents = new X509Certificate2Collection();
        foreach (var (index, certificate) in certificates.Index())
            contents.Add(index == 0 ? certificate.X509 : X509CertificateLoader.LoadCertificate(certificate.X509.RawData));
        return contents.Export(X509ContentType.Pkcs12, passphrase)!;
    }

    /// <summary>The key as encrypted PKCS#8.</summary>
    internal static string EncryptedKey(TestCertificate certificate, string passphrase) => certificate.Key.ExportEncryptedPkcs8PrivateKeyPem(
        passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
}

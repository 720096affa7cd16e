using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Rotation;

/// <summary>How a credential is stored on disk.</summary>
internal enum CredentialForm
{
    /// <summary>A certificate and a key, overwritten one after the other.</summary>
    TwoFiles,

    /// <summary>A Kubernetes secret, swapped by one rename.</summary>
    Secret,

    /// <summary>One PKCS#12 file, replaced by a rename.</summary>
    Pkcs12,
}

/// <summary>The files of one slot of an identity.</summary>
internal sealed class CredentialFiles(Workspace workspace, string folder, CredentialForm form)
{
    private int _swaps;

    /// <summary>As in the configuration.</summary>
    public string Yaml => form switch
    {
        CredentialForm.TwoFiles => $"{{ certificate: {Path("tls.crt")}, key: {Path("tls.key")} }}",
        CredentialForm.Secret => $"{{ directory: {Path("")} }}",
        _ => $"{{ pkcs12: {Path("tls.p12")}, passphrase_file: {workspace.Write("passphrase", TestPki.Passphrase)} }}",
    };

    public async Task Put(Issued issued)
    {
        workspace.Folder(folder);
        switch (form)
        {
            case CredentialForm.TwoFiles:
                workspace.Write($"{folder}/tls.crt", issued.ChainPem);
                workspace.Write($"{folder}/tls.key", issued.KeyPem);
                break;
            case CredentialForm.Secret:
                await Swap(issued);
                break;
            default:
                File.Move(workspace.Write($"{folder}/tmp", issued.Pkcs12(TestPki.Passphrase)), Path("tls.p12"), overwrite: true);
                break;
        }
    }

    public void Remove() => Directory.Delete(Path(""), recursive: true);

    /// <summary>As kubelet does: a new directory, a link to it, and one rename over the old link.</summary>
    private async Task Swap(Issued issued)
    {
        var version = string.Create(CultureInfo.InvariantCulture, $"..{++_swaps}");
        workspace.Write($"{folder}/{version}/tls.crt", issued.ChainPem);
        workspace.Write($"{folder}/{version}/tls.key", issued.KeyPem);
        File.CreateSymbolicLink(Path("..data_tmp"), version);
        await using (var rename = ChildProcess.Start("mv", "mv", ["-T", Path("..data_tmp"), Path("..data")])) // File.Move requires a file
            Assert.Equal(0, await rename.Exit(TimeSpan.FromSeconds(60)));
        foreach (var file in (string[])["tls.crt", "tls.key"])
        {
            if (!File.Exists(Path(file))) File.CreateSymbolicLink(Path(file), $"..data/{file}");
        }

        var old = Path(string.Create(CultureInfo.InvariantCulture, $"..{_swaps - 1}"));
        if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
    }

    private string Path(string file) => workspace.PathOf(file.Length == 0 ? folder : $"{folder}/{file}");
}

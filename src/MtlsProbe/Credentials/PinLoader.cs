using System.Globalization;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>Reads from a PEM file the certificate that a server should present: the first in the file.</summary>
internal static class PinLoader
{
    public static Material<PinnedCertificate> Decode(PinnedFile source, MaterialFiles files)
    {
        if (files.Fault(source.Path) is { } missing) return new(null, missing);
        var file = CertificateFile.Parse(files.Bytes(source.Path), source.Path);
        if (file.Fault is { } fault) return new(null, fault);
        var certificate = file.Certificates[0];
        return new(new PinnedCertificate(
            certificate.Sha256, certificate, $"the expected serial is {certificate.Serial}, in {source.Path}{Since(source.Path)}") { Rest = file.Certificates.Skip(1).ToValueList() }, null)
        {
            Notes = [.. Extras(source.Path, file.Certificates), .. LeftOut.Blocks(source.Path, file.Others, "only the first certificate counts")],
        };
    }

    private static IEnumerable<MaterialNote> Extras(string path, ValueList<Certificate> certificates)
    {
        if (certificates.Count == 1) yield break;
        yield return new MaterialNote(
            $"{path} holds {LeftOut.Count(certificates.Count, "certificate")}: the first is the expected one; the others are ignored");
    }

    /// <summary>
    /// When the file, or the symbolic link to it, was written, whichever is later: Kubernetes swaps a directory behind an unchanged link, other tools
    /// swap the link itself. Empty if the file has gone since it was read.
    /// </summary>
    private static string Since(string path)
    {
        try
        {
            var file = new FileInfo(path);
            var target = file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
            if (!file.Exists || !target.Exists) return "";
            var written = target.LastWriteTimeUtc > file.LastWriteTimeUtc ? target.LastWriteTimeUtc : file.LastWriteTimeUtc;
            return $" since {Times.Second(written)}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}

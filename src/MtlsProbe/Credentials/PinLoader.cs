using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>From a PEM file to the certificate that a server ought to present: the first in the file.</summary>
internal static class PinLoader
{
    public static Material<PinnedCertificate> Decode(PinnedFile source, MaterialFiles files)
    {
        if (files.Fault(source.Path) is { } missing) return new(null, missing);
        var (certificates, fault) = CertificateFile.Parse(files.Bytes(source.Path), source.Path);
        if (fault is not null) return new(null, fault);
        var certificate = certificates[0];
        var written = File.GetLastWriteTimeUtc(source.Path); // of a symbolic link itself, so the time at which it was put there
        return new(new PinnedCertificate(
            certificate.Sha256, certificate,
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"expected is serial {certificate.Serial}, in {source.Path} since {written:yyyy-MM-dd HH:mm:ss'Z'}")), null);
    }
}

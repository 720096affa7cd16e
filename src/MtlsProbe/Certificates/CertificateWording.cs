using MtlsProbe.Text;

namespace MtlsProbe.Certificates;

/// <summary>How a certificate is named in a sentence.</summary>
internal static class CertificateWording
{
    /// <summary><c>CN=… (serial …)</c>.</summary>
    public static string Named(this Certificate certificate) =>
        $"{(certificate.Subject.Length > 0 ? certificate.Subject.Clip() : "a certificate without subject")} (serial {certificate.Serial})";
}

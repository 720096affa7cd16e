using MtlsProbe.Text;

namespace MtlsProbe.Certificates;

/// <summary>The name of a certificate in a sentence.</summary>
internal static class CertificateWording
{
    /// <summary><c>CN=… (serial …)</c>.</summary>
    public static string Named(this Certificate certificate) =>
        $"{(certificate.Subject.Length > 0 ? certificate.Subject.Clip() : "a certificate without subject")} (serial {certificate.Serial})";
}

using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Rotation;

/// <summary>A revocation of one of our certificates, in one sentence without its full stop.</summary>
internal static class RevokedText
{
    public static string Of(CertificateRevocation line)
    {
        var when = line.RevokedAt is { } time ? $" at {Times.Minute(time)}" : "";
        var why = line.Reason is { } reason ? $" ({reason})" : "";
        var who = line.Place is { } place ? $", says {place}" : "";
        return $"{line.Subject} (serial {line.Serial}) was revoked{when}{why}{who}";
    }
}

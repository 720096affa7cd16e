using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Values;

namespace MtlsProbe.Checks;

/// <summary>Credentials of ours that their issuer has revoked.</summary>
internal static class OwnRevocationFindings
{
    /// <param name="isOnlyRefused">Whether it is only there to be refused: then its revocation is right, and only worth knowing.</param>
    public static IEnumerable<Finding> Of(string identity, Slot slot, ValueList<CertificateRevocation> lines, bool isOnlyRefused)
    {
        if (lines.FirstOrDefault(line => line.Status == RevocationStatus.Revoked) is not { } line) yield break;
        var where = $"identities.{identity}.{slot.Label()}";
        yield return isOnlyRefused
            ? new Finding(false, where, RevokedText.Of(line), null) { IsNote = true }
            : new Finding(false, where, RevokedText.Of(line), "servers that read this evidence refuse it: issue a new one with a new key, and roll it out");
    }
}

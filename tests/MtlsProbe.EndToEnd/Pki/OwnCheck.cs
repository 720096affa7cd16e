using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.EndToEnd.Pki;

/// <summary>
/// The chain policy of servers that check their clients in a callback. By default, .NET also builds a chain with all roots of the machine before each
/// callback, which takes more CPU time than the handshake.
/// </summary>
internal static class OwnCheck
{
    public static X509ChainPolicy Policy => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };
}

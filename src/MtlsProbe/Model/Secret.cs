namespace MtlsProbe.Model;

/// <summary>
/// The password in a file. It is never compared or shown. The messages that contain it are created for each probe, some as strings. Neither the
/// messages nor the password are wiped from memory.
/// </summary>
internal sealed class Secret(byte[] bytes)
{
    /// <summary>Maximum length of a password: the limit of SOCKS (RFC 1929 §2).</summary>
    public const int MaxLength = 255;

    public ReadOnlyMemory<byte> Bytes => bytes;

    public override string ToString() => "(secret)";
}

namespace MtlsProbe.Model;

/// <summary>
/// The password in a file. It is never compared nor shown. The messages that contain it are made for each probe, some as strings: neither they nor
/// the password are wiped from memory.
/// </summary>
internal sealed class Secret(byte[] bytes)
{
    /// <summary>Of a password: what SOCKS takes (RFC 1929 §2).</summary>
    public const int MaxLength = 255;

    public ReadOnlyMemory<byte> Bytes => bytes;

    public override string ToString() => "(secret)";
}

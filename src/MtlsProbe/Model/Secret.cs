namespace MtlsProbe.Model;

/// <summary>The password in a file. It is compared with nothing and shown nowhere. The messages that hold it are made of it for each probe, some as strings: neither they nor it are wiped from memory.</summary>
internal sealed class Secret(byte[] bytes)
{
    /// <summary>Of a password: what SOCKS takes (RFC 1929 §2).</summary>
    public const int MaxLength = 255;

    public ReadOnlyMemory<byte> Bytes => bytes;

    public override string ToString() => "(secret)";
}

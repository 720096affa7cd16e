namespace MtlsProbe.Certificates;

/// <summary>
/// The name of an issuer, as text and for comparison. Few issuers sign the certificates of a fleet, so the last ones are kept, and their names are read
/// and kept once. Thread-safe.
/// </summary>
internal sealed class IssuerName
{
    private const int Places = 256;

    /// <summary>Longer names are not kept: with their text, 256 of these take 0.4 MB at most.</summary>
    private const int MostBytes = 512;

    private static readonly IssuerName?[] s_known = new IssuerName?[Places];

    private readonly byte[] _der;

    private IssuerName(ReadOnlyMemory<byte> der, byte[] kept) => (_der, Text, Key) = (kept, DistinguishedName.Text(der), NameKey.Of(der));

    public string Text { get; }

    public NameKey Key { get; }

    /// <param name="der">DER of the name.</param>
    public static IssuerName Of(ReadOnlyMemory<byte> der)
    {
        if (der.Length > MostBytes) return new IssuerName(der, []);
        var hash = default(HashCode);
        hash.AddBytes(der.Span);
        ref var place = ref s_known[(uint)hash.ToHashCode() % Places];
        if (Volatile.Read(ref place) is { } known && known._der.AsSpan().SequenceEqual(der.Span)) return known;
        var read = new IssuerName(der, der.ToArray());
        Volatile.Write(ref place, read);
        return read;
    }
}

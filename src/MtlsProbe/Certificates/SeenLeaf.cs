using MtlsProbe.Values;

namespace MtlsProbe.Certificates;

/// <summary>
/// What is kept of a leaf. A whole certificate is too much: a hostile server can present a different one of 100 kB each time. Two are equal if their
/// certificates are equal.
/// </summary>
/// <param name="Sha256">Of the certificate, in lower-case hex.</param>
/// <param name="Serial">As <see cref="Certificate.Serial"/>.</param>
internal sealed record SeenLeaf(string Sha256, string Serial, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    private readonly long _notBefore = NotBefore.UtcTicks;
    private readonly long _notAfter = NotAfter.UtcTicks;

    public DateTimeOffset NotBefore
    {
        get => Instant.Known(_notBefore);
        init => _notBefore = value.UtcTicks;
    }

    public DateTimeOffset NotAfter
    {
        get => Instant.Known(_notAfter);
        init => _notAfter = value.UtcTicks;
    }

    public bool Is(Certificate leaf) => Sha256 == leaf.Sha256;

    public bool Equals(SeenLeaf? other) => ReferenceEquals(this, other) || (other is not null && Sha256 == other.Sha256);

    public override int GetHashCode() => Sha256.GetHashCode(StringComparison.Ordinal);
}

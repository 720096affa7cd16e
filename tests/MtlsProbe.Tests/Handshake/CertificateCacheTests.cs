using MtlsProbe.Handshake;

namespace MtlsProbe.Tests.Handshake;

/// <summary>Peers choose what they show, so that what is kept of it has a bound.</summary>
public sealed class CertificateCacheTests
{
    [Fact]
    public void A_certificate_is_parsed_once()
    {
        var cache = new CertificateCache();
        var der = TestPki.Root("Root").Certificate.Der.ToArray();

        Assert.Same(cache.Certificate(der), cache.Certificate([.. der]));
    }

    [Fact]
    public void Certificates_are_bounded_by_their_bytes()
    {
        var root = TestPki.Root("Root");
        byte[][] leaves = [.. Enumerable.Range(0, 8).Select(i => root.Leaf($"server-{i}.test").Certificate.Der.ToArray())];
        var cache = new CertificateCache(maxBytes: leaves.Take(3).Sum(der => der.Length + 8)); // signatures differ by some bytes in length

        foreach (var der in leaves)
        {
            Assert.NotNull(cache.Certificate(der));
            Assert.InRange(cache.Count, 1, 3);
        }
    }
}

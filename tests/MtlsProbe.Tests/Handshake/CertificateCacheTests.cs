using System.Runtime.CompilerServices;
using MtlsProbe.Certificates;
using MtlsProbe.Handshake;

namespace MtlsProbe.Tests.Handshake;

/// <summary>Peers choose what they present, so the memory for it is limited.</summary>
public sealed class CertificateCacheTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");

    [Fact]
    public void A_certificate_in_use_is_parsed_once_and_shared()
    {
        var cache = new CertificateCache();
        var der = s_root.Certificate.Der.ToArray();
        var kept = cache.Certificate(der);
        GC.Collect();

        Assert.Same(kept, cache.Certificate([.. der]));
    }

    [Fact]
    public void A_server_that_presents_another_certificate_each_time_does_not_fill_the_cache()
    {
        var cache = new CertificateCache();
        var honest = cache.Certificate(s_root.Certificate.Der.ToArray());
        for (var round = 0; round < 10; round++)
        {
            ShowMany(cache, round);
            GC.Collect(); // nothing keeps them any more
        }

        Assert.InRange(cache.Count, 1, 3000);
        Assert.Same(honest, cache.Certificate(s_root.Certificate.Der.ToArray()));
    }

    [Fact]
    public void Of_thousands_of_authorities_the_first_are_kept_and_the_one_that_issued_ours()
    {
        var cache = new CertificateCache();
        var names = Enumerable.Range(0, 5000).Select(i => TestPki.Name((System.Formats.Asn1.UniversalTagNumber.UTF8String, $"Authority {i}"))).ToList();
        var ours = NameKey.Of(names[^1]);

        var kept = cache.Issuers(names, [ours]);

        Assert.Equal(CertificateCache.MostIssuers + 1, kept.Count);
        Assert.Equal(("CN=Authority 0", "CN=Authority 4999"), (kept[0], kept[^1]));
    }

    [Fact]
    public void Long_names_of_authorities_are_bounded_by_what_they_cost()
    {
        var cache = new CertificateCache();
        for (var server = 0; server < 100; server++)
        {
            var names = Enumerable.Range(0, 400).Select(i => TestPki.Name((System.Formats.Asn1.UniversalTagNumber.UTF8String, $"{server} {i} {new string('\u0007', 220)}"))).ToList();
            Assert.InRange(cache.Issuers(names, []).Sum(name => name.Length), 1, CertificateCache.MostIssuerCharacters + 2048);
        }

        Assert.InRange(cache.NamesCost, 1, 4 << 20);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ShowMany(CertificateCache cache, int round)
    {
        for (var i = 0; i < 1000; i++) Assert.NotNull(cache.Certificate(CrowdedCertificate.Varied(s_root.Certificate.Der, (1000 * round) + i)));
    }
}

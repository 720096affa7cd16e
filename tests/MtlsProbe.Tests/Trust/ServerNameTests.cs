using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;

namespace MtlsProbe.Tests.Trust;

/// <summary>RFC 9525, with the edge cases where implementations have gone wrong.</summary>
public class ServerNameTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");

    [Theory]
    [InlineData("a.test", "a.test")]
    [InlineData("A.TEST", "a.test")]
    [InlineData("a.test", "A.Test")]
    [InlineData("a.test", "a.test.")] // the final dot tells a resolver not to search further
    [InlineData("localhost", "localhost")]
    [InlineData("*.a.test", "b.a.test")]
    [InlineData("*.a.test", "B.A.test.")]
    [InlineData("*.a.test", "xn--bcher-kva.a.test")]
    [InlineData("*.svc.cluster", "payments.svc.cluster")]
    [InlineData("xn--bcher-kva.test", "bücher.test")]
    [InlineData("xn--bcher-kva.test", "BÜCHER.test")]
    [InlineData("xn--bcher-kva.test", "XN--BCHER-KVA.test")]
    [InlineData("_sip.a_b.test", "_sip.a_b.test")]
    [InlineData("10.test", "10.test")]
    public void A_certificate_is_for_this_name(string certified, string name) => Assert.Null(Mismatch([certified], [], name));

    [Theory]
    [InlineData("a.test", "b.test")]
    [InlineData("a.test", "b.a.test")]
    [InlineData("b.a.test", "a.test")]
    [InlineData("a.test.", "a.test")] // no dNSName is written like this (RFC 5280 §4.2.1.6), and OpenSSL and Go do not match it
    [InlineData("*.a.test", "a.test")]
    [InlineData("*.a.test", ".a.test")]
    [InlineData("*.a.test", "c.b.a.test")]
    [InlineData("*.*.a.test", "c.b.a.test")]
    [InlineData("*", "a")]
    [InlineData("*", "a.test")]
    [InlineData("*.", "a.")]
    [InlineData("*.test", "a.test")]
    [InlineData("*.test.", "a.test")]
    [InlineData("f*.a.test", "foo.a.test")]
    [InlineData("*o.a.test", "foo.a.test")]
    [InlineData("f*o.a.test", "foo.a.test")]
    [InlineData("b.*.test", "b.a.test")]
    [InlineData("xn--*.a.test", "xn--bcher-kva.a.test")]
    [InlineData("*.a.test", "*.a.test")]
    [InlineData("a.test\0.evil.test", "a.test")]
    [InlineData("a.test ", "a.test")]
    [InlineData("", "")]
    [InlineData(".", ".")]
    [InlineData("a..test", "a..test")]
    [InlineData("10.0.0.7", "10.0.0.7")] // an address is not a DNS name
    [InlineData("*.0.0.7", "10.0.0.7")]
    [InlineData("::1", "::1")]
    public void A_certificate_is_not_for_this_name(string certified, string name) => Assert.NotNull(Mismatch([certified], [], name));

    [Theory]
    [InlineData("10.0.0.7", "10.0.0.7", true)]
    [InlineData("10.0.0.7", "10.0.0.8", false)]
    [InlineData("10.0.0.7", "010.0.0.7", false)]
    [InlineData("127.0.0.1", "127.1", false)]
    [InlineData("2001:db8::1", "2001:db8::1", true)]
    [InlineData("2001:db8::1", "2001:0DB8:0000:0000:0000:0000:0000:0001", true)]
    [InlineData("2001:db8::1", "2001:db8::2", false)]
    [InlineData("fe80::1", "fe80::1%lo", true)]
    [InlineData("::ffff:10.0.0.7", "10.0.0.7", false)]
    [InlineData("10.0.0.7", "::ffff:10.0.0.7", false)]
    [InlineData("10.0.0.7", "a.test", false)]
    public void An_address_is_compared_by_its_value_with_addresses_only(string certified, string name, bool matches) =>
        Assert.Equal(matches, Mismatch([], [certified], name) is null);

    [Fact]
    public void Any_of_several_names_will_do() => Assert.Null(Mismatch(["b.test", "*.c.test", "a.test"], ["10.0.0.7"], "a.test"));

    [Fact]
    public void The_common_name_does_not_count_and_the_detail_says_so_if_it_alone_matches()
    {
        var detail = Mismatch(["b.test"], [], "a.test", subject: "CN=a.test, O=Acme");
        Assert.Contains("only its common name fits, which does not count", detail, StringComparison.Ordinal);
        detail = Mismatch([], [], "a.test", subject: "CN=a.test");
        Assert.Contains("no subject alternative name", detail, StringComparison.Ordinal);
        Assert.Contains("common name", detail, StringComparison.Ordinal);
        Assert.DoesNotContain("common name", Mismatch(["b.test"], [], "a.test", subject: "CN=b.test"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.7", "10.0.0.7")]
    [InlineData("2001:db8::1", "2001:DB8:0::1")]
    public void An_address_that_is_written_as_a_DNS_name_does_not_count_and_the_detail_says_so(string address, string written)
    {
        var detail = Mismatch(["b.test", written], [], address);
        Assert.EndsWith($"; {written} is listed as a DNS name, which does not count for an address: it has to be an iPAddress", detail, StringComparison.Ordinal);
        Assert.Null(Mismatch([written], [address], address));
        Assert.DoesNotContain("iPAddress", Mismatch(["b.test"], [], address), StringComparison.Ordinal);
        Assert.DoesNotContain("iPAddress", Mismatch([written], [], "a.test"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wildcard_that_is_too_wide_is_explained() =>
        Assert.Contains("(*.test) does not count", Mismatch(["*.test"], [], "a.test"), StringComparison.Ordinal);

    [Fact]
    public void The_detail_lists_five_names_and_counts_the_rest()
    {
        var detail = Mismatch(Enumerable.Range(0, 5000).Select(number => $"n{number}.test").ToArray(), [], "a.test");
        Assert.EndsWith(": it is for n0.test, n1.test, n2.test, n3.test, n4.test and 4,995 more", detail, StringComparison.Ordinal);
    }

    [Fact]
    public void No_server_name_makes_the_check_throw()
    {
        var leaf = s_root.Leaf("a.test").Certificate;
        string[] names =
        [
            "", ".", "..", "*", "\0", "\uD800", "bü cher", new string('a', 100_000), "xn--\u00fc",
            "a.test:443", "[::1]", "[", "%", "\u202ea.test",
        ];
        foreach (var name in names) Assert.NotNull(ServerName.Mismatch(leaf, name));
    }

    [Theory]
    [InlineData("last.test", null)]
    [InlineData("b.last.test", null)]
    [InlineData("10.0.0.7", null)]
    [InlineData("other.test", "it is for a, b, c, d, e and 31,996 more")]
    public void Every_one_of_thousands_of_names_counts_even_those_that_are_not_kept(string name, string? why)
    {
        var last = AlternativeNames([.. Enumerable.Range(0, CrowdedCertificate.Names - 2).Select(i => $"{(char)('a' + (i % 26))}"), "last.test", "*.last.test"], ["10.0.0.7"]);
        var leaf = s_root.Leaf("unused", t => t with { Dns = [], More = [last] }).Certificate;
        Assert.DoesNotContain("last.test", leaf.DnsNames);
        var mismatch = ServerName.Mismatch(leaf, name)?.Detail;
        if (why is null) Assert.Null(mismatch);
        else Assert.EndsWith(why, mismatch, StringComparison.Ordinal);
    }

    /// <returns>The detail, or null.</returns>
    private static string? Mismatch(string[] dns, string[] ip, string name, string subject = "CN=subject")
    {
        var leaf = s_root.Leaf("unused", t => t with { Subject = subject, Dns = [], More = [AlternativeNames(dns, ip)] });
        var fault = ServerName.Mismatch(leaf.Certificate, name);
        if (fault is not null) Assert.Equal(Reasons.NameMismatch, fault.Error);
        return fault?.Detail;
    }

    /// <summary>The builder of the base class library refuses half of these names.</summary>
    private static X509Extension AlternativeNames(string[] dns, string[] ip)
    {
        var (dnsTag, ipTag) = (new Asn1Tag(TagClass.ContextSpecific, 2), new Asn1Tag(TagClass.ContextSpecific, 7));
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var name in dns) writer.WriteCharacterString(UniversalTagNumber.IA5String, name, dnsTag);
            foreach (var address in ip) writer.WriteOctetString(IPAddress.Parse(address).GetAddressBytes(), ipTag);
        }

        return new("2.5.29.17", writer.Encode(), critical: false);
    }
}

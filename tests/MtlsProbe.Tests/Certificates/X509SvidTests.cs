using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.Certificates;

namespace MtlsProbe.Tests.Certificates;

/// <summary>Which certificates identify a workload, and by which ID (X509-SVID §2, §5.2).</summary>
public class X509SvidTests
{
    private const string Id = "spiffe://prod.test/payments";

    private static readonly TestCertificate s_root = TestPki.Root("Root");

    [Fact]
    public void The_only_URI_is_the_ID_whatever_other_names_there_are()
    {
        Assert.Equal((SpiffeId.TryParse(Id), null), Read(t => t with { Uris = [Id] }));
        Assert.Equal((SpiffeId.TryParse(Id), null), Read(t => t with { Subject = "", Dns = ["a.test"], Ip = ["10.0.0.7"], Emails = ["me@a.test"], Uris = [Id] }));
    }

    [Theory]
    [InlineData("has no URI among its subject alternative names")]
    [InlineData("has 2 URIs among its subject alternative names, but an X509-SVID has one: spiffe://prod.test/a, https://a.test/", "spiffe://prod.test/a", "https://a.test/")]
    [InlineData("has 2 URIs among its subject alternative names, but an X509-SVID has one: spiffe://prod.test/a, spiffe://prod.test/a", "spiffe://prod.test/a", "spiffe://prod.test/a")]
    [InlineData("has the URI https://a.test/, which is not a SPIFFE ID: it does not begin with spiffe://", "https://a.test/")]
    [InlineData("has the URI spiffe://prod.test/a/../b, which is not a SPIFFE ID: it has the path segment . or ..", "spiffe://prod.test/a/../b")]
    [InlineData("has the URI spiffe://prod.test/a\\u{a}b, which is not a SPIFFE ID: it has a character in its path other than letters, digits, dot, dash and underscore", "spiffe://prod.test/a\nb")]
    [InlineData("has the ID spiffe://prod.test of a trust domain, which no workload has", "spiffe://prod.test")]
    public void Otherwise_it_has_none_and_says_why(string problem, params string[] uris) =>
        Assert.Equal((null, problem), Read(t => t with { Dns = [], More = uris.Length == 0 ? [] : [Names([.. uris.Select(Encoding.ASCII.GetBytes)])] }));

    [Fact]
    public void A_second_URI_counts_though_it_is_malformed()
    {
        var (id, problem) = Read(t => t with { Dns = [], More = [Names(Encoding.ASCII.GetBytes(Id), [0xff, 0xfe])] });
        Assert.Null(id);
        Assert.StartsWith("has 2 URIs", problem, StringComparison.Ordinal);
        (id, problem) = Read(t => t with { Dns = [], More = [Names([.. "spiffe://prod.test/a"u8, 0xe4])] });
        Assert.Null(id);
        Assert.EndsWith("it is not ASCII", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Thousands_of_URIs_are_counted_and_five_are_shown()
    {
        var (id, problem) = Read(t => t with { Dns = [], More = [Names([.. Enumerable.Range(0, 3000).Select(i => Encoding.ASCII.GetBytes($"spiffe://prod.test/{i}"))])] });
        Assert.Null(id);
        Assert.StartsWith("has 3,000 URIs", problem, StringComparison.Ordinal);
        Assert.EndsWith("spiffe://prod.test/4 and 2,995 more", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ID_may_have_2048_bytes()
    {
        var longest = "spiffe://prod.test/" + new string('a', 2048 - "spiffe://prod.test/".Length);
        var (id, problem) = Read(t => t with { Dns = [], Uris = [longest] });
        Assert.Equal((longest, null), (id?.ToString(), problem));

        Assert.Null(Read(t => t with { Dns = [], Uris = [longest + "a"] }).Id);
    }

    [Theory]
    [InlineData(true, X509KeyUsageFlags.DigitalSignature, false)]
    [InlineData(false, X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign, false)]
    [InlineData(false, X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.CrlSign, false)]
    [InlineData(false, X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, true)]
    [InlineData(null, null, true)] // a leaf MUST have a key usage; those who verify one must not insist on it
    public void An_authority_is_no_workload(bool? isAuthority, X509KeyUsageFlags? usage, bool isLeaf)
    {
        var (id, problem) = Read(t => t with { IsAuthority = isAuthority, KeyUsage = usage, Uris = [Id] });
        Assert.Equal(isLeaf, id is not null);
        if (!isLeaf) Assert.Equal($"has the ID {Id}, but it is the certificate of an authority, which is not a workload", problem);
    }

    private static (SpiffeId? Id, string? Problem) Read(Func<TestTemplate, TestTemplate> change) => X509Svid.Read(s_root.Leaf("a.test", change).Certificate);

    /// <summary>Subject alternative names with URIs that are not validated.</summary>
    private static X509Extension Names(params byte[][] uris)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var uri in uris) writer.WriteOctetString(uri, new System.Formats.Asn1.Asn1Tag(System.Formats.Asn1.TagClass.ContextSpecific, 6));
        }

        return new X509Extension("2.5.29.17", writer.Encode(), critical: false);
    }
}

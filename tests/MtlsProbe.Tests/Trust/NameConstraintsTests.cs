using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using static MtlsProbe.Tests.Trust.Judged;

namespace MtlsProbe.Tests.Trust;

/// <summary>RFC 5280 §4.2.1.10, for each kind of name.</summary>
public class NameConstraintsTests
{
    private const int Email = 1, Dns = 2, Directory = 4, Uri = 6, Ip = 7, Registered = 8;
    private static readonly TestCertificate s_root = TestPki.Root("Root");

    [Theory]
    [InlineData("a.test", "a.test", true)]
    [InlineData("A.TEST", "a.test", true)]
    [InlineData("a.test", "b.a.test", true)]
    [InlineData("a.test", "c.b.a.test", true)]
    [InlineData("a.test", "ba.test", false)]
    [InlineData("a.test", "b.test", false)]
    [InlineData("a.test", "*.a.test", true)]
    [InlineData("b.a.test", "*.a.test", false)]
    [InlineData(".a.test", "b.a.test", true)]
    [InlineData(".a.test", "a.test", false)]
    [InlineData("", "a.test", true)]
    public void Permitted_dns_names(string constraint, string name, bool isAllowed) =>
        Assert.Equal(isAllowed, AllowsName(Constrained([Text(Dns, constraint)], []), name));

    [Theory]
    [InlineData("a.test", "a.test", false)]
    [InlineData("a.test", "b.a.test", false)]
    [InlineData("a.test", "b.test", true)]
    [InlineData("b.a.test", "*.a.test", false)] // the wildcard could match it
    [InlineData("c.b.a.test", "*.a.test", true)]
    [InlineData("", "a.test", false)]
    public void Excluded_dns_names(string constraint, string name, bool isAllowed) =>
        Assert.Equal(isAllowed, AllowsName(Constrained([], [Text(Dns, constraint)]), name));

    [Theory]
    [InlineData("0A000000FF000000", "10.1.2.3", true)]
    [InlineData("0A000000FF000000", "11.1.2.3", false)]
    [InlineData("0A000000FF000000", "2001:db8::1", false)]
    [InlineData("0000000000000000", "192.0.2.1", true)]
    [InlineData("20010DB8000000000000000000000000FFFFFFFF000000000000000000000000", "2001:db8::1", true)]
    [InlineData("20010DB8000000000000000000000000FFFFFFFF000000000000000000000000", "2001:db9::1", false)]
    [InlineData("20010DB8000000000000000000000000FFFFFFFF000000000000000000000000", "32.1.13.184", false)]
    public void Permitted_addresses(string constraint, string address, bool isAllowed) =>
        Assert.Equal(isAllowed, Allows(Constrained([Octets(Ip, Convert.FromHexString(constraint))], []), t => t with { Ip = [address] }));

    [Theory]
    [InlineData("host.test", "https://host.test/x", true)]
    [InlineData("host.test", "https://user@HOST.test:8443/x?y", true)]
    [InlineData("host.test", "https://b.host.test/", false)]
    [InlineData(".host.test", "https://b.host.test/", true)]
    [InlineData(".host.test", "https://host.test/", false)]
    [InlineData("cluster.test", "spiffe://cluster.test/ns/payments", true)]
    [InlineData("cluster.test", "spiffe://other.test/ns/cluster.test", false)]
    [InlineData("host.test", "https://10.0.0.1/", false)]
    [InlineData("host.test", "https://[2001:db8::1]/", false)]
    [InlineData("host.test", "urn:host.test", false)]
    public void Permitted_uris(string constraint, string uri, bool isAllowed) =>
        Assert.Equal(isAllowed, Allows(Constrained([Text(Uri, constraint)], []), t => t with { Uris = [uri] }));

    [Theory]
    [InlineData("a.test", "me@a.test", true)]
    [InlineData("a.test", "me@A.TEST", true)]
    [InlineData("a.test", "me@b.a.test", false)]
    [InlineData(".a.test", "me@b.a.test", true)]
    [InlineData("me@a.test", "me@a.test", true)]
    [InlineData("me@a.test", "you@a.test", false)]
    [InlineData("me@a.test", "ME@a.test", false)]
    public void Permitted_mail_addresses(string constraint, string address, bool isAllowed)
    {
        var issuer = Constrained([Text(Email, constraint)], []);
        Assert.Equal(isAllowed, Allows(issuer, t => t with { Emails = [address] }));
        Assert.Equal(isAllowed, Allows(issuer, t => t with { Subject = $"E={address}, CN=a.test" }));
    }

    [Theory]
    [InlineData("O=Acme", "CN=a.test, O=Acme", true)]
    [InlineData("O=Acme", "CN=a.test, O=ACME", true)]
    [InlineData("O=Acme, C=DE", "CN=a.test, OU=x, O=Acme, C=DE", true)]
    [InlineData("O=Acme, C=DE", "CN=a.test, O=Acme", false)]
    [InlineData("O=Acme", "CN=a.test, O=Other", false)]
    [InlineData("O=Acme", "O=Acme, CN=a.test", false)] // not below it
    [InlineData("", "CN=a.test", true)]
    public void Permitted_directory_names(string constraint, string subject, bool isAllowed) =>
        Assert.Equal(isAllowed, Allows(Constrained([DirectoryName(constraint)], []), t => t with { Subject = subject }));

    [Fact]
    public void Excluded_directory_names_uris_and_addresses()
    {
        Assert.False(Allows(Constrained([], [DirectoryName("O=Acme")]), t => t with { Subject = "CN=a.test, O=Acme" }));
        Assert.True(Allows(Constrained([], [DirectoryName("O=Acme")]), t => t with { Subject = "CN=a.test, O=Other" }));
        Assert.False(Allows(Constrained([], [Text(Uri, "host.test")]), t => t with { Uris = ["https://host.test/"] }));
        Assert.False(Allows(Constrained([], [Text(Uri, "host.test")]), t => t with { Uris = ["urn:x"] })); // no host to compare
        Assert.False(Allows(Constrained([], [Octets(Ip, [10, 0, 0, 0, 255, 0, 0, 0])]), t => t with { Ip = ["10.0.0.1"] }));
    }

    [Fact]
    public void A_name_that_is_not_kept_is_checked_against_the_constraints_too()
    {
        var names = Enumerable.Range(0, 5000).Select(i => $"n{i}.a.test").ToList();
        Assert.True(Allows(Constrained([Text(Dns, "a.test")], []), t => t with { Dns = [Name, .. names] }));
        Assert.False(Allows(Constrained([Text(Dns, "a.test")], []), t => t with { Dns = [Name, .. names, "b.test"] }));
    }

    [Fact]
    public void Forms_that_are_not_constrained_are_free() =>
        Assert.True(Allows(Constrained([Text(Email, "a.test")], [Text(Uri, "host.test")]), t => t with { Ip = ["10.0.0.1"] }));

    [Fact]
    public void One_of_several_permitted_subtrees_is_enough_and_exclusion_wins()
    {
        var issuer = Constrained([Text(Dns, "b.test"), Text(Dns, "a.test")], [Text(Dns, "secret.a.test")]);
        Assert.True(Allows(issuer, t => t));
        Assert.False(Allows(issuer, t => t with { Dns = ["a.test", "x.secret.a.test"] }));
    }

    [Fact]
    public void Every_name_of_the_leaf_must_be_allowed_and_the_detail_names_the_others()
    {
        var issuer = Constrained([Text(Dns, "a.test")], []);
        var verdict = By(TestPki.Trust(s_root), [issuer.Leaf(Name, t => t with { Dns = ["a.test", "evil.test"] }), issuer]);
        AssertErrors(verdict, Reasons.ConstraintViolated);
        Assert.Contains("evil.test", verdict.Faults[0].Detail, StringComparison.Ordinal);
        Assert.Contains("CN=Constrained", verdict.Faults[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Constraints_hold_for_everything_below_and_for_anchors_too()
    {
        var top = s_root.Intermediate("Top", t => t with { More = [Extension([Text(Dns, "b.test")], [])] });
        var below = top.Intermediate("Below");
        AssertErrors(By(TestPki.Trust(s_root), [below.Leaf(Name), below, top]), Reasons.ConstraintViolated);
        AssertErrors(By(TestPki.Trust(top), [below.Leaf(Name), below]), Reasons.ConstraintViolated);
        Assert.True(By(TestPki.Trust(below), [below.Leaf(Name)]).Valid);
    }

    [Fact]
    public void Self_issued_intermediates_are_exempt_but_a_self_issued_leaf_is_not()
    {
        const string acme = "CN=Acme, O=Acme";
        var issuer = s_root.Intermediate("Acme", t => t with { Subject = acme, More = [Extension([], [DirectoryName("O=Acme")])] });
        var rolled = issuer.Intermediate("Acme", t => t with { Subject = acme });
        Assert.True(By(TestPki.Trust(s_root), [rolled.Leaf(Name), rolled, issuer]).Valid);
        var leaf = issuer.Leaf(Name, t => t with { Subject = acme });
        AssertErrors(By(TestPki.Trust(s_root), [leaf, issuer]), Reasons.ConstraintViolated);
    }

    [Fact]
    public void A_form_that_cannot_be_processed_is_refused_where_it_occurs_under_a_critical_constraint()
    {
        var nameAndId = Convert.FromHexString("300D8206612E74657374880329030A"); // a.test and a registeredID
        var withId = new X509Extension("2.5.29.17", nameAndId, critical: false);
        TestTemplate Leaf(TestTemplate t) => t with { Dns = [], More = [withId] };
        Assert.False(Allows(Constrained([Octets(Registered, [0x29, 3])], []), Leaf));
        Assert.True(Allows(Constrained([Octets(Registered, [0x29, 3])], []), t => t));
        Assert.True(Allows(Constrained([Octets(Registered, [0x29, 3])], [], critical: false), Leaf));
    }

    [Theory]
    [InlineData("3000")]
    public void Empty_constraints_constrain_nothing(string der) =>
        Assert.True(Allows(Constrained(Convert.FromHexString(der)), t => t));

    [Theory]
    [InlineData("")]
    [InlineData("0500")]
    [InlineData("3003A0013000")]
    [InlineData("300AA0083006820474657374FF")]
    [InlineData("300DA00B3009820474657374800101")] // a minimum distance
    [InlineData("300BA0093007870500000000FF")] // an address with half a mask
    [InlineData("3004A2023000")]
    [InlineData("300AA0083006A404040200FF")]
    public void Malformed_constraints_are_a_violation(string der) => Assert.False(Allows(Constrained(Convert.FromHexString(der)), t => t));

    [Fact]
    public void Thousands_of_names_and_thousands_of_constraints_are_refused_and_not_compared_endlessly()
    {
        List<string> names = ["a.test", .. Enumerable.Range(0, 4000).Select(number => $"n{number}.test")];
        Assert.True(Allows(Constrained([Text(Dns, "test")], []), t => t with { Dns = names }));
        Assert.False(Allows(Constrained(names.Select(name => Text(Dns, name)), []), t => t with { Dns = names }));
    }

    [Fact]
    public void A_domain_or_a_host_longer_than_a_dns_name_can_be_is_malformed()
    {
        var longest = string.Join('.', Enumerable.Repeat(new string('x', 50), 5)); // 254 octets
        foreach (var form in new[] { Dns, Uri })
        {
            Assert.True(Allows(Constrained([], [Text(form, longest + "x")]), t => t));
            Assert.False(Allows(Constrained([], [Text(form, longest + "xx")]), t => t));
        }

        Assert.True(Allows(Constrained([], [Text(Email, new string('m', 64) + "@" + longest)]), t => t));
        Assert.False(Allows(Constrained([], [Text(Email, new string('m', 66) + "@" + longest)]), t => t));
        Assert.False(Allows(Constrained([], [Text(Dns, "b\u0001.test")]), t => t));

        var verdict = By(TestPki.Trust(s_root), [s_root.Leaf(Name, t => t with { Dns = [], More = [Names(Text(Dns, Name), Text(Dns, longest + "xx"))] })]);
        AssertErrors(verdict, Reasons.ConstraintViolated);
        Assert.Contains("malformed extension: 2.5.29.17", verdict.Faults[0].Detail, StringComparison.Ordinal);
        Assert.Equal([Name], verdict.Path[0].DnsNames);
    }

    /// <summary>Presented certificates of at most 100 kB, the limit of libssl, made to be slow to check.</summary>
    [Theory]
    [InlineData("control characters")]
    [InlineData("long domains")]
    [InlineData("usual domains")]
    [InlineData("hosts and mailboxes")]
    [InlineData("directory names")]
    [InlineData("one directory name")]
    [InlineData("addresses")]
    public void Hostile_names_and_constraints_cost_a_bounded_amount_of_work(string attack)
    {
        static IEnumerable<byte[]> Many(int count, Func<int, byte[]> name) => Enumerable.Range(0, count).Select(name);
        var (excluded, names) = attack switch
        {
            "control characters" => (Many(50, i => Text(Dns, new string('\u0001', 1020) + i)), Many(1999, _ => Text(Dns, "*.a"))),
            "long domains" => (Many(19, i => Text(Dns, new string('x', 3000) + i)), Many(1999, _ => Text(Dns, "*.a"))),
            "usual domains" => (Many(300, i => Text(Dns, new string('x', 200) + i)), Many(1999, i => Text(Dns, $"*.{i}"))),
            "hosts and mailboxes" => (
                Many(200, i => Text(i % 2 == 0 ? Uri : Email, new string('x', 200) + i)),
                Many(50, i => Text(i % 2 == 0 ? Uri : Email, (i % 2 == 0 ? "spiffe://" : "me@") + new string('\u0001', 1000)))),
            "directory names" => (Many(100, i => DirectoryName($"O=Acme{i}, C=DE")), Many(1000, i => DirectoryName($"CN={i}, C=DE"))),
            "one directory name" => (Many(1, _ => DirectoryName(LongName)), Many(1000, i => DirectoryName($"CN={i}"))),
            _ => (Many(1000, _ => Octets(Ip, [10, 0, 0, 0, 255, 0, 0, 0])), Many(5000, _ => Octets(Ip, [11, 0, 0, 1]))),
        };
        var issuer = Constrained([], excluded);
        Certificate[] presented = [issuer.Leaf(Name, t => t with { Dns = [], More = [Names([.. names])] }).Certificate, issuer.Certificate];
        Assert.InRange(presented.Sum(certificate => certificate.Der.Length), 20_000, 100_000);

        var judge = new ChainJudge();
        var trust = TestPki.Trust(s_root);
        judge.Judge(presented, trust, new(Name), TestPki.Now, default);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var verdict = judge.Judge(presented, trust, new(Name), TestPki.Now, default);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
        Assert.False(verdict.Valid);
    }

    private static bool AllowsName(TestCertificate issuer, string name) =>
        Allows(issuer, t => t with { Dns = [name] }, name.Replace("*", "x", StringComparison.Ordinal));

    private static bool Allows(TestCertificate issuer, Func<TestTemplate, TestTemplate> leaf, string name = Name)
    {
        var verdict = By(TestPki.Trust(s_root), [issuer.Leaf(Name, leaf), issuer], name);
        Assert.All(verdict.Errors, error => Assert.Equal(Reasons.ConstraintViolated, error));
        return verdict.Valid;
    }

    private static TestCertificate Constrained(IEnumerable<byte[]> permitted, IEnumerable<byte[]> excluded, bool critical = true) =>
        s_root.Intermediate("Constrained", t => t with { More = [Extension(permitted, excluded, critical)] });

    private static TestCertificate Constrained(byte[] der) =>
        s_root.Intermediate("Constrained", t => t with { More = [new X509Extension("2.5.29.30", der, critical: true)] });

    private static X509Extension Extension(IEnumerable<byte[]> permitted, IEnumerable<byte[]> excluded, bool critical = true)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            var lists = new[] { permitted.ToList(), excluded.ToList() };
            for (var tag = 0; tag < 2; tag++)
            {
                if (lists[tag].Count == 0) continue;
                using var subtrees = writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, tag));
                foreach (var name in lists[tag])
                {
                    using (writer.PushSequence()) writer.WriteEncodedValue(name);
                }
            }
        }

        return new X509Extension("2.5.29.30", writer.Encode(), critical);
    }

    private static X509Extension Names(params byte[][] names)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var name in names) writer.WriteEncodedValue(name);
        }

        return new X509Extension("2.5.29.17", writer.Encode(), critical: false);
    }

    private static byte[] Text(int form, string text) => Octets(form, System.Text.Encoding.ASCII.GetBytes(text));

    private static byte[] Octets(int form, byte[] content)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteOctetString(content, new Asn1Tag(TagClass.ContextSpecific, form));
        return writer.Encode();
    }

    private static string LongName => string.Join(", ", Enumerable.Repeat("CN=a", 4500));

    private static byte[] DirectoryName(string name)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, Directory)))
            writer.WriteEncodedValue(new X500DistinguishedName(name).RawData);

        return writer.Encode();
    }
}

using FsCheck;
using FsCheck.Fluent;
using MtlsProbe.Certificates;

namespace MtlsProbe.Tests.Certificates;

/// <summary>What is a valid SPIFFE ID by the rules of SPIFFE-ID §2, and nothing else.</summary>
public class SpiffeIdTests
{
    public static TheoryData<string, string, string> Good => new()
    {
        { "spiffe://prod.example/payments", "prod.example", "/payments" },
        { "spiffe://cluster.local/ns/shop/sa/checkout", "cluster.local", "/ns/shop/sa/checkout" },
        { "spiffe://a/b", "a", "/b" },
        { "spiffe://prod_1.example-2.x/A.b_C-9", "prod_1.example-2.x", "/A.b_C-9" },
        { "spiffe://10.0.0.7/x", "10.0.0.7", "/x" },
        { "spiffe://a/...", "a", "/..." }, // only . and .. have a special meaning
        { "spiffe://a/.b/..c/d..", "a", "/.b/..c/d.." },
        { "spiffe://a/9eebccd2-12bf-40a6-b262-65fe0487d453", "a", "/9eebccd2-12bf-40a6-b262-65fe0487d453" },
        { "spiffe://prod.example", "prod.example", "" },
        { "spiffe://-/-", "-", "/-" },
        { "spiffe://" + new string('a', 255) + "/b", new string('a', 255), "/b" },
        { "spiffe://a/" + new string('b', 2048 - 11), "a", "/" + new string('b', 2048 - 11) },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void A_valid_ID_is_read(string text, string domain, string path)
    {
        Assert.Null(SpiffeId.Problem(text));
        Assert.Equal(new SpiffeId(domain, path), SpiffeId.TryParse(text));
        Assert.Equal(text, SpiffeId.TryParse(text)!.ToString());
    }

    public static TheoryData<string, string> Bad => new()
    {
        { "", "does not begin with spiffe://" },
        { "prod.example/payments", "does not begin with spiffe://" },
        { "https://prod.example/payments", "does not begin with spiffe://" },
        { "spiffe:/prod.example/payments", "does not begin with spiffe://" },
        { " spiffe://prod.example/payments", "does not begin with spiffe://" },
        { "SPIFFE://prod.example/payments", "does not write its scheme in lower case" },
        { "Spiffe://prod.example/payments", "does not write its scheme in lower case" },
        { "spiffe://", "has a trust domain that has no name" },
        { "spiffe:///payments", "has a trust domain that has no name" },
        { "spiffe://Prod.example/payments", "has a trust domain that has an upper-case letter" },
        { "spiffe://prod.example:443/payments", "has a trust domain that has a colon: a port is not allowed" },
        { "spiffe://me@prod.example/payments", "has a trust domain that has an @: a user is not allowed" },
        { "spiffe://[::1]/payments", "has a trust domain that has a character other than a-z, 0-9, dot, dash and underscore" },
        { "spiffe://prod%2eexample/payments", "has a trust domain that has a percent sign: percent-encoding is not allowed" },
        { "spiffe://prod.example?a=b", "has a trust domain that has a query or a fragment" },
        { "spiffe://prod.example#a", "has a trust domain that has a query or a fragment" },
        { "spiffe://bücher.example/a", "has a trust domain that has a character other than a-z, 0-9, dot, dash and underscore" },
        { "spiffe://prod.example/", "ends with a slash" },
        { "spiffe://prod.example/payments/", "ends with a slash" },
        { "spiffe://prod.example//payments", "has an empty path segment" },
        { "spiffe://prod.example/a//b", "has an empty path segment" },
        { "spiffe://prod.example/.", "has the path segment . or .." },
        { "spiffe://prod.example/a/../b", "has the path segment . or .." },
        { "spiffe://prod.example/a/./b", "has the path segment . or .." },
        { "spiffe://prod.example/a?b", "has a query or a fragment" },
        { "spiffe://prod.example/a#b", "has a query or a fragment" },
        { "spiffe://prod.example/a%20b", "has a percent sign in its path: percent-encoding is not allowed" },
        { "spiffe://prod.example/a b", "has a character in its path other than letters, digits, dot, dash and underscore" },
        { "spiffe://prod.example/a\n", "has a character in its path other than letters, digits, dot, dash and underscore" },
        { "spiffe://prod.example/a\0b", "has a character in its path other than letters, digits, dot, dash and underscore" },
        { "spiffe://prod.example/ä", "has a character in its path other than letters, digits, dot, dash and underscore" },
        { "spiffe://prod.example/a:b", "has a character in its path other than letters, digits, dot, dash and underscore" },
        { "spiffe://prod.example/a*", "has a character in its path other than letters, digits, dot, dash and underscore" },
        { "spiffe://" + new string('a', 256) + "/b", "has a trust domain that is longer than 255 bytes" },
        { "spiffe://a/" + new string('b', 2048 - 10), "is longer than 2048 bytes" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void An_invalid_ID_is_refused_with_the_reason(string text, string problem)
    {
        Assert.Equal(problem, SpiffeId.Problem(text));
        Assert.Null(SpiffeId.TryParse(text));
    }

    [Fact]
    public void Two_are_the_same_when_their_characters_are()
    {
        Assert.NotEqual(SpiffeId.TryParse("spiffe://a/b"), SpiffeId.TryParse("spiffe://a/B"));
        Assert.NotEqual(SpiffeId.TryParse("spiffe://a/b"), SpiffeId.TryParse("spiffe://a.b"));
        Assert.Equal(SpiffeId.TryParse("spiffe://a/b"), SpiffeId.TryParse("spiffe://a/b"));
    }

    [Fact]
    public void An_ID_by_the_rules_is_valid_and_any_other_character_makes_it_invalid() => Prop.ForAll(
        Parts.ToArbitrary(),
        parts =>
        {
            var text = $"spiffe://{parts.Domain}/{string.Join('/', parts.Segments)}";
            var id = SpiffeId.TryParse(text);
            if (id?.TrustDomain != parts.Domain || id.ToString() != text) return false;
            var place = "spiffe://".Length + (parts.Place % (text.Length - "spiffe://".Length + 1));
            return SpiffeId.TryParse(text.Insert(place, parts.Stranger.ToString())) is null;
        }).QuickCheckThrowOnFailure();

    private static Gen<(string Domain, string[] Segments, int Place, char Stranger)> Parts =>
        from domain in Text("abcxyz0189.-_", 40)
        from segments in Text("abzABZ019.-_", 20).Where(segment => segment is not ("." or "..")).ListOf()
        from one in Text("aZ0", 5)
        from place in Gen.Choose(0, 10_000)
        from stranger in Gen.Elements(' ', '%', '?', '#', ':', '@', '\\', '\0', '\n', '\u007f', 'ä', '*', '~', '+', '=', '&')
        select (domain, (string[])[one, .. segments], place, stranger);

    private static Gen<string> Text(string characters, int most) =>
        from length in Gen.Choose(1, most)
        from text in Gen.Elements(characters.ToCharArray()).ArrayOf(length)
        select new string(text);
}

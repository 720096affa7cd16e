using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.EndToEnd.Pki;

/// <summary>
/// What servers present that is easily taken for something else: chains under a root that we do not have, which lack no intermediate, and
/// chains that look odd and are good.
/// </summary>
internal sealed class UncommonChains
{
    private readonly Lazy<Issued> _endOfTwenty = new(EndOfTwenty);

    /// <summary>Nobody trusts it.</summary>
    public Authority NewRoot { get; } = Authority.Root("New Root");

    /// <summary>A leaf and its intermediate: all that a server ought to send.</summary>
    public ServerCredential UnderNewRoot => Complete("under-new-root", NewRoot.Intermediate("New Servers").Issue(Template.Server("server")));

    /// <summary>A leaf alone, without any intermediate that could be missing.</summary>
    public ServerCredential DirectlyUnderNewRoot => Complete("directly-under-new-root", NewRoot.Issue(Template.Server("server")));

    public ServerCredential OfTwenty => Complete("twenty", _endOfTwenty.Value);

    /// <summary>The same certificates in another order; the leaf stays the first.</summary>
    public ServerCredential OfTwentyShuffled
    {
        get
        {
            var rest = _endOfTwenty.Value.Issuers.ToArray();
            new Random(20).Shuffle(rest);
            return new ServerCredential("twenty-shuffled", _endOfTwenty.Value, rest);
        }
    }

    /// <summary>Trusted, though no certificate writes its issuer's name in the octets in which that one writes its own (RFC 5280 §7.1).</summary>
    public static ServerCredential InOtherStrings
    {
        get
        {
            var issuing = TestPki.Shared.Root.Intermediate(Template.Authority("Other Strings") with { IssuerDer = Name(UniversalTagNumber.UTF8String, "TEST  root") });
            return Complete("other-strings", issuing.Issue(Template.Server("server") with { IssuerDer = Name(UniversalTagNumber.BMPString, " other strings ") }));
        }
    }

    /// <summary>With an end that no DER has, a fraction of a second.</summary>
    public static ServerCredential WithOddDates =>
        new("odd-dates", TestPki.Shared.Root.Issue(Template.Server("server") with { Dates = ("G:20200101000000Z", "G:20900101000000.5Z") }), []);

    private static Issued EndOfTwenty()
    {
        var authority = TestPki.Shared.Root;
        for (var number = 1; number < 20; number++) authority = authority.Intermediate($"Link {number}");
        return authority.Issue(Template.Server("server"));
    }

    private static ServerCredential Complete(string name, Issued leaf) => new(name, leaf, leaf.Issuers);

    private static byte[] Name(UniversalTagNumber kind, string commonName)
    {
        var name = new X500DistinguishedNameBuilder();
        name.Add("2.5.4.3", commonName, kind);
        name.Add("2.5.4.10", "mtlsprobe TESTS", kind);
        return name.Build().RawData;
    }
}

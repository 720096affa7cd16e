using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.EndToEnd.Pki;

/// <summary>
/// Chains that are easily misjudged: chains under a root that we do not have, in which no intermediate is missing, and chains that look odd but are
/// good.
/// </summary>
internal sealed class UncommonChains
{
    private readonly Lazy<Issued> _endOfTwenty = new(EndOfTwenty);

    /// <summary>No one trusts it.</summary>
    public Authority NewRoot { get; } = Authority.Root("New Root");

    /// <summary>A leaf and its intermediate: all that a server should send.</summary>
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

    /// <summary>Trusted, although no certificate encodes its issuer's name as the issuer's certificate does (RFC 5280 §7.1).</summary>
    public static ServerCredential InOtherStrings
    {
        get
        {
            var issuing = TestPki.Shared.Root.Intermediate(Template.Authority("Other Strings") with { IssuerDer = Name(UniversalTagNumber.UTF8String, "TEST  root") });
            return Complete("other-strings", issuing.Issue(Template.Server("server") with { IssuerDer = Name(UniversalTagNumber.BMPString, " other strings ") }));
        }
    }

    /// <summary>With an end that is not valid DER: a fraction of a second.</summary>
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

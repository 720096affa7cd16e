using MtlsProbe.Certificates;
using MtlsProbe.Forecast;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Forecast;

/// <summary>
/// A forecast equals the verdict of the chain judge at that second, for many PKIs with cross-signing, short-lived issuers and several anchors.
/// </summary>
public class ForecastPropertyTests
{
    private const int Pkis = 200;

    /// <summary>How many of them must be good.</summary>
    private const int MostMinted = 280;

    /// <summary>By their seeds, shared by the tests: minting one takes longer than testing it. The tests of a class run one after another.</summary>
    private static readonly List<RandomPki> s_minted = [];

    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly ChainJudge _judge = new();

    [Fact]
    public void A_server_is_trusted_up_to_the_second_that_is_forecast_and_not_in_the_next()
    {
        var causes = new HashSet<EndCause>();
        Over((pki, seed) =>
        {
            bool IsTrusted(DateTimeOffset at) => Judge(pki.Server, pki.Known[0], at).Valid;
            if (!IsTrusted(TestPki.Now)) return false;

            var ends = new ServerEnds(_judge).Of(pki.Server, pki.Known[0], TestPki.Now).ToList();
            var first = ends.MinBy(end => end.At);
            AssertEndsAt(first, IsTrusted, seed);
            causes.Add(first.Cause);
            return true;
        });
        Assert.Equal([EndCause.ServerCertificate, EndCause.ServerIssuer, EndCause.TrustAnchor], causes.Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Our_chain_is_good_at_a_server_that_trusts_what_is_known_up_to_the_second_that_is_forecast(bool names)
    {
        var causes = new HashSet<EndCause>();
        Over((pki, seed) =>
        {
            var everything = new TrustBundle("known", pki.Roots);
            var store = names ? AllEditions(pki, pki.SomeRoots()) : everything;
            bool IsAccepted(DateTimeOffset at) => Judge(pki.Client, store, at).Valid;
            if (store.Anchors.Count == 0 || !IsAccepted(TestPki.Now)) return false;

            var listed = names ? store.Anchors.Select(root => root.Subject).Distinct().ToValueList() : [];
            var first = new ClientEnds(_judge.Signatures).Of(pki.Client, listed, [everything], TestPki.Now).MinBy(end => end.At);
            AssertEndsAt(first, IsAccepted, seed);
            causes.Add(first.Cause);
            return true;
        });
        Assert.Equal([EndCause.ClientCertificate, EndCause.ClientIssuer], causes.Order());
    }

    /// <summary>What was found once is kept for the same chain, names and bundles, at any time.</summary>
    [Fact]
    public void What_was_found_before_changes_no_forecast()
    {
        var kept = new ClientEnds(_judge.Signatures);
        var answers = new HashSet<string>();
        foreach (var pki in Enumerable.Range(0, 12).Select(Minted))
        {
            ValueList<string> all = [.. pki.Roots.Select(root => root.Subject).Distinct()];
            ValueList<string> some = [.. pki.SomeRoots().Select(root => root.Subject).Distinct()];
            TrustBundle[] bundles = [new("all", pki.Roots), new("one", pki.Roots.Take(1))];
            foreach (var bundle in bundles)
            {
                for (var round = 0; round < 2; round++)
                {
                    foreach (var names in (ValueList<string>[])[[], all, some])
                    {
                        foreach (var sent in (ValueList<Certificate>[])[pki.Client, [pki.Client[0]]])
                        {
                            foreach (var now in (DateTimeOffset[])[TestPki.Now, pki.Client[0].NotAfter, TestPki.Now.AddYears(30)])
                            {
                                var expected = Told(new ClientEnds(_judge.Signatures).Of(sent, names, [bundle], now));
                                Assert.Equal(expected, Told(kept.Of(sent, names, [bundle], now)));
                                answers.Add(expected);
                            }
                        }
                    }
                }
            }
        }

        Assert.True(answers.Count > 24, $"only {answers.Count} different forecasts");

        static string Told(IEnumerable<OutlookEnd> ends) => string.Join("; ", ends.Select(end => $"{end.Cause} {end.At:O} {end.Certificate?.Sha256}"));
    }

    /// <summary>Tests PKIs until this many were good now.</summary>
    private static void Over(Func<RandomPki, int, bool> ask)
    {
        var asked = Enumerable.Range(0, MostMinted).Where(seed => ask(Minted(seed), seed)).Take(Pkis).Count();
        Assert.True(asked == Pkis, $"of {MostMinted} PKIs {asked} are good");
    }

    private static RandomPki Minted(int seed)
    {
        while (s_minted.Count <= seed) s_minted.Add(new RandomPki(s_minted.Count));
        return s_minted[seed];
    }

    private static void AssertEndsAt(OutlookEnd first, Func<DateTimeOffset, bool> isGood, int seed)
    {
        var before = first.At - TestPki.Now;
        for (var part = 0; part <= 2; part++) Assert.True(isGood(TestPki.Now + (before / 2 * part)), $"PKI {seed}: fails before {first.At}");
        Assert.True(isGood(first.At), $"PKI {seed}: fails in the second {first.At}, which is part of the validity");
        Assert.False(isGood(first.At + s_second), $"PKI {seed}: good after {first.At}");
        Assert.Equal(first.At, first.Certificate!.NotAfter);
    }

    private ChainVerdict Judge(ValueList<Certificate> chain, TrustBundle trust, DateTimeOffset at) => _judge.Judge(chain, trust, new(RandomPki.Name), at, default);

    /// <summary>A name in a server's list stands for every certificate with that name.</summary>
    private static TrustBundle AllEditions(RandomPki pki, ValueList<Certificate> some) => new("store", pki.Roots.Where(root => some.Any(one => one.Subject == root.Subject)));
}

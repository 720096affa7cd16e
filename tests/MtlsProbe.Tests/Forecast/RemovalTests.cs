using MtlsProbe.Certificates;
using MtlsProbe.Forecast;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Forecast;

/// <summary>What would fail without a certificate, on our side and on the servers' side.</summary>
public class RemovalTests
{
    private static readonly Target s_target = Samples.Target("payments") with { ServerName = "a.test" };

    private readonly TestCertificate _old = TestPki.Root("Old");
    private readonly TestCertificate _new = TestPki.Root("New");
    private readonly TestCertificate _issuer;
    private readonly TestCertificate _crossed;
    private readonly TestCertificate _client;

    public RemovalTests()
    {
        _issuer = _old.Intermediate("Issuer");
        _crossed = _new.CrossSign(_issuer);
        _client = _issuer.Client("checkout");
    }

    [Fact]
    public void A_server_only_below_the_root_is_no_longer_trusted_but_one_with_a_cross_signed_issuer_is()
    {
        var leaf = _issuer.Leaf("a.test");
        Assert.Equal(RemovalEffect.Breaks, Of(_old, [leaf, _issuer], [_old, _new], [_client], ["CN=New"]).Ours);
        Assert.Equal(RemovalEffect.Keeps, Of(_old, [leaf, _issuer, _crossed], [_old, _new], [_client], ["CN=New"]).Ours);
        Assert.Equal(RemovalEffect.Breaks, Of(_old, [leaf, _issuer, _crossed], [_old], [_client], ["CN=New"]).Ours);
        Assert.Equal(RemovalEffect.Keeps, Of(_old, [_new.Leaf("a.test")], [_old, _new], [_client], ["CN=New"]).Ours);
    }

    [Fact]
    public void The_removed_certificate_in_a_bundle_or_as_a_leaf_breaks()
    {
        var leaf = _new.Leaf("a.test");
        Assert.Equal(RemovalEffect.Breaks, Of(leaf, [leaf], [_new], [_client], ["CN=New"]).Ours);
        Assert.Equal(RemovalEffect.Breaks, Of(_client, [leaf], [_new], [_client], ["CN=New"]).Theirs);
        Assert.Equal(RemovalEffect.Breaks, Of(_new, [leaf], [_new], [_client], ["CN=Old"]).Ours);
    }

    [Theory]
    [InlineData("CN=Old", "breaks")]                          // it names no other authority that our chain leads to
    [InlineData("CN=Old,CN=Elsewhere", "breaks")]
    [InlineData("CN=Old,CN=New", "unknown")]                  // the cross-signed path leads to the other, but OpenSSL would not find it after the first
    [InlineData("CN=Old,CN=New,CN=Issuer", "unknown")]        // it may have the version that needs it
    [InlineData("CN=New", "keeps")]                           // it never trusted it
    [InlineData("CN=Old,CN=Issuer", "unknown")]               // whether an intermediate is enough depends on the server
    [InlineData("CN=Issuer", "keeps")]                        // it trusts only the intermediate
    [InlineData("", "unknown")]                               // it names no authority
    public void What_the_server_names_decides_on_its_side(string names, string theirs) =>
        Assert.Equal(theirs, Of(_old, [_new.Leaf("a.test")], [_new, _old], [_client, _issuer, _crossed], names.Split(',', StringSplitOptions.RemoveEmptyEntries)).Theirs.Label());

    [Fact]
    public void A_preferred_path_without_it_stays_valid() =>
        Assert.Equal(RemovalEffect.Keeps, Of(_old, [_new.Leaf("a.test")], [_new, _old], [_client, _crossed, _issuer], ["CN=Old", "CN=New"]).Theirs);

    [Fact]
    public void A_server_that_asks_for_no_certificate_or_whose_authorities_are_others_is_not_concerned()
    {
        var leaf = _new.Leaf("a.test");
        Assert.Equal(RemovalEffect.Keeps, Of(_old, [leaf], [_new, _old], [_new.Client("other")], []).Theirs);
        Assert.Equal(RemovalEffect.Keeps, Of(_old, [leaf], [_new, _old], [_client], [], result => result with { ClientCertificate = new ClientCertificateFacts { Requested = false } }).Theirs);
    }

    [Fact]
    public void Another_edition_of_the_same_authority_that_is_known_makes_the_servers_side_unknown_and_saves_ours()
    {
        var edition = TestPki.Root("Old", template => template with { Key = _old.Key });
        var verdict = Of(_old, [_old.Leaf("a.test")], [_old, edition], [_old.Client("checkout")], ["CN=Old"]);
        Assert.Equal((RemovalEffect.Keeps, RemovalEffect.Unknown, RemovalEffect.Unknown), (verdict.Ours, verdict.Theirs, verdict.Effect));
    }

    [Fact]
    public void A_certificate_that_is_in_no_bundle_is_read_from_its_file()
    {
        var elsewhere = TestPki.Root("Elsewhere");
        Assert.Equal(RemovalEffect.Breaks, Of(elsewhere, [_new.Leaf("a.test")], [_new], [elsewhere.Client("checkout")], ["CN=Elsewhere"]).Theirs);
    }

    [Fact]
    public void A_handshake_that_fails_now_fails_or_is_unknown_whatever_is_removed()
    {
        var leaf = _new.Leaf("a.test");
        Assert.Equal(RemovalEffect.FailsNow, Of(_old, [leaf], [_new], [_client], [], _ => Samples.Rejected(s_target)).Effect);
        Assert.Equal(RemovalEffect.Unknown, Of(_old, [leaf], [_new], [_client], [], _ => Samples.Refused(s_target)).Effect);
    }

    [Fact]
    public void The_summary_is_clear_only_if_everything_stays_valid()
    {
        var keeps = Of(_old, [_new.Leaf("a.test")], [_new, _old], [_new.Client("other")], []);
        var unknown = keeps with { Effect = RemovalEffect.Unknown };
        var without = EndingCertificate.Of(_old.Certificate);
        Assert.True(new RemovalReport(TestPki.Now, without, [keeps]).Clear);
        Assert.False(new RemovalReport(TestPki.Now, without, [keeps, unknown]).Clear);
        Assert.Equal("Without CN=Old: 1 handshake is unknown; 1 handshake works without it.", new RemovalReport(TestPki.Now, without, [keeps, unknown]).Summary);
    }

    private static RemovalVerdict Of(
        TestCertificate gone, IEnumerable<TestCertificate> presented, IEnumerable<TestCertificate> trust, IReadOnlyList<TestCertificate> sent,
        IEnumerable<string> names, Func<ProbeResult, ProbeResult>? change = null)
    {
        var bundle = TestPki.Trust(trust);
        var result = Samples.Accepted(s_target) with
        {
            At = TestPki.Now,
            ServerCertificates = presented.Select(certificate => certificate.Certificate).ToValueList(),
            ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = sent[0].Certificate, AcceptableIssuers = names.ToValueList() },
        };
        return new Removal(new ChainJudge(), gone.Certificate, [bundle]).Of(
            Samples.Key(s_target), s_target, change?.Invoke(result) ?? result, sent.Select(certificate => certificate.Certificate).ToValueList(), bundle);
    }
}

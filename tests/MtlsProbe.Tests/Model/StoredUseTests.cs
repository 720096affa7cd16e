using MtlsProbe.Minting;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Model;

/// <summary>The relation of stored certificates to the probed servers.</summary>
public sealed class StoredUseTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_old = Leaf(-30);
    private static readonly TestCertificate s_new = Leaf(-1);

    [Fact]
    public void A_presented_certificate_is_served_a_newer_one_is_not_loaded_and_an_older_one_is_superseded()
    {
        var server = Server("a", s_new);

        Assert.Equal(StoredUse.Served, Use(s_new, server));
        Assert.Equal(StoredUse.Superseded, Use(s_old, server));
        Assert.Equal(StoredUse.NotLoaded, Use(s_new, Server("a", s_old)));
        Assert.Equal(StoredUse.NotSeen, Use(s_root.Leaf("other.test"), server));
        Assert.Equal(StoredUse.NotSeen, Use(s_new));
    }

    [Fact]
    public void Issuers_are_served_where_they_are_presented_and_not_expected_elsewhere() =>
        Assert.Equal((StoredUse.Served, StoredUse.NotSeen), (Use(s_root, Server("a", s_new, s_root)), Use(TestPki.Root("Root"), Server("a", s_new, s_root))));

    [Fact]
    public void A_replica_that_is_behind_keeps_it_not_loaded_but_another_target_does_not()
    {
        Assert.Equal(StoredUse.NotLoaded, Use(s_new, Server("a", s_new) with { Key = new("a", "1") }, Server("a", s_old) with { Key = new("a", "2") }));
        Assert.Equal(StoredUse.Served, Use(s_new, Server("a", s_new), Server("b", s_old)));
    }

    [Fact]
    public void What_is_not_valid_yet_is_not_expected_to_be_served() =>
        Assert.Equal(StoredUse.NotSeen, Use(Leaf(+1), Server("a", s_new)));

    /// <summary>Each of them can rightly be stored besides what is served.</summary>
    [Fact]
    public void Another_name_another_type_of_key_or_another_issuer_is_another_line()
    {
        var server = Server("a", s_old);
        var (house, sameHouse) = (Organized("One"), Organized("Two"));
        Assert.Equal(StoredUse.NotSeen, Use(Leaf(-1, template => template with { Dns = ["a.test", "b.test"] }), server));
        Assert.Equal(StoredUse.NotSeen, Use(Leaf(-1, template => template with { KeyKind = TestKeyKind.Rsa2048 }), server));
        Assert.Equal(StoredUse.NotSeen, Use(TestPki.Root("Another").Leaf("a.test"), server));
        Assert.Equal(StoredUse.NotLoaded, Use(Leaf(-1, template => template with { Dns = ["A.TEST"] }), server));
        Assert.Equal(StoredUse.NotLoaded, Use(Leaf(-1, issuer: sameHouse), Server("a", Leaf(-30, issuer: house))));

        static TestCertificate Organized(string name) => TestPki.Root(name, template => template with { Subject = $"CN={name}, O=House" });
    }

    private static StoredUse Use(TestCertificate stored, params ServerState[] servers) => StoredUses.Of(
        [new InventoryState("web", [StoredCertificate.Of("web", "/a.crt", stored.Certificate)], InventoryGaps.None)], servers, TestPki.Now).Single().Use;

    private static ServerState Server(string target, params TestCertificate[] chain) => new()
    {
        Key = new(target, "1"),
        Target = Samples.Target(target),
        Facts = new ServerFacts(TestPki.Now, [.. chain.Select(one => one.Certificate)], null, null, null, new ExpectedCertificateFacts(null, null)),
    };

    private static TestCertificate Leaf(int begins, Func<TestTemplate, TestTemplate>? change = null, TestCertificate? issuer = null) => (issuer ?? s_root).Leaf("a.test", template =>
    {
        var own = template with { NotBefore = TestPki.Now.AddDays(begins), NotAfter = TestPki.Now.AddDays(begins + 60) };
        return change is null ? own : change(own);
    });
}

using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Probing;

/// <summary>What is known about issuers: where each was seen, and that peers cannot fill the memory with them.</summary>
public sealed class IssuersSeenTests : IDisposable
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_issuing = s_root.Intermediate("Issuing");
    private static readonly Certificate s_leaf = s_issuing.Leaf("a.test").Certificate;
    private static readonly TrustBundle s_trust = new("internal", [s_root.Certificate]);
    private readonly TempFiles _files = new();
    private readonly MaterialStore _materials = new(TimeProvider.System, NullLogger<MaterialStore>.Instance);

    public void Dispose() => _files.Dispose();

    [Fact]
    public void An_issuer_that_a_target_presented_is_known_by_the_name_of_the_target()
    {
        var seen = new IssuersSeen(_materials);
        Assert.False(seen.TakeNews());
        Assert.False(seen.KnowsIssuerOf(s_leaf, s_trust));
        seen.Learn("orders", [s_leaf, s_issuing.Certificate]);
        Assert.Equal([new KnownIssuer(s_issuing.Certificate, "presented by the target orders")], seen.Of(s_leaf, s_trust));
        Assert.True(seen.KnowsIssuerOf(s_leaf, s_trust));
        Assert.True(seen.TakeNews());
        seen.Learn("others", [s_leaf, s_issuing.Certificate]);
        Assert.False(seen.TakeNews());
    }

    [Fact]
    public void A_leaf_and_what_is_no_authority_are_not_issuers()
    {
        var seen = new IssuersSeen(_materials);
        seen.Learn("orders", [s_issuing.Certificate, s_root.Leaf("b.test").Certificate]);
        Assert.Equal(0, seen.Count);
    }

    [Fact]
    public void The_files_of_the_configuration_are_named_as_the_place_of_an_issuer()
    {
        var client = s_issuing.Client("checkout");
        _files.Write("checkout.crt", TestPki.Pem(client, s_issuing));
        _files.Write("checkout.key", client.KeyPem);
        _files.Write("expected.crt", TestPki.Pem(s_issuing.Leaf("a.test"), s_issuing));
        _files.Write("partners.crt", TestPki.Pem(s_issuing));
        _files.Write("root.crt", TestPki.Pem(s_root));
        _files.Write("next.pem", TestPki.Pem(client, s_issuing) + client.KeyPem);
        var source = new PemFiles(_files.Path("checkout.crt"), _files.Path("checkout.key"), null);
        var next = new PemFiles(_files.Path("next.pem"), _files.Path("next.pem"), null);
        _materials.Follow(new Configuration
        {
            Targets = [Jobs.Target("a") with { Trust = "internal", ExpectedCertificates = new ExpectedCertificates(new PinnedFile(_files.Path("expected.crt")), null) }],
            Identities = [new Identity("checkout", source) { Next = next }],
            Trusts = [new TrustSource("internal", [_files.Path("root.crt")]), new TrustSource("partners", [_files.Path("partners.crt")])],
        });
        var seen = new IssuersSeen(_materials);
        string[] Places(string judgedBy) => [.. seen.Of(s_leaf, new TrustBundle(judgedBy, [])).Select(known => known.Place)];

        string[] files = ["in the chain of the identity checkout", "in the chain of the identity checkout (next)", $"in {_files.Path("expected.crt")}"];
        Assert.Equal([.. files, "in the trust bundle partners"], Places("internal"));
        Assert.Equal(files, Places("partners")); // the chain was judged with it: it adds nothing
        Assert.Equal(["in the trust bundle internal"], seen.Of(s_issuing.Certificate, new TrustBundle("partners", [])).Select(known => known.Place));
    }

    [Fact]
    public void Of_a_target_that_presents_another_issuer_each_time_the_last_few_are_kept_and_others_keep_theirs()
    {
        var seen = new IssuersSeen(_materials);
        seen.Learn("orders", [s_leaf, s_issuing.Certificate]);
        for (var round = 0; round < 20; round++) seen.Learn("evil", [s_leaf, .. Enumerable.Range(0, 5).Select(_ => s_root.Intermediate("Issuing").Certificate)]);
        Assert.Equal(1 + IssuersSeen.MostPerTarget, seen.Count);
        Assert.Equal("presented by the target orders", seen.Of(s_leaf, s_trust).First().Place);
    }

    [Fact]
    public void A_certificate_that_is_far_larger_than_any_intermediate_is_not_kept()
    {
        var seen = new IssuersSeen(_materials);
        var huge = s_root.Intermediate("Issuing", t => t with { Uris = [$"https://a.test/{new string('x', IssuersSeen.MaxCertificate)}"] });
        seen.Learn("evil", [s_leaf, huge.Certificate]);
        Assert.Equal(0, seen.Count);
    }

    [Fact]
    public void All_targets_together_use_bounded_memory_and_untrusted_ones_lose_theirs_first()
    {
        const long most = 1 << 20;
        var seen = new IssuersSeen(_materials, most);
        seen.Learn("orders", [s_leaf, s_issuing.Certificate]);
        var large = s_root.Intermediate("Large", t => t with { Uris = [$"https://a.test/{new string('x', 15_000)}"] });
        for (var i = 0; i < 800; i++)
        {
            seen.Learn($"evil-{i % 50}", [s_leaf, Certificate.TryParse(CrowdedCertificate.Varied(large.Der, i))!]);
            Assert.InRange(seen.Cost, 1, most);
        }

        Assert.Equal("presented by the target orders", seen.Of(s_leaf, s_trust).First().Place);
        seen.KeepOnly(target => target == "orders");
        Assert.Equal((1, CertificateCost.Of(s_issuing.Certificate)), (seen.Count, seen.Cost));
    }

    [Fact]
    public void What_a_target_presented_is_forgotten_with_the_target()
    {
        var seen = new IssuersSeen(_materials);
        seen.Learn("orders", [s_leaf, s_issuing.Certificate]);
        seen.Learn("others", [s_leaf, s_root.Certificate]);
        seen.KeepOnly(target => target == "others");
        Assert.Empty(seen.Of(s_leaf, s_trust));
        Assert.Equal(1, seen.Count);
        seen.Learn("others", [s_leaf, s_issuing.Certificate]);
        Assert.Equal("presented by the target others", Assert.Single(seen.Of(s_leaf, s_trust)).Place);
    }

    [Fact]
    public async Task A_survey_judges_each_result_again_once_all_are_complete()
    {
        var finished = 0;
        var survey = new Survey(
            (job, _, _) => Task.FromResult(Jobs.Accepted(job, TestPki.Now) with { Remote = $"{++finished}" }),
            (_, _) => Task.FromResult<IPAddress[]>([]),
            (_, _) => CredentialHandle.Nothing,
            TimeProvider.System,
            (_, result) => result with { Remote = $"{result.Remote} of {finished}" });
        var results = await survey.RunAsync(await survey.PlanAsync([Jobs.Target("a"), Jobs.Target("b")], default), null, 1, null, default);
        Assert.Equal(["1 of 2", "2 of 2"], results.Select(result => result.Remote));
    }
}

using System.Security.Cryptography;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;
using static MtlsProbe.Tests.Trust.Judged;

namespace MtlsProbe.Tests.Trust;

/// <summary>Which path is found if there are several, and that a hostile list of certificates results in a clear verdict.</summary>
public class PathSearchTests
{
    private readonly TestCertificate _old = TestPki.Root("Old root");
    private readonly TestCertificate _new = TestPki.Root("New root");

    [Fact]
    public void A_cross_signed_intermediate_leads_to_whichever_root_is_trusted_in_any_order()
    {
        var byOld = _old.Intermediate("Intermediate");
        var byNew = _new.CrossSign(byOld);
        var leaf = byOld.Leaf(Name);
        foreach (var root in new[] { _old, _new })
        {
            Assert.True(By(TestPki.Trust(root), [leaf, byOld, byNew]).Valid);
            Assert.True(By(TestPki.Trust(root), [leaf, byNew, byOld]).Valid);
        }
    }

    [Fact]
    public void A_new_root_that_the_old_one_certified_leads_to_either()
    {
        var bridge = _old.CrossSign(_new);
        var intermediate = _new.Intermediate("Intermediate");
        var leaf = intermediate.Leaf(Name);
        Assert.True(By(TestPki.Trust(_old), [leaf, intermediate, bridge]).Valid);
        Assert.True(By(TestPki.Trust(_old), [leaf, intermediate, _new, bridge]).Valid);
        Assert.True(By(TestPki.Trust(_new), [leaf, intermediate, bridge]).Valid);
        Assert.True(By(TestPki.Trust(_new), [leaf, intermediate]).Valid);
    }

    [Fact]
    public void A_path_without_faults_is_preferred_to_one_through_an_expired_certificate()
    {
        var current = _old.Intermediate("Intermediate");
        var expired = _old.CrossSign(current, t => t with { NotBefore = TestPki.Now.AddDays(-9), NotAfter = TestPki.Now.AddDays(-1) });
        var leaf = current.Leaf(Name);
        var verdict = By(TestPki.Trust(_old), [leaf, expired, current]);
        Assert.True(verdict.Valid);
        Assert.Equal(current.Certificate, verdict.Path[1]);
        AssertErrors(By(TestPki.Trust(_old), [leaf, expired]), Reasons.Expired);
    }

    [Fact]
    public void An_expired_root_in_the_bundle_does_no_harm_beside_its_renewal()
    {
        var expired = TestPki.Root("Root", t => t with { NotBefore = TestPki.Now.AddDays(-9), NotAfter = TestPki.Now.AddDays(-1) });
        var renewed = TestPki.Root("Root", t => t with { Key = expired.Key });
        Assert.True(By(TestPki.Trust(expired, renewed), [expired.Leaf(Name)]).Valid);
        Assert.True(By(TestPki.Trust(renewed, expired), [expired.Leaf(Name), expired]).Valid);
    }

    [Fact]
    public void The_least_bad_path_is_reported_when_none_is_good()
    {
        var foreign = _new.Intermediate("Intermediate");
        var expired = _old.CrossSign(foreign, t => t with { NotBefore = TestPki.Now.AddDays(-9), NotAfter = TestPki.Now.AddDays(-1) });
        var leaf = foreign.Leaf(Name);
        AssertErrors(By(TestPki.Trust(_old), [leaf, foreign, _new, expired]), Reasons.Expired);
        AssertErrors(By(TestPki.Trust(_old), [leaf, expired, foreign, _new]), Reasons.Expired);
    }

    [Fact]
    public void An_issuer_of_the_right_name_and_key_is_found_among_others_of_the_same_name()
    {
        var right = _old.Intermediate("Intermediate", t => t with { KeyIdentifiers = false });
        var wrong = Enumerable.Range(0, 5).Select(_ => _old.Intermediate("Intermediate", t => t with { KeyIdentifiers = false })).ToList();
        var leaf = right.Leaf(Name, t => t with { KeyIdentifiers = false });
        Assert.True(By(TestPki.Trust(_old), [leaf, .. wrong, right]).Valid);
    }

    [Fact]
    public void Wrong_key_identifiers_do_not_exclude_an_issuer()
    {
        var decoy = _old.Intermediate("Intermediate");
        var issuer = _old.Intermediate("Intermediate");
        var claimsDecoy = new TestCertificate(issuer.Template, decoy.Der, issuer.Key); // its key identifier, but the other's signature
        var leaf = claimsDecoy.Leaf(Name);
        Assert.True(By(TestPki.Trust(_old), [leaf, decoy, issuer]).Valid);
    }

    [Fact]
    public void Authorities_that_certified_each_other_make_no_endless_path()
    {
        var one = TestPki.Root("One");
        var two = TestPki.Root("Two");
        var oneByTwo = two.CrossSign(one);
        var twoByOne = one.CrossSign(two);
        var leaf = one.Leaf(Name);
        var verdict = By(TestPki.Trust(_old), [leaf, oneByTwo, twoByOne]);
        AssertErrors(verdict, Reasons.UntrustedIssuer);
        Assert.Contains("is circular", verdict.Faults[0].Detail, StringComparison.Ordinal);
        Assert.Equal(3, verdict.Path.Count);
        Assert.True(By(TestPki.Trust(two), [leaf, oneByTwo, twoByOne]).Valid);
    }

    [Fact]
    public void A_chain_of_twenty_certificates_is_followed_in_order_and_in_any_order()
    {
        var issuers = Line(19);
        var leaf = issuers[^1].Leaf(Name);
        var inOrder = By(TestPki.Trust(_old), [leaf, .. issuers.AsEnumerable().Reverse()]);
        Assert.True(inOrder.Valid);
        Assert.Equal(21, inOrder.Path.Count);
        Assert.Empty(inOrder.Notes);
        Assert.True(By(TestPki.Trust(_old), [leaf, .. issuers]).Valid);
        var random = new Random(11);
        for (var round = 0; round < 10; round++)
        {
            var shuffled = issuers.ToArray();
            random.Shuffle(shuffled);
            Assert.True(By(TestPki.Trust(_old), [leaf, .. shuffled, _old]).Valid);
        }
    }

    [Fact]
    public void The_work_of_a_search_bounds_its_depth_and_its_progress_is_reported()
    {
        var issuers = Line(60);
        var verdict = By(TestPki.Trust(_old), [issuers[^1].Leaf(Name), .. issuers]);
        AssertErrors(verdict, Reasons.UntrustedIssuer);
        Assert.Contains("within the limits of the search", verdict.Faults[0].Detail, StringComparison.Ordinal);
        Assert.Contains(verdict.Notes, note => note.Contains("stopped early", StringComparison.Ordinal));
        Assert.Equal(41, verdict.Path.Count);
    }

    [Fact]
    public void A_long_chain_among_namesakes_of_its_issuers_costs_a_bounded_number_of_signature_checks()
    {
        var issuers = Line(19, t => t with { KeyIdentifiers = false });
        var namesakes = issuers.SelectMany(issuer => Enumerable.Range(0, 3).Select(_ => _new.Intermediate(issuer.Template.Subject[3..], t => t with { KeyIdentifiers = false })));
        var presented = namesakes.Concat(issuers).Prepend(issuers[^1].Leaf(Name, t => t with { KeyIdentifiers = false })).Select(one => one.Certificate).ToValueList();
        var signatures = new SignatureCache();
        var paths = 0;
        new PathSearch(presented, TestPki.Trust(_old), signatures, new SearchBounds()).Run(_ => ++paths == 0);
        Assert.InRange(signatures.Count, 1, 40);
        Assert.InRange(paths, 1, 33);
    }

    /// <summary>Authorities below the old root, each certified by the previous one.</summary>
    private List<TestCertificate> Line(int count, Func<TestTemplate, TestTemplate>? change = null)
    {
        List<TestCertificate> line = [];
        for (var number = 0; number < count; number++) line.Add((number == 0 ? _old : line[^1]).Intermediate($"I{number}", change));
        return line;
    }

    [Fact]
    public void A_hundred_certificates_of_one_name_cost_a_bounded_number_of_signature_checks()
    {
        // Each could have issued each: same subject, same issuer, no key identifiers, and every signature must be tried.
        var authority = TestPki.Root("Same", t => t with { KeyIdentifiers = false });
        var many = Enumerable.Range(0, 100).Select(_ => authority.Intermediate("Same", t => t with { KeyIdentifiers = false })).ToList();
        var leaf = many[0].Leaf(Name, t => t with { KeyIdentifiers = false });
        var signatures = new SignatureCache();
        var bounds = new SearchBounds();
        var distinct = many.Prepend(leaf).Select(certificate => certificate.Certificate).ToValueList();
        var paths = 0;
        new PathSearch(distinct, TestPki.Trust(_old), signatures, bounds).Run(_ => ++paths == 0);
        Assert.InRange(signatures.Count, 1, 40);
        Assert.InRange(paths, 1, 33);
        Assert.True(bounds.Exceeded);

        var verdict = By(TestPki.Trust(_old), many.Prepend(leaf));
        Assert.Contains(verdict.Errors[0], (Reason[])[Reasons.BadSignature, Reasons.UntrustedIssuer]);
        Assert.Contains(verdict.Notes, note => note.Contains("stopped early", StringComparison.Ordinal));
    }

    [Fact]
    public void Authorities_that_all_certified_each_other_end_in_a_bounded_number_of_paths()
    {
        var roots = Enumerable.Range(0, 6).Select(number => TestPki.Root($"R{number}")).ToList();
        var mesh = roots.SelectMany(issuer => roots.Where(root => root != issuer).Select(root => issuer.CrossSign(root))).ToList();
        var verdict = By(TestPki.Trust(_old), [roots[0].Leaf(Name), .. mesh]);
        Assert.False(verdict.Valid);
        Assert.True(By(TestPki.Trust(roots[5]), [roots[0].Leaf(Name), .. mesh]).Valid);
    }

    [Fact]
    public void Checks_with_slow_keys_count_more()
    {
        var slow = new TestKeyKind(() => ECDsa.Create(ECCurve.NamedCurves.nistP521));
        var many = Enumerable.Range(0, 10).Select(_ => _old.Intermediate("Same", t => t with { KeyKind = slow, KeyIdentifiers = false })).ToList();
        var leaf = _new.Intermediate("Same").Leaf(Name, t => t with { KeyIdentifiers = false });
        var signatures = new SignatureCache();
        var distinct = many.Prepend(leaf).Select(certificate => certificate.Certificate).ToValueList();
        new PathSearch(distinct, TestPki.Trust(_old), signatures, new SearchBounds()).Run(_ => false);
        Assert.Equal(4, signatures.Count);
    }

    [Fact]
    public void The_same_is_true_of_exponents_as_long_as_the_modulus()
    {
        byte[] Odd()
        {
            var number = RandomNumberGenerator.GetBytes(256);
            (number[0], number[^1]) = (0xc0, 1);
            return number;
        }

        var slow = new TestKeyKind(() => RSA.Create(new RSAParameters { Modulus = Odd(), Exponent = Odd() }));
        var many = Enumerable.Range(0, 10).Select(_ => _old.Intermediate("Same", t => t with { KeyKind = slow, KeyIdentifiers = false })).ToList();
        var leaf = _new.Intermediate("Same").Leaf(Name, t => t with { KeyIdentifiers = false });
        var signatures = new SignatureCache();
        var distinct = many.Prepend(leaf).Select(certificate => certificate.Certificate).ToValueList();
        new PathSearch(distinct, TestPki.Trust(_old), signatures, new SearchBounds()).Run(_ => false);
        Assert.Equal(4, signatures.Count);
    }

    [Fact]
    public void Only_a_hundred_presented_certificates_are_looked_at()
    {
        var intermediate = _old.Intermediate("Intermediate");
        var leaf = intermediate.Leaf(Name);
        var filler = Enumerable.Range(0, 99).Select(number => _old.Intermediate($"F{number}")).ToList();
        Assert.True(By(TestPki.Trust(_old), [leaf, .. filler.Take(98), intermediate]).Valid);
        var verdict = By(TestPki.Trust(_old), [leaf, .. filler, intermediate]);
        AssertErrors(verdict, Reasons.UntrustedIssuer);
        Assert.Contains(verdict.Notes, note => note.StartsWith("the server presented 101 certificates", StringComparison.Ordinal));
        Assert.True(verdict.Notes.Count <= 12);
    }

    [Fact]
    public void The_cache_of_signatures_stays_small()
    {
        var cache = new BoundedCache<int, int>(100);
        for (var number = 0; number < 10_000; number++)
        {
            cache.Add(number, number);
            Assert.True(cache.TryGet(0, out _) || number > 0);
        }

        Assert.InRange(cache.Count, 1, 200);
        Assert.True(cache.TryGet(9_999, out var last));
        Assert.Equal(9_999, last);
    }

    [Fact]
    public void Entries_in_use_stay_in_the_cache()
    {
        var cache = new BoundedCache<int, string>(100);
        cache.Add(-1, "kept");
        for (var number = 0; number < 10_000; number++)
        {
            cache.Add(number, "");
            Assert.True(cache.TryGet(-1, out var kept));
            Assert.Equal("kept", kept);
        }
    }

    [Fact]
    public void A_signature_belongs_to_one_pair_of_certificates_only()
    {
        var intermediate = _old.Intermediate("Intermediate");
        var leaf = intermediate.Leaf(Name);
        var signatures = new SignatureCache();
        for (var round = 0; round < 2; round++)
        {
            Assert.True(signatures.IsSignedBy(leaf.Certificate, intermediate.Certificate));
            Assert.False(signatures.IsSignedBy(intermediate.Certificate, leaf.Certificate));
            Assert.False(signatures.IsSignedBy(leaf.Certificate, _old.Certificate));
            Assert.True(signatures.IsSignedBy(_old.Certificate, _old.Certificate));
        }
    }

    [Fact]
    public void Signatures_of_every_usual_kind_are_verified()
    {
        foreach (var kind in new[] { TestKeyKind.EcP256, TestKeyKind.EcP384, TestKeyKind.Rsa2048 })
        {
            foreach (var hash in new[] { HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512 })
            {
                var root = TestPki.Root("Root", t => t with { KeyKind = kind });
                Assert.True(By(TestPki.Trust(root), [root.Leaf(Name, t => t with { Hash = hash })]).Valid);
            }
        }
    }
}

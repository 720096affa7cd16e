using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Model;
using static MtlsProbe.Tests.Trust.Judged;

namespace MtlsProbe.Tests.Trust;

/// <summary>No fault hides another, and the order shows which to fix first.</summary>
public class FaultPairTests
{
    /// <summary>Most severe first.</summary>
    private static readonly string[] s_order =
    [
        "bad_signature", "self_signed", "untrusted_issuer", "incomplete_chain", "name_mismatch", "expired", "not_yet_valid", "wrong_usage",
        "constraint_violated", "weak",
    ];

    /// <summary>Pairs that no chain can have: the second leaves nothing that could have the first.</summary>
    private static readonly HashSet<(string, string)> s_impossible =
    [
        ("bad_signature", "untrusted_issuer"), // tested below: the signature of the foreign root
        ("bad_signature", "incomplete_chain"), // without its issuer, no signature can be checked
        ("self_signed", "untrusted_issuer"), ("self_signed", "incomplete_chain"), ("untrusted_issuer", "incomplete_chain"),
        ("expired", "not_yet_valid"), // tested below: for two certificates
    ];

    public static TheoryData<string, string> Pairs()
    {
        var pairs = new TheoryData<string, string>();
        for (var first = 0; first < s_order.Length; first++)
        {
            for (var second = first + 1; second < s_order.Length; second++)
            {
                if (!s_impossible.Contains((s_order[first], s_order[second]))) pairs.Add(s_order[first], s_order[second]);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Two_faults_are_both_reported_with_the_graver_first(string first, string second) =>
        Assert.Equal([first, second], With(first, second).Errors.Select(error => error.Label));

    [Fact]
    public void An_expired_leaf_is_reported_whatever_else_is_wrong()
    {
        foreach (var other in s_order.Except(["expired", "not_yet_valid"]))
            Assert.Contains(Reasons.Expired, With(other, "expired").Errors);
    }

    [Fact]
    public void All_faults_at_once_are_all_reported()
    {
        string[] faults = ["untrusted_issuer", "name_mismatch", "expired", "wrong_usage", "constraint_violated", "weak"];
        Assert.Equal(faults, With(faults).Errors.Select(error => error.Label));
    }

    [Fact]
    public void An_expired_leaf_of_an_issuer_that_is_not_valid_yet_has_both_faults()
    {
        var root = TestPki.Root("Root");
        var intermediate = root.Intermediate("Tomorrow", t => t with { NotBefore = TestPki.Now.AddDays(1) });
        var leaf = intermediate.Leaf(Name, t => t with { NotBefore = TestPki.Now.AddDays(-9), NotAfter = TestPki.Now.AddDays(-1) });
        AssertErrors(By(TestPki.Trust(root), [leaf, intermediate]), Reasons.Expired, Reasons.NotYetValid);
    }

    [Fact]
    public void A_foreign_root_with_a_broken_signature_has_both_faults()
    {
        var foreign = TestPki.Root("Foreign", t => t with { BreakSignature = true });
        AssertErrors(By(TestPki.Trust(TestPki.Root("Root")), [foreign.Leaf(Name), foreign]), Reasons.BadSignature, Reasons.UntrustedIssuer);
    }

    private static ChainVerdict With(params string[] faults)
    {
        var root = TestPki.Root("Root");
        var intermediate = root.Intermediate("Intermediate");
        TestTemplate Change(TestTemplate template) => faults.Aggregate(template, (t, fault) => fault switch
        {
            "bad_signature" => t with { BreakSignature = true },
            "name_mismatch" => t with { Dns = ["b.test"] },
            "expired" => t with { NotBefore = TestPki.Now.AddDays(-90), NotAfter = TestPki.Now.AddDays(-3) },
            "not_yet_valid" => t with { NotBefore = TestPki.Now.AddDays(1) },
            "wrong_usage" => t with { ExtendedKeyUsage = ["1.3.6.1.5.5.7.3.2"] },
            "constraint_violated" => t with { More = [new X509Extension("1.2.3.4.5", [5, 0], critical: true)] },
            "weak" => t with { KeyKind = TestKeyKind.Rsa1024 },
            _ => t,
        });
        var leaf = faults.Contains("self_signed") ? TestPki.SelfSignedLeaf(Name, Change) : intermediate.Leaf(Name, Change);
        List<TestCertificate> presented = [leaf];
        if (!faults.Contains("incomplete_chain")) presented.Add(intermediate);
        if (faults.Contains("untrusted_issuer")) presented.Add(root);
        return By(TestPki.Trust(faults.Contains("untrusted_issuer") ? TestPki.Root("Other") : root), presented, known: [intermediate]);
    }
}

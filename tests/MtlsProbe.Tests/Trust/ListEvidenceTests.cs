using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Trust;

/// <summary>What revocation lists say about a chain, list by list (RFC 5280 §5 and §6.3).</summary>
public sealed class ListEvidenceTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_issuer = s_root.Intermediate("Issuer");
    private static readonly TestCertificate s_leaf = s_issuer.Leaf("a.test");
    private static readonly byte[] s_ofRoot = new TestList().SignedBy(s_root);

    [Fact]
    public void A_certificate_on_no_list_is_good_and_the_record_says_which_list_and_when()
    {
        var chain = Judge([s_ofRoot, new TestList().SignedBy(s_issuer)]);

        Assert.True(chain.Valid);
        Assert.Equal([RevocationStatus.Good, RevocationStatus.Good], chain.Revocation.Select(line => line.Status));
        Assert.Equal([0, 1], chain.Revocation.Select(line => line.Depth));
        Assert.Equal("list 1", chain.Revocation[0].Place);
        Assert.Equal(TestPki.Now.AddHours(-1), chain.Revocation[0].ThisUpdate);
        Assert.Equal(TestPki.Now.AddDays(7), chain.Revocation[0].NextUpdate);
    }

    [Fact]
    public void A_leaf_on_a_list_is_revoked_with_its_time_and_reason()
    {
        var chain = Judge([s_ofRoot, List(TestEntry.Of(s_leaf) with { Reason = 1 })]);

        Judged.AssertErrors(chain, Reasons.Revoked);
        Assert.Contains("(keyCompromise), says the revocation list list 1", chain.Faults[0].Detail, StringComparison.Ordinal);
        Assert.Equal((RevocationStatus.Revoked, TestPki.Now.AddHours(-2), "keyCompromise"), (chain.Revocation[0].Status, chain.Revocation[0].RevokedAt!.Value, chain.Revocation[0].Reason));
    }

    [Fact]
    public void An_issuer_on_a_list_is_revoked()
    {
        var chain = Judge([new TestList { Entries = [TestEntry.Of(s_issuer)] }.SignedBy(s_root), List()]);

        Judged.AssertErrors(chain, Reasons.Revoked);
        Assert.Equal(s_issuer.Certificate.Subject, chain.Faults[0].Subject);
    }

    [Fact]
    public void The_anchor_is_not_looked_up()
    {
        var chain = Judge([new TestList { Entries = [TestEntry.Of(s_root)] }.SignedBy(s_root), List()]);

        Assert.True(chain.Valid);
        Assert.Equal(2, chain.Revocation.Count);
    }

    [Fact]
    public void Without_a_list_of_its_issuer_a_certificate_is_unknown_and_that_is_no_fault()
    {
        var chain = Judge([s_ofRoot]);

        Assert.True(chain.Valid);
        Assert.Equal((RevocationStatus.Unknown, "there is no list of its issuer, CN=Issuer"), (chain.Revocation[0].Status, chain.Revocation[0].Missing));
    }

    [Fact]
    public void An_unknown_state_is_a_fault_if_the_bundle_says_so()
    {
        var chain = Judge([s_ofRoot], whenUnknown: WhenUnknown.Reject);

        Judged.AssertErrors(chain, Reasons.RevocationUnknown);
        Assert.Equal(s_leaf.Certificate.Subject, Assert.Single(chain.Faults).Subject);
        Assert.Contains("there is no list of its issuer, CN=Issuer", chain.Faults[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void With_evidence_of_every_certificate_a_strict_bundle_trusts() => Assert.True(Judge([s_ofRoot, List()], whenUnknown: WhenUnknown.Reject).Valid);

    [Fact]
    public void A_strict_bundle_without_any_evidence_says_that_none_is_configured() =>
        Assert.Contains("no source of evidence is configured", new ChainJudge(null, _ => new RevocationEvidence(WhenUnknown.Reject, [])).Judge([s_leaf.Certificate, s_issuer.Certificate], TestPki.Trust(s_root), new(Judged.Name), TestPki.Now, default).Faults[0].Detail, StringComparison.Ordinal);

    [Fact]
    public void An_expired_list_leaves_a_certificate_unknown() =>
        AssertUnknown("has expired: it was to be replaced by", new TestList { NextUpdate = TestPki.Now.AddSeconds(-1) }.SignedBy(s_issuer));

    [Fact]
    public void A_list_is_judged_by_the_clock_of_the_probe()
    {
        byte[] list = new TestList { NextUpdate = TestPki.Now.AddMinutes(10) }.SignedBy(s_issuer);

        Assert.Equal(RevocationStatus.Good, Judge([s_ofRoot, list], now: TestPki.Now.AddMinutes(10)).Revocation[0].Status);
        Assert.Equal(RevocationStatus.Unknown, Judge([s_ofRoot, list], now: TestPki.Now.AddMinutes(10).AddSeconds(1)).Revocation[0].Status);
    }

    [Fact]
    public void An_entry_of_an_expired_list_still_revokes() =>
        Judged.AssertErrors(Judge([s_ofRoot, new TestList { NextUpdate = TestPki.Now.AddSeconds(-1), Entries = [TestEntry.Of(s_leaf)] }.SignedBy(s_issuer)]), Reasons.Revoked);

    [Fact]
    public void An_entry_on_hold_revokes_until_the_list_ends_because_it_can_be_taken_back()
    {
        var hold = new TestList { Entries = [TestEntry.Of(s_leaf) with { Reason = 6 }] };

        Judged.AssertErrors(Judge([s_ofRoot, hold.SignedBy(s_issuer)]), Reasons.Revoked);
        AssertUnknown("has expired", (hold with { NextUpdate = TestPki.Now.AddSeconds(-1) }).SignedBy(s_issuer));
    }

    [Fact]
    public void A_list_without_an_end_makes_nothing_good() =>
        AssertUnknown("does not say when it expires", new TestList { NextUpdate = null }.SignedBy(s_issuer));

    [Fact]
    public void A_list_from_the_future_is_not_used() =>
        AssertUnknown("is from the future", new TestList { ThisUpdate = TestPki.Now.AddHours(1), Entries = [TestEntry.Of(s_leaf)] }.SignedBy(s_issuer));

    [Fact]
    public void A_list_with_a_wrong_signature_is_ignored() =>
        AssertUnknown("is not signed by CN=Issuer", new TestList { BreakSignature = true, Entries = [TestEntry.Of(s_leaf)] }.SignedBy(s_issuer));

    [Fact]
    public void A_list_that_another_authority_signed_in_the_name_of_the_issuer_is_ignored() =>
        AssertUnknown("is not signed by CN=Issuer", new TestList { IssuerDer = s_issuer.Bare.SubjectName.RawData, Entries = [TestEntry.Of(s_leaf)] }.SignedBy(s_root));

    [Fact]
    public void A_list_of_another_issuer_is_not_considered() =>
        AssertUnknown("no list of its issuer", new TestList { Entries = [TestEntry.Of(s_leaf)] }.SignedBy(TestPki.Root("Other")));

    [Fact]
    public void A_list_signed_with_SHA_1_is_ignored() =>
        AssertUnknown("is signed with SHA-1, which can be forged", new TestList { Hash = HashAlgorithmName.SHA1 }.SignedBy(s_issuer));

    [Fact]
    public void An_issuer_that_may_not_sign_lists_signs_none()
    {
        var issuer = s_root.Intermediate("No lists", t => t with { KeyUsage = X509KeyUsageFlags.KeyCertSign });
        var chain = Judge([s_ofRoot, new TestList().SignedBy(issuer)], [issuer.Leaf("a.test"), issuer]);

        Assert.Contains("whose key usage does not allow it", chain.Revocation[0].Missing, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_critical_extension_makes_a_list_useless() =>
        AssertUnknown("has a critical extension that MtlsProbe does not support (1.2.3.4)", new TestList { More = [new("1.2.3.4", [5, 0], critical: true)] }.SignedBy(s_issuer));

    [Fact]
    public void An_unknown_critical_extension_of_an_entry_makes_a_list_useless() =>
        AssertUnknown("has an entry with a critical extension", new TestList { Entries = [new TestEntry(new byte[] { 5 }) { More = [new("1.2.3.4", [5, 0], critical: true)] }] }.SignedBy(s_issuer));

    [Fact]
    public void A_noncritical_extension_can_have_any_content() =>
        Assert.Equal(RevocationStatus.Good, Judge([s_ofRoot, new TestList { More = [new("1.2.3.4", [5, 0], critical: false)] }.SignedBy(s_issuer)]).Revocation[0].Status);

    [Fact]
    public void Of_two_lists_of_one_scope_the_newer_one_counts()
    {
        var old = new TestList { Number = 9, Entries = [TestEntry.Of(s_leaf) with { Reason = 6 }] }.SignedBy(s_issuer);
        var newer = new TestList { Number = 10 }.SignedBy(s_issuer);

        Assert.Equal(RevocationStatus.Good, Judge([s_ofRoot, old, newer]).Revocation[0].Status);
        Assert.Equal(RevocationStatus.Good, Judge([s_ofRoot, newer, old]).Revocation[0].Status);
    }

    [Fact]
    public void A_delta_list_adds_to_the_complete_one_and_removes_from_it()
    {
        var complete = new TestList { Number = 5, Entries = [TestEntry.Of(s_leaf) with { Reason = 6 }] }.SignedBy(s_issuer);

        Assert.Equal(RevocationStatus.Good, Judge([s_ofRoot, complete, new TestList { Number = 6, DeltaBase = 5, Entries = [TestEntry.Of(s_leaf) with { Reason = 8 }] }.SignedBy(s_issuer)]).Revocation[0].Status);
        Judged.AssertErrors(Judge([s_ofRoot, new TestList { Number = 5 }.SignedBy(s_issuer), new TestList { Number = 6, DeltaBase = 5, Entries = [TestEntry.Of(s_leaf)] }.SignedBy(s_issuer)]), Reasons.Revoked);
    }

    [Fact]
    public void A_delta_list_is_left_out_without_its_base_list()
    {
        var delta = new TestList { Number = 6, DeltaBase = 5, Entries = [TestEntry.Of(s_leaf)] }.SignedBy(s_issuer);

        Assert.Equal(RevocationStatus.Unknown, Judge([s_ofRoot, delta]).Revocation[0].Status);
        Assert.Equal(RevocationStatus.Good, Judge([s_ofRoot, delta, new TestList { Number = 4 }.SignedBy(s_issuer)]).Revocation[0].Status);
    }

    [Fact]
    public void A_delta_list_keeps_a_complete_one_valid()
    {
        var complete = new TestList { Number = 5, NextUpdate = TestPki.Now.AddSeconds(-1) }.SignedBy(s_issuer);

        Assert.Equal(RevocationStatus.Good, Judge([s_ofRoot, complete, new TestList { Number = 6, DeltaBase = 5 }.SignedBy(s_issuer)]).Revocation[0].Status);
        Assert.Equal(RevocationStatus.Unknown, Judge([s_ofRoot, complete, new TestList { Number = 6, DeltaBase = 5, NextUpdate = TestPki.Now.AddSeconds(-1) }.SignedBy(s_issuer)]).Revocation[0].Status);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(5, false)]
    public void A_list_for_some_kinds_of_certificates_does_not_apply_to_others(int flag, bool speaksOfServers)
    {
        var list = new TestList { IssuingPoint = Flags(flag) }.SignedBy(s_issuer);

        Assert.Equal(speaksOfServers ? RevocationStatus.Good : RevocationStatus.Unknown, Judge([s_ofRoot, list]).Revocation[0].Status);
    }

    [Fact]
    public void A_list_of_a_place_applies_to_the_certificates_that_name_the_place()
    {
        var named = s_issuer.Leaf("a.test", t => t with { More = [Points("http://crl.test/1.crl")] });
        var list = new TestList { IssuingPoint = Point("http://crl.test/1.crl") }.SignedBy(s_issuer);

        Assert.Equal(RevocationStatus.Good, Judge([s_ofRoot, list], [named, s_issuer]).Revocation[0].Status);
        Assert.Equal(RevocationStatus.Unknown, Judge([s_ofRoot, list]).Revocation[0].Status);
        Assert.Equal(RevocationStatus.Unknown, Judge([s_ofRoot, new TestList { IssuingPoint = Point("http://crl.test/2.crl") }.SignedBy(s_issuer)], [named, s_issuer]).Revocation[0].Status);
    }

    [Fact]
    public void A_list_for_some_reasons_revokes_and_makes_nothing_good()
    {
        byte[] some = [0x30, 0x04, 0x83, 0x02, 0x06, 0x40]; // onlySomeReasons: keyCompromise

        Assert.Contains("covers only some reasons", Judge([s_ofRoot, new TestList { IssuingPoint = some }.SignedBy(s_issuer)]).Revocation[0].Missing, StringComparison.Ordinal);
        Judged.AssertErrors(Judge([s_ofRoot, new TestList { IssuingPoint = some, Entries = [TestEntry.Of(s_leaf)] }.SignedBy(s_issuer)]), Reasons.Revoked);
    }

    [Fact]
    public void An_entry_of_another_issuer_in_an_indirect_list_is_about_another_certificate()
    {
        var list = new TestList { IssuingPoint = Flags(4), Entries = [new TestEntry(new byte[] { 7 }), TestEntry.Of(s_leaf) with { Issuer = s_root.Bare.SubjectName.RawData }] };

        Assert.Equal(RevocationStatus.Good, Judge([s_ofRoot, list.SignedBy(s_issuer)]).Revocation[0].Status);
        Judged.AssertErrors(Judge([s_ofRoot, (list with { Entries = [.. list.Entries, TestEntry.Of(s_leaf) with { Issuer = s_issuer.Bare.SubjectName.RawData }] }).SignedBy(s_issuer)]), Reasons.Revoked);
    }

    [Fact]
    public void A_path_around_a_revoked_issuer_is_taken_if_there_is_one()
    {
        var other = TestPki.Root("Other root");
        var cross = other.CrossSign(s_issuer);
        var chain = Judge(
            [new TestList { Entries = [TestEntry.Of(s_issuer)] }.SignedBy(s_root), new TestList().SignedBy(other), List()],
            [s_leaf, s_issuer, cross], anchors: [s_root, other]);

        Assert.True(chain.Valid);
        Assert.Equal(cross.Certificate, chain.Path[1]);
    }

    [Fact]
    public void A_chain_without_an_anchor_is_not_looked_up() => Assert.Empty(Judge([s_ofRoot, List()], anchors: [TestPki.Root("Other")]).Revocation);

    [Fact]
    public void A_list_signed_by_another_certificate_of_the_issuer_counts_if_that_is_presented_and_not_revoked()
    {
        var signer = s_root.Intermediate("Issuer", t => t with { KeyUsage = X509KeyUsageFlags.CrlSign, IsAuthority = null });
        var list = new TestList { Entries = [TestEntry.Of(s_leaf)] }.SignedBy(signer);

        Judged.AssertErrors(Judge([s_ofRoot, list], [s_leaf, s_issuer, signer]), Reasons.Revoked);
        Assert.Equal(RevocationStatus.Unknown, Judge([s_ofRoot, list]).Revocation[0].Status);
        var revoked = Judge([new TestList { Entries = [TestEntry.Of(signer)] }.SignedBy(s_root), list], [s_leaf, s_issuer, signer]);
        Assert.Contains("which was revoked according to", revoked.Revocation[0].Missing, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signer_of_lists_that_is_an_anchor_and_an_authority_of_the_path_needs_no_other_issuer()
    {
        var signer = s_root.Intermediate("Issuer", t => t with { KeyUsage = X509KeyUsageFlags.CrlSign, IsAuthority = null });
        var list = new TestList { Entries = [TestEntry.Of(s_leaf)] }.SignedBy(signer);

        Judged.AssertErrors(Judge([list], anchors: [s_root, signer]), Reasons.Revoked);
        Assert.Contains("whose revocation status is not known", Judge([list], [s_leaf, s_issuer, signer]).Revocation[0].Missing, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_of_another_anchor_with_the_same_name_is_ignored()
    {
        var namesake = TestPki.Root("Root");
        var leaf = s_root.Leaf("a.test");
        var revoked = Judge([new TestList { Entries = [TestEntry.Of(leaf)] }.SignedBy(namesake)], [leaf], [s_root, namesake]);
        var good = Judge([new TestList().SignedBy(namesake)], [leaf], [s_root, namesake]);

        Assert.True(revoked.Valid);
        Assert.Equal(RevocationStatus.Unknown, revoked.Revocation[0].Status);
        Assert.Equal(RevocationStatus.Unknown, good.Revocation[0].Status);
    }

    [Fact]
    public void A_path_without_an_anchor_hides_no_revocation()
    {
        var chain = Judge([new TestList { Entries = [TestEntry.Of(s_issuer)] }.SignedBy(s_root), List()], [s_leaf, s_issuer, TestPki.Root("Unknown").CrossSign(s_issuer)]);

        Judged.AssertErrors(chain, Reasons.Revoked);
        Assert.Equal(s_root.Certificate, chain.Path[^1]);
    }

    [Fact]
    public void An_entry_of_an_expired_delta_list_still_revokes_but_a_hold_does_not()
    {
        var complete = new TestList { Number = 5 }.SignedBy(s_issuer);
        var ended = new TestList { Number = 6, DeltaBase = 5, NextUpdate = TestPki.Now.AddSeconds(-1), Entries = [TestEntry.Of(s_leaf)] };

        Judged.AssertErrors(Judge([s_ofRoot, complete, ended.SignedBy(s_issuer)]), Reasons.Revoked);
        Assert.Equal(RevocationStatus.Good, Judge([s_ofRoot, complete, (ended with { Entries = [TestEntry.Of(s_leaf) with { Reason = 6 }] }).SignedBy(s_issuer)]).Revocation[0].Status);
        Assert.Equal(RevocationStatus.Good, Judge([s_ofRoot, complete, ended.SignedBy(s_issuer), new TestList { Number = 7, DeltaBase = 5 }.SignedBy(s_issuer)]).Revocation[0].Status);
    }

    [Fact]
    public void A_delta_list_without_a_number_is_left_out() =>
        Assert.Equal(RevocationStatus.Good, Judge([s_ofRoot, List(), new TestList { Number = null, DeltaBase = 1, Entries = [TestEntry.Of(s_leaf)] }.SignedBy(s_issuer)]).Revocation[0].Status);

    [Theory]
    [InlineData(6, 8, 1)]
    [InlineData(8, 1, 6)]
    [InlineData(1, 6, 8)]
    public void Of_several_entries_of_one_certificate_the_gravest_counts(params int[] reasons)
    {
        var chain = Judge([s_ofRoot, List([.. reasons.Select(reason => TestEntry.Of(s_leaf) with { Reason = reason })])]);

        Assert.Equal("keyCompromise", chain.Revocation[0].Reason);
    }

    [Fact]
    public void A_chain_without_an_anchor_lacks_an_anchor_and_no_evidence() =>
        Judged.AssertErrors(Judge([s_ofRoot, List()], anchors: [TestPki.Root("Other")], whenUnknown: WhenUnknown.Reject), Reasons.UntrustedIssuer);

    [Fact]
    public void A_strict_bundle_takes_the_path_with_evidence()
    {
        var other = TestPki.Root("Other root");
        var cross = other.CrossSign(s_issuer);

        Assert.True(Judge([s_ofRoot, List()], [s_leaf, s_issuer, cross], [s_root, other], WhenUnknown.Reject).Valid);
        Assert.True(Judge([new TestList().SignedBy(other), List()], [s_leaf, s_issuer, cross], [s_root, other], WhenUnknown.Reject).Valid);
    }

    private static byte[] List(params TestEntry[] entries) => new TestList { Entries = entries }.SignedBy(s_issuer);

    private static void AssertUnknown(string why, byte[] list)
    {
        var chain = Judge([s_ofRoot, list]);
        Assert.True(chain.Valid);
        Assert.Equal(RevocationStatus.Unknown, chain.Revocation[0].Status);
        Assert.Contains(why, chain.Revocation[0].Missing, StringComparison.Ordinal);
    }

    private static ChainVerdict Judge(
        byte[][] lists, TestCertificate[]? presented = null, TestCertificate[]? anchors = null, WhenUnknown whenUnknown = WhenUnknown.Accept, DateTimeOffset? now = null)
    {
        var known = lists.Select((der, index) => new KnownList(RevocationList.Read(der).List!, $"list {index}")).ToValueList();
        var judge = new ChainJudge(null, _ => new RevocationEvidence(whenUnknown, [new ListEvidence(known)]));
        return judge.Judge([.. (presented ?? [s_leaf, s_issuer]).Select(one => one.Certificate)], TestPki.Trust(anchors ?? [s_root]), new(Judged.Name), now ?? TestPki.Now, default);
    }

    /// <summary>An issuing distribution point with one flag.</summary>
    private static byte[] Flags(int tag) => [0x30, 0x03, (byte)(0x80 | tag), 0x01, 0xff];

    private static byte[] Point(string uri)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence()) WriteName(writer, uri);
        return writer.Encode();
    }

    private static X509Extension Points(string uri)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence()) WriteName(writer, uri);
        }

        return new("2.5.29.31", writer.Encode(), critical: false);
    }

    private static void WriteName(AsnWriter writer, string uri)
    {
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0))) writer.WriteOctetString(Encoding.ASCII.GetBytes(uri), new Asn1Tag(TagClass.ContextSpecific, 6));
        }
    }
}

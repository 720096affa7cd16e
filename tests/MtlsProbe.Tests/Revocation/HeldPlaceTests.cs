using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Revocation;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Revocation;

/// <summary>What is held of a place is only replaced by something better.</summary>
public sealed class HeldPlaceTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_other = TestPki.Root("Other");
    private static readonly TestList s_seven = new() { Number = 7 };
    private static readonly byte[] s_held = s_seven.SignedBy(s_root);
    private static readonly byte[] s_ofOther = new TestList().SignedBy(s_other);

    [Theory]
    [InlineData(true, "", "is empty")]
    [InlineData(false, "", "is empty")]
    [InlineData(true, "<html>", "contains no revocation list")]
    [InlineData(false, "<html>", "contains no revocation list")]
    public void Content_that_is_no_list_removes_nothing_from_a_file_or_a_URL(bool isUrl, string content, string problem)
    {
        var place = Place(isUrl, s_held);
        Take(place, Encoding.ASCII.GetBytes(content));

        Assert.Equal(["7"], Numbers(place));
        Assert.Contains(problem, place.State.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Content_that_is_no_list_removes_nothing_while_no_issuer_is_known()
    {
        var place = Place(isUrl: true, s_held, knows: []);
        Take(place, "<html>"u8.ToArray(), knows: []);

        Assert.Equal(["7"], Numbers(place));
    }

    [Fact]
    public void A_half_written_file_removes_nothing()
    {
        var place = Place(isUrl: false, Encoding.ASCII.GetBytes(TestList.Pem(s_ofOther, s_held)));
        Take(place, Encoding.ASCII.GetBytes(TestList.Pem(s_ofOther, s_held)[..^90]));

        Assert.Equal(["1", "7"], Numbers(place));
        Assert.Contains("has a list in line", place.State.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_unsigned_list_removes_nothing(bool isUrl)
    {
        var place = Place(isUrl, s_held);
        Take(place, new TestList { Number = 900, BreakSignature = true }.SignedBy(s_root));

        Assert.Equal(["7"], Numbers(place));
        Assert.Contains("is not signed by its issuer; the previous one stays in use", place.State.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_genuine_list_of_another_authority_removes_nothing_from_a_URL_before_the_held_one_ends()
    {
        var place = Place(isUrl: true, s_held);
        Take(place, s_ofOther);
        Assert.Equal(["1", "7"], Numbers(place));
        Assert.Contains("no longer delivers the list of CN=Root (number 7,", place.State.Problem, StringComparison.Ordinal);

        Take(place, s_ofOther, now: TestPki.Now.AddDays(8));
        Assert.Equal(["1"], Numbers(place));
    }

    [Fact]
    public void A_list_of_another_scope_removes_nothing_from_a_URL()
    {
        var place = Place(isUrl: true, s_held);
        Take(place, new TestList { Number = 8, IssuingPoint = [0x30, 0x03, 0x82, 0x01, 0xff] }.SignedBy(s_root));

        Assert.Equal(["8", "7"], Numbers(place));
    }

    [Fact]
    public void A_list_that_is_removed_from_a_complete_file_is_dropped()
    {
        var place = Place(isUrl: false, Encoding.ASCII.GetBytes(TestList.Pem(s_ofOther, s_held)));
        Take(place, s_held);

        Assert.Equal(["7"], Numbers(place));
        Assert.Null(place.State.Problem);
    }

    [Fact]
    public void A_newer_list_of_another_authority_with_the_same_name_does_not_replace_the_held_one()
    {
        var namesake = TestPki.Root("Root");
        var place = Place(isUrl: true, s_held, knows: [s_root, namesake]);
        Take(place, new TestList { Number = 900 }.SignedBy(namesake), knows: [s_root, namesake]);

        Assert.Equal(["900", "7"], Numbers(place));
    }

    [Fact]
    public void A_newer_list_replaces_the_held_one_and_an_older_one_does_not()
    {
        var place = Place(isUrl: true, s_held);
        Take(place, (s_seven with { Number = 8 }).SignedBy(s_root));
        Assert.Equal(["8"], Numbers(place));
        Take(place, s_held);

        Assert.Equal(["8"], Numbers(place));
        Assert.Contains("delivers an older list", place.State.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_of_an_authority_that_restarts_its_numbers_replaces_the_held_one()
    {
        var place = Place(isUrl: true, s_held);
        Take(place, new TestList { Number = 1, ThisUpdate = TestPki.Now }.SignedBy(s_root));

        Assert.Equal(["1"], Numbers(place));
        Assert.Null(place.State.Problem);
    }

    [Fact]
    public void A_list_from_the_future_neither_replaces_nor_blocks_any()
    {
        var place = Place(isUrl: true, s_held);
        Take(place, new TestList { Number = 900, ThisUpdate = TestPki.Now.AddDays(1) }.SignedBy(s_root));
        Assert.Equal(["900", "7"], Numbers(place));
        Take(place, new TestList { Number = 8 }.SignedBy(s_root));

        Assert.Equal(["8"], Numbers(place));
        Assert.Null(place.State.Problem);
    }

    [Fact]
    public void From_a_place_that_only_certificates_name_a_list_that_its_issuer_did_not_sign_is_not_kept()
    {
        var place = new HeldPlace(new RevocationPlace("http://crl.test/", IsUrl: true), null);
        Take(place, new TestList { BreakSignature = true }.SignedBy(s_root), keepsUnsigned: false);

        Assert.Empty(place.State.Lists);
        Assert.Contains("is not signed by its issuer", place.State.Problem, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Numbers(HeldPlace place) => place.State.Lists.Select(known => known.List.Number!.Value.ToString());

    private static HeldPlace Place(bool isUrl, byte[] content, TestCertificate[]? knows = null)
    {
        var place = new HeldPlace(new RevocationPlace(isUrl ? "http://crl.test/" : "/a.crl", isUrl), null);
        Take(place, content, knows);
        Assert.Null(place.State.Problem);
        return place;
    }

    private static void Take(HeldPlace place, byte[] content, TestCertificate[]? knows = null, DateTimeOffset? now = null, bool keepsUnsigned = true) =>
        place.Take(TestList.Read(content), list => Signers(list, knows ?? [s_root, s_other]), now ?? TestPki.Now, keepsUnsigned);

    private static ValueList<Certificate>? Signers(KnownList list, TestCertificate[] known)
    {
        var issuers = known.Select(one => one.Certificate).Where(one => one.Rules.Subject == list.List.Issuer).ToList();
        return issuers.Count == 0 ? null : issuers.Where(list.IsSignedBy).ToValueList();
    }
}

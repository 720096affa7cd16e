using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MtlsProbe.Certificates;

namespace MtlsProbe.Tests.Certificates;

/// <summary>Reading revocation lists, and finding an entry among many.</summary>
public sealed class RevocationListTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");

    [Fact]
    public void Each_of_twenty_thousand_entries_is_found_and_nothing_else()
    {
        var list = RevocationList.Read(new TestList { Entries = [.. Enumerable.Range(1, 20_000).Select(i => new TestEntry(Serial(2 * i)) { Reason = 1 + (i % 5) })] }.SignedBy(s_root)).List!;

        Assert.Equal(20_000, list.Entries.Count);
        for (var i = 1; i <= 20_000; i++)
        {
            Assert.Equal(1 + (i % 5), Assert.Single(list.Entries.Find(Serial(2 * i))).Code);
            Assert.Empty(list.Entries.Find(Serial((2 * i) + 1)));
        }
    }

    [Fact]
    public void Blocks_that_cannot_be_read_count_too()
    {
        var broken = string.Concat(Enumerable.Repeat("-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n", RevocationListReader.Most));
        var good = TestList.Pem(new TestList().SignedBy(s_root));

        Assert.Single(TestList.Read(Encoding.ASCII.GetBytes(good + broken)).Lists);
        Assert.Empty(TestList.Read(Encoding.ASCII.GetBytes(broken + good)).Lists);
        Assert.Contains("contains more than 256 lists", TestList.Read(Encoding.ASCII.GetBytes(broken + good)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_announces_much_and_sends_little_uses_little_memory()
    {
        byte[] announced = [0x30, 0x84, 0x03, 0xff, 0x00, 0x00], piece = new byte[(1 << 20) + 1];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var der = new DerBytes(RevocationList.MaxSize);
        der.Add(announced);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 10);
        der.Add(piece);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1 << 20, 16 << 20);
    }

    [Fact]
    public void Any_serial_numbers_are_found_and_no_others()
    {
        var serials = Gen.Choose(0, 255).ArrayOf().Where(octets => octets.Length is > 0 and <= 40).Select(Minimal).NonEmptyListOf().ToArbitrary();
        Prop.ForAll(serials, serials, (listed, others) =>
        {
            var list = RevocationList.Read(new TestList { Entries = [.. listed.Select(serial => new TestEntry(serial))] }.SignedBy(s_root)).List!;
            var known = listed.Select(Convert.ToHexString).ToHashSet();
            return listed.All(serial => list.Entries.Find(serial).Count() == listed.Count(other => other.AsSpan().SequenceEqual(serial)))
                && others.All(serial => list.Entries.Find(serial).Any() == known.Contains(Convert.ToHexString(serial)));
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    [Fact]
    public void Any_bytes_are_read_without_an_exception()
    {
        var whole = new TestList { Entries = [new TestEntry(Serial(7)) { Reason = 1 }] }.SignedBy(s_root);
        Prop.ForAll(Gen.Choose(0, whole.Length - 1).ToArbitrary(), Gen.Choose(0, 255).ToArbitrary(), (place, value) =>
        {
            var changed = (byte[])whole.Clone();
            changed[place] = (byte)value;
            var (lists, problem) = TestList.Read(changed);
            return lists.Count == 1 != problem is not null && TestList.Read(changed.AsSpan(0, place)).Lists.Count == 0;
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Lists_in_PEM_may_have_words_around_them_and_other_blocks_beside()
    {
        var pem = "Issued today\n" + TestList.Pem(new TestList().SignedBy(s_root)) + s_root.CertificatePem + TestList.Pem(new TestList { Number = 2 }.SignedBy(s_root));
        var (lists, problem) = TestList.Read(Encoding.ASCII.GetBytes(pem));

        Assert.Equal([1, 2], lists.Select(list => (int)list.Number!.Value));
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("-----BEGIN X509 CRL-----\nMAA=\n", "has a list in line 2 that is incomplete")]
    [InlineData("-----BEGIN X509 CRL\nMAA=\n-----END X509 CRL-----\n", "has a list in line 2 that is incomplete")]
    [InlineData("-----BEGIN X509 CRL-----\nMA==AA\n-----END X509 CRL-----\n", "has a list in line 2 that is incomplete")]
    [InlineData("-----BEGIN X509 CRL-----\nMA:A\n-----END X509 CRL-----\n", "has a list in line 2 that is incomplete")]
    [InlineData("-----BEGIN X509 CRL-----\nMAA\n-----END X509 CRL-----\n", "has a list in line 2 that is incomplete")]
    [InlineData("-----BEGIN X509 CRL-----\nMAA=\n-----END CRL-----\n", "has a list in line 2 that is incomplete")]
    [InlineData("-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n", "has a list in line 2 that is not a readable revocation list")]
    [InlineData("-----BEGIN X509 CRL-----\nMIQEAAAA\n-----END X509 CRL-----\n", "has a list in line 2 that is larger than 64 MiB")]
    [InlineData("-----BEGIN X509 CRL-----\nMIAAAAAA\n-----END X509 CRL-----\n", "has a list in line 2 that is not a readable revocation list")]
    [InlineData("-------BEGIN OTHER-----\n", null)]
    public void A_bad_block_is_reported_with_its_line_and_does_not_hide_the_next_list(string block, string? problem)
    {
        var text = Encoding.ASCII.GetBytes("\n" + block + TestList.Pem(new TestList().SignedBy(s_root)));
        for (var cut = 1; cut <= 80; cut++)
        {
            var read = TestList.Read(text, cut);
            Assert.Single(read.Lists);
            Assert.Equal(problem, read.Problem);
        }
    }

    [Fact]
    public void A_content_reads_the_same_in_any_pieces()
    {
        var der = new TestList { Entries = [.. Enumerable.Range(1, 60_000).Select(i => new TestEntry(Serial(i)))] }.SignedBy(s_root);
        var pem = Encoding.ASCII.GetBytes(TestList.Pem(new TestList { Number = 2 }.SignedBy(s_root), der));
        Assert.True(der.Length > 1 << 20);
        foreach (var cut in (int[])[1, 7, 4096, 65536, 1_000_000, int.MaxValue])
        {
            var one = Assert.Single(TestList.Read(der, cut).Lists);
            var two = TestList.Read(pem, cut);
            Assert.Null(two.Problem);
            Assert.Equal([2, 1], two.Lists.Select(list => (int)list.Number!.Value));
            Assert.All([one, two.Lists[1]], list => Assert.True(der.AsSpan().IndexOf(list.Signed.Span) > 0 && list.Entries.Count == 60_000));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_list_in_DER_with_trailing_bytes_or_an_incomplete_one_is_refused(int more)
    {
        var der = new TestList().SignedBy(s_root);
        byte[] changed = more == 0 ? der[..^1] : [.. der, 0];
        for (var cut = 1; cut <= 80; cut++) Assert.Equal("is not a readable revocation list", TestList.Read(changed, cut).Problem);
    }

    [Fact]
    public void A_list_that_only_announces_a_length_takes_no_memory_for_it()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("is not a readable revocation list", TestList.Read([0x30, 0x84, 3, 0, 0, 0, 1, 2, 3]).Problem);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_list_with_an_invalid_signature_algorithm_is_refused()
    {
        var list = new AsnWriter(AsnEncodingRules.DER);
        using (list.PushSequence())
        {
            using (list.PushSequence())
            {
                list.WriteNull();
                list.WriteEncodedValue(s_root.Bare.SubjectName.RawData);
                list.WriteUtcTime(TestPki.Now);
            }

            list.WriteNull();
            list.WriteBitString([1]);
        }

        Assert.Equal("is not a readable revocation list", RevocationList.Read(list.Encode()).Problem);
    }

    [Fact]
    public void Entries_of_other_issuers_in_a_list_that_is_not_indirect_make_it_useless()
    {
        var list = new TestList { Entries = [new TestEntry(new byte[] { 5 }) { Issuer = s_root.Bare.SubjectName.RawData }] };

        Assert.Contains("is not marked as indirect", RevocationList.Read(list.SignedBy(s_root)).List!.Problem, StringComparison.Ordinal);
        Assert.Null(RevocationList.Read((list with { IssuingPoint = [0x30, 0x03, 0x84, 0x01, 0xff] }).SignedBy(s_root)).List!.Problem);
    }

    [Fact]
    public void A_list_with_more_extensions_than_any_has_is_refused()
    {
        X509Extension[] many = [.. Enumerable.Range(1, 70).Select(number => new X509Extension($"1.2.3.{number}", [5, 0], critical: false))];

        Assert.Equal("is not a readable revocation list", RevocationList.Read(new TestList { More = many }.SignedBy(s_root)).Problem);
    }

    [Theory]
    [InlineData(6, -1, true)]
    [InlineData(6, 0, true)]
    [InlineData(6, 1, false)]
    [InlineData(7, -1, true)]
    [InlineData(7, 0, false)]
    [InlineData(8, -1, false)]
    [InlineData(null, -1, true)]
    [InlineData(null, 1, false)]
    public void A_list_is_older_if_neither_its_number_nor_its_date_is_higher(int? number, int hours, bool isOlder)
    {
        var held = RevocationList.Read(new TestList { Number = 7 }.SignedBy(s_root)).List!;
        var given = RevocationList.Read(new TestList { Number = number, ThisUpdate = held.ThisUpdate.AddHours(hours) }.SignedBy(s_root)).List!;

        Assert.Equal(isOlder, given.IsOlderThan(held));
    }

    private static byte[] Serial(int number) => Minimal([number >> 24 & 0xff, number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff]);

    /// <summary>The DER form of an integer: without redundant octets.</summary>
    private static byte[] Minimal(int[] octets)
    {
        ReadOnlySpan<byte> bytes = [.. octets.Select(octet => (byte)octet)];
        while (bytes.Length > 1 && ((bytes[0] == 0 && bytes[1] < 0x80) || (bytes[0] == 0xff && bytes[1] >= 0x80))) bytes = bytes[1..];
        return bytes.ToArray();
    }
}

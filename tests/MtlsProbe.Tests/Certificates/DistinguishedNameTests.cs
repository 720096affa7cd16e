using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;

namespace MtlsProbe.Tests.Certificates;

public class DistinguishedNameTests
{
    [Theory]
    [InlineData("CN=a.test, O=Acme, C=DE")]
    [InlineData("CN=Bücher ✓, O=株式会社")]
    [InlineData("CN=\"Acme, Inc.\"")]
    [InlineData("")]
    public void A_usual_name_reads_most_specific_part_first(string name) =>
        Assert.Equal(name, DistinguishedName.Text(new X500DistinguishedName(name).RawData));

    [Fact]
    public void Every_kind_of_string_is_read()
    {
        foreach (var kind in new[] { UniversalTagNumber.UTF8String, UniversalTagNumber.PrintableString, UniversalTagNumber.IA5String,
                     UniversalTagNumber.T61String, UniversalTagNumber.BMPString })
        {
            Assert.Equal("CN=text", DistinguishedName.Text(Name(kind, "text")));
            Assert.Equal(["text"], DistinguishedName.Values(Name(kind, "text"), DistinguishedName.CommonName));
        }

        Assert.Equal("CN=bmp ✓", DistinguishedName.Text(Name(UniversalTagNumber.BMPString, "bmp ✓")));
    }

    [Theory]
    [InlineData("line\nbreak", @"line\u{a}break")]
    [InlineData("\u001b[31mred", @"\u{1b}[31mred")]
    [InlineData("nul\0.test", @"nul\u{0}.test")]
    [InlineData("\u202egpj.exe", @"\u{202e}gpj.exe")]
    [InlineData("zero\u200bwidth", @"zero\u{200b}width")]
    [InlineData("del\u007f\u0085", @"del\u{7f}\u{85}")]
    public void Text_that_moves_the_cursor_reverses_direction_or_hides_is_escaped(string value, string expected)
    {
        var text = DistinguishedName.Text(Name(UniversalTagNumber.UTF8String, value));
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.DoesNotContain(text, char.IsControl);
    }

    [Theory]
    [InlineData("0C02FFFE")] // not UTF-8
    [InlineData("13022A40")] // not printable
    [InlineData("1E0141")] // half a BMP character
    public void A_name_that_cannot_be_decoded_is_its_hex_and_not_empty(string value)
    {
        var name = Name(writer => writer.WriteEncodedValue(Convert.FromHexString(value)));
        Assert.Equal("#" + Convert.ToHexStringLower(name), DistinguishedName.Text(name));
        Assert.Empty(DistinguishedName.Values(name, DistinguishedName.CommonName));
        Assert.Empty(DistinguishedName.Canonical(name));
    }

    [Fact]
    public void A_value_that_is_not_text_is_hex() =>
        Assert.Equal("CN=#020105", DistinguishedName.Text(Name(writer => writer.WriteInteger(5))));

    [Fact]
    public void A_very_long_name_is_cut()
    {
        var text = DistinguishedName.Text(Name(UniversalTagNumber.UTF8String, new string('x', 60_000)));
        Assert.Equal(1025, text.Length);
        Assert.EndsWith("x…", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_equal_in_any_case_string_type_and_spacing()
    {
        var printable = DistinguishedName.Canonical(Name(UniversalTagNumber.PrintableString, "Acme  Root "));
        var utf8 = DistinguishedName.Canonical(Name(UniversalTagNumber.UTF8String, "ACME root"));
        Assert.Equal(utf8, printable);
        Assert.NotEqual(utf8, DistinguishedName.Canonical(Name(UniversalTagNumber.UTF8String, "ACMEroot")));
    }

    [Fact]
    public void The_keys_of_names_are_equal_exactly_if_the_names_are()
    {
        var key = NameKey.Of(Name(UniversalTagNumber.PrintableString, "Acme  Root "));
        Assert.Equal(key, NameKey.Of(Name(UniversalTagNumber.UTF8String, "acme ROOT")));
        Assert.Equal(key, NameKey.Of(Name(UniversalTagNumber.UTF8String, "acme\troot")));
        Assert.Equal(key, NameKey.Of(Name(UniversalTagNumber.BMPString, "Acme Root")));
        Assert.NotEqual(key, NameKey.Of(Name(UniversalTagNumber.UTF8String, "Acme Root 2")));
        Assert.NotEqual(key, NameKey.Of(TestPki.Name((UniversalTagNumber.UTF8String, "Acme Root"), (UniversalTagNumber.UTF8String, "Acme Root"))));
    }

    [Fact]
    public void No_value_makes_a_name_equal_to_one_of_other_parts()
    {
        var two = TestPki.Name((UniversalTagNumber.UTF8String, "a"), (UniversalTagNumber.UTF8String, "b"));
        Assert.NotEqual(NameKey.Of(two), NameKey.Of(TestPki.Name((UniversalTagNumber.UTF8String, "a+2.5.4.10=b"))));
        Assert.NotEqual(NameKey.Of(two), NameKey.Of(TestPki.Name((UniversalTagNumber.UTF8String, "a\ufffd2.5.4.10=1:b"))));
        var number = Name(writer => writer.WriteInteger(5));
        Assert.NotEqual(NameKey.Of(number), NameKey.Of(Name(UniversalTagNumber.UTF8String, "#020105")));
    }

    [Theory]
    [InlineData("3000", "30800000")]
    [InlineData("300E310C300A06035504030C03FFFEFD", "300E310C300A06035504030C03FFFEFC")]
    public void Names_without_parts_and_names_that_cannot_be_read_are_equal_to_the_same_bytes_only(string one, string other)
    {
        Assert.Equal(NameKey.Of(Convert.FromHexString(one)), NameKey.Of(Convert.FromHexString(one)));
        Assert.NotEqual(NameKey.Of(Convert.FromHexString(one)), NameKey.Of(Convert.FromHexString(other)));
    }

    [Fact]
    public void A_name_of_100_kB_costs_a_bounded_amount_of_memory_and_its_key_none()
    {
        var name = Name(UniversalTagNumber.UTF8String, string.Concat(Enumerable.Repeat("A ", 50_000)));
        NameKey.Of(name);
        var before = GC.GetAllocatedBytesForCurrentThread();
        NameKey.Of(name);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    private static byte[] Name(UniversalTagNumber kind, string value) => Name(writer => writer.WriteCharacterString(kind, value));

    private static byte[] Name(Action<AsnWriter> value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(DistinguishedName.CommonName);
            value(writer);
        }

        return writer.Encode();
    }
}

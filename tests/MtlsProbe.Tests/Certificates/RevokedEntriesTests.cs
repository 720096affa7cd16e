using System.Formats.Asn1;
using MtlsProbe.Certificates;

namespace MtlsProbe.Tests.Certificates;

/// <summary>An entry that can be read without a fault can be found, however it is encoded.</summary>
public sealed class RevokedEntriesTests
{
    private static readonly byte[] s_date = [0x17, 0x0d, .. "260101000000Z"u8];

    [Theory]
    [InlineData("05", "05")]
    [InlineData("0005", "05")]
    [InlineData("05", "0005")]
    [InlineData("0080", "0080")]
    [InlineData("ff80", "80")]
    public void A_serial_number_is_found_however_many_octets_it_is_written_with(string written, string asked) =>
        Assert.Single(RevokedEntries.Read(Entry(Integer(written), s_date)).Find(Convert.FromHexString(asked)));

    [Theory]
    [InlineData("0080", "80")]
    [InlineData("00ff", "ff")]
    public void Another_number_is_not_found(string written, string asked) =>
        Assert.Empty(RevokedEntries.Read(Entry(Integer(written), s_date)).Find(Convert.FromHexString(asked)));

    [Theory]
    [InlineData("02 00")] // a number without octets
    [InlineData("22 03 02 01 05")] // a number in parts
    [InlineData("04 01 05")]
    public void An_entry_with_an_invalid_serial_number_makes_the_list_unreadable(string serial) =>
        Assert.Throws<AsnContentException>(() => RevokedEntries.Read(Entry(Bytes(serial), s_date)));

    [Theory]
    [InlineData("10 0c 30 0a 06 03 55 1d 15 04 03 0a 01 01")] // not marked as constructed, which a reader of sequences refuses
    [InlineData("30 0c 10 0a 06 03 55 1d 15 04 03 0a 01 01")]
    [InlineData("30 0c 30 0a 06 03 55 1d 15 24 03 0a 01 01")]
    [InlineData("30 0c 30 0a 06 03 55 1d 15 04 03 02 01 01")]
    public void Extensions_that_a_look_up_could_not_read_make_the_list_unreadable(string extensions) =>
        Assert.Throws<AsnContentException>(() => RevokedEntries.Read(Entry(Integer("05"), s_date, Bytes(extensions))));

    [Fact]
    public void A_date_that_cannot_be_read_hides_no_entry() =>
        Assert.Null(Assert.Single(RevokedEntries.Read(Entry(Integer("05"), [0x17, 0x01, 0x41])).Find(new byte[] { 5 })).RevokedAt);

    [Fact]
    public void A_reason_is_found_after_an_extension_with_an_unreadable_name() =>
        Assert.Equal(1, Assert.Single(RevokedEntries.Read(Entry(Integer("05"), s_date, Bytes("30 14 30 06 06 01 80 04 01 00 30 0a 06 03 55 1d 15 04 03 0a 01 01"))).Find(new byte[] { 5 })).Code);

    private static byte[] Integer(string octets) => [0x02, (byte)(octets.Length / 2), .. Convert.FromHexString(octets)];

    private static byte[] Entry(params byte[][] parts)
    {
        byte[] content = [.. parts.SelectMany(part => part)];
        return [0x30, (byte)content.Length, .. content];
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}

using System.Net;
using MtlsProbe.DnsQueries;
using static MtlsProbe.Tests.DnsQueries.DnsAnswers;

namespace MtlsProbe.Tests.DnsQueries;

/// <summary>What is read from the answers of name servers, honest and hostile.</summary>
public sealed class DnsMessageTests
{
    private static readonly byte[] s_query = DnsMessage.Query(0x1234, "a.test", DnsRecordType.A);
    private static readonly byte[] s_service = DnsMessage.Query(0x1234, "_mtls._tcp.shop.test.", DnsRecordType.Srv);

    [Fact]
    public void A_query_is_what_RFC_1035_and_RFC_6891_define() => Assert.Equal(
        Convert.FromHexString("1234" + "0100" + "0001" + "0000" + "0000" + "0001" + "0161" + "0474657374" + "00" + "0001" + "0001" + "00" + "0029" + "04d0" + "00000000" + "0000"),
        s_query);

    [Fact]
    public void Services_have_host_and_port_and_the_shortest_life_counts()
    {
        var reply = Read(s_service, Srv("B.Shop.TEST", 8444, 30), Srv("a.test", 443), Srv("", 0))!;

        Assert.Equal([new(null, "b.shop.test", 8444), new(null, "a.test", 443), new DnsRecord(null, "", 0)], reply.Records);
        Assert.Equal((DnsReply.NoError, TimeSpan.FromSeconds(30), null), (reply.Code, reply.TimeToLive, reply.Defect));
    }

    [Fact]
    public void Addresses_of_a_name_are_found_through_its_aliases_in_any_order_and_those_of_other_names_are_ignored()
    {
        var reply = Read(s_query, Record(Name("c.test"), 1, 60, [127, 0, 0, 1]), Cname(Name("B.test"), "c.test", 5), Cname(Asked, "b.test"), Record(Name("evil.test"), 1, 1, [127, 0, 0, 9]))!;

        Assert.Equal([new DnsRecord(IPAddress.Loopback, "", 0)], reply.Records);
        Assert.Equal(TimeSpan.FromSeconds(5), reply.TimeToLive);
    }

    [Fact]
    public void No_records_are_no_records()
    {
        Assert.Equal((0, DnsReply.NoError, null), (Read(s_query)!.Records.Count, Read(s_query)!.Code, Read(s_query)!.TimeToLive));
        Assert.Equal(DnsReply.NoSuchName, DnsMessage.Read(To(s_query, 3, []), s_query)!.Code);
        Assert.Equal(TimeSpan.Zero, Read(s_query, Address(1, 0x80000000))!.TimeToLive); // RFC 2181 §8
    }

    [Fact]
    public void Aliases_in_a_circle_are_a_defect()
    {
        var reply = Read(s_query, Cname(Asked, "b.test"), Cname(Name("b.test"), "a.test"))!;

        Assert.Equal(("has more than 16 CNAME records in a row", 0), (reply.Defect, reply.Records.Count));
    }

    [Theory]
    [InlineData("id")]
    [InlineData("question")]
    [InlineData("no question")]
    [InlineData("query")]
    [InlineData("short")]
    public void What_does_not_answer_the_query_is_ignored(string other)
    {
        var message = To(s_query, 0, [Address(1)]);
        if (other == "id") message[1]++;
        if (other == "question") message[13]++;
        if (other == "no question") message[5] = 0;
        if (other == "query") message[2] &= 0x7f;
        if (other == "short") message = message[..11];

        Assert.Null(DnsMessage.Read(message, s_query));
    }

    [Fact]
    public void An_error_need_not_repeat_the_question()
    {
        byte[] refused = [.. s_query[..2], 0x81, 0x85, 0, 0, 0, 0, 0, 0, 0, 0];

        Assert.Equal(5, DnsMessage.Read(refused, s_query)!.Code);
    }

    [Fact]
    public void A_count_that_is_too_high_is_a_defect()
    {
        var reply = DnsMessage.Read(To(s_query, 0, [Address(1)], count: 65_535), s_query)!;

        Assert.Equal(("has fewer records than it announces", 0), (reply.Defect, reply.Records.Count));
    }

    [Theory]
    [InlineData("c018")] // a pointer to itself
    [InlineData("c01a")] // a pointer that leads forwards
    [InlineData("0161c018")] // a pointer to the label before it
    [InlineData("3f6161")] // a label that ends behind the message
    [InlineData("80")] // neither a length nor a pointer
    public void A_name_that_does_not_end_is_a_defect(string name)
    {
        Assert.Equal(0x18, EndOfQuestion(s_query)); // where the name begins
        Assert.Equal("has a name that cannot be read", Read(s_query, Record(Convert.FromHexString(name), 1, 60, [127, 0, 0, 1]))!.Defect);
    }

    [Fact]
    public void A_name_that_unfolds_beyond_255_octets_is_a_defect()
    {
        // 64 readings of the same octets, one after another: 16 KiB would become a megabyte, for each of thousands of records.
        var start = EndOfQuestion(s_query) + 12;
        var run = Enumerable.Repeat((byte)63, 64 * 200).ToArray();
        byte[] tail = [.. Enumerable.Range(1, 31).SelectMany(i => (byte[])[(byte)(0xc0 | ((start + (2 * i)) >> 8)), (byte)(start + (2 * i))]), 0, 0];
        var folded = Record([0], 65_000, 60, [.. run, .. tail]);
        byte[] pointer = [(byte)(0xc0 | (start >> 8)), (byte)start];

        Assert.Equal("has a name that cannot be read", Read(s_query, [folded, .. Enumerable.Repeat(Record(pointer, 1, 60, [127, 0, 0, 1]), 3000)])!.Defect);
    }

    [Theory]
    [InlineData(1, "7f0000")]
    [InlineData(1, "7f00000100")]
    [InlineData(5, "c0")]
    public void Data_of_the_wrong_length_is_a_defect(int type, string data) => Assert.NotNull(Read(s_query, Record(Asked, type, 60, Convert.FromHexString(data)))!.Defect);

    [Fact]
    public void Names_are_printable()
    {
        var reply = Read(s_service, Record(Asked, 33, 60, [0, 0, 0, 0, 1, 187, 5, (byte)'a', 0x1b, (byte)'.', (byte)'\\', 0xff, 0]))!;

        Assert.Equal(@"a\027\046\092\255", reply.Records[0].Host);
    }

    [Fact]
    public void Name_servers_are_those_of_resolv_conf() => Assert.Equal(
        [IPEndPoint.Parse("10.0.0.53:53"), IPEndPoint.Parse("[fd00::53]:53"), IPEndPoint.Parse("10.0.0.54:53")],
        NameServers.Read("# nameserver 1.1.1.1\nsearch a.test\nnameserver 10.0.0.53\nnameserver\t fd00::53 # primary\nnameserver nonsense\nnameserver 10.0.0.54\nnameserver 10.0.0.55\n"));

    private static DnsReply? Read(byte[] query, params IReadOnlyList<byte[]> records) => DnsMessage.Read(To(query, 0, records), query);
}

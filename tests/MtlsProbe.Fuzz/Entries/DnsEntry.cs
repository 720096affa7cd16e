using System.Text;
using MtlsProbe.DnsQueries;

namespace MtlsProbe.Fuzz;

/// <summary>Answers of name servers.</summary>
internal sealed class DnsEntry : FuzzEntry
{
    private static readonly byte[] s_query = DnsMessage.Query(0x4142, "a.test", DnsRecordType.Srv);

    public override string Name => "dns";

    public override string Does => "answers of name servers";

    public override IReadOnlyList<string> Tokens => ["\u0000", "\u0001a\u0004test\u0000", "\u0000!\u0000\u0001"];

    public override IReadOnlyList<string> Reached => ["several records", "an error", "truncated", "has a name that cannot be read"];

    /// <summary>A name of 255 octets for each 16 of the input.</summary>
    public override long MostAllocated(int length) => (1L << 20) + (300L * length);

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] head = [0x41, 0x42, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, 1, (byte)'a', 4, .. "test"u8, 0, 0, 33, 0, 1];
        byte[] service = [0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, 9, 0, 0, 0, 0, 1, 187, 1, (byte)'b', 0];
        yield return [.. head, .. service, .. service];
        yield return [.. head, 0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 3, 1, (byte)'c', 0, 1, (byte)'c', 0, .. service.AsSpan(2)];
        yield return [0x41, 0x42, 0x83, 0x80, .. head.AsSpan(4)];
        yield return [0x41, 0x42, 0x81, 0x85, 0, 0, 0, 0, 0, 0, 0, 0];
        yield return [.. head, 0xc0, (byte)head.Length, .. service.AsSpan(2)];
    }

    public override string Run(byte[] input)
    {
        if (DnsMessage.Read(input, s_query) is not { } reply) return "not an answer";
        foreach (var record in reply.Records)
        {
            Claim.Visible(record.Host, "a host", 1024);
            Claim.Holds(record.Address is null && record.Port is >= 0 and < 65536, "a service without a port");
        }

        Claim.Holds(reply.Defect is null || reply.Records.Count == 0, "records of an answer with a defect");
        Claim.Holds(16 * reply.Records.Count <= input.Length, "more records than octets");
        Claim.Holds(Encoding.ASCII.GetByteCount(string.Concat(reply.Records.Select(record => record.Host))) <= 1024L * reply.Records.Count, "names that are too long");
        return reply.Defect ?? (reply.IsTruncated ? "truncated" : reply.Code != 0 ? "an error" : reply.Records.Count switch { 0 => "no records", 1 => "one record", _ => "several records" }); // in words, because figures in outcomes do not count
    }
}

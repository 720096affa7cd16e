using System.Net;
using MtlsProbe.Values;

namespace MtlsProbe.DnsQueries;

/// <summary>The types of records that are queried, with their numbers on the wire (RFC 1035, RFC 3596, RFC 2782).</summary>
internal enum DnsRecordType : ushort
{
    A = 1,
    Aaaa = 28,
    Srv = 33,
}

/// <summary>The data of a record.</summary>
/// <param name="Address">Of A and AAAA; null for SRV.</param>
/// <param name="Host">Of SRV, lower-case and without the final dot; empty if the service does not exist, and for addresses.</param>
/// <param name="Port">Of SRV; otherwise 0.</param>
internal readonly record struct DnsRecord(IPAddress? Address, string Host, int Port);

/// <summary>What a server answered.</summary>
/// <param name="Code">The RCODE (RFC 1035 §4.1.1).</param>
internal sealed record DnsReply(int Code)
{
    public const int NoError = 0;
    public const int NoSuchName = 3;

    /// <summary>Of the queried type, of the queried name or of the name that its CNAME records lead to.</summary>
    public ValueList<DnsRecord> Records { get; init; } = [];

    /// <summary>The shortest time to live of the records and CNAME records; null if there are none.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>Whether the answer is only complete over TCP.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>What is wrong with the message, to follow "the answer"; null if it could be read.</summary>
    public string? Defect { get; init; }
}

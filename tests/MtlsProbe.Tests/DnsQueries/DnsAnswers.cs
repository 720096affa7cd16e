using System.Buffers.Binary;
using System.Text;

namespace MtlsProbe.Tests.DnsQueries;

/// <summary>Answers of a name server, octet by octet.</summary>
internal static class DnsAnswers
{
    private const int HeaderSize = 12;

    /// <summary>A pointer to the name of the question.</summary>
    public static readonly byte[] Asked = [0xc0, HeaderSize];

    /// <param name="query">The query; only the header and the question of it are repeated.</param>
    /// <param name="flags">Besides those of a response.</param>
    /// <param name="count">The announced number of records; null: the actual one.</param>
    public static byte[] To(ReadOnlySpan<byte> query, int flags, IReadOnlyList<byte[]> records, int? count = null)
    {
        byte[] answer = [.. query[..EndOfQuestion(query)], .. records.SelectMany(record => record)];
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(2), (ushort)(0x8180 | flags));
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(6), (ushort)(count ?? records.Count));
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(8), 0);
        return answer;
    }

    /// <summary>A message with its length, as it is sent over TCP.</summary>
    public static byte[] OnTcp(byte[] message) => [(byte)(message.Length >> 8), (byte)message.Length, .. message];

    public static int EndOfQuestion(ReadOnlySpan<byte> query)
    {
        var end = HeaderSize;
        while (query[end] != 0) end += query[end] + 1;
        return end + 5;
    }

    public static byte[] Srv(string host, int port, uint life = 60) => Record(Asked, 33, life, [0, 0, 0, 0, (byte)(port >> 8), (byte)port, .. Name(host)]);

    public static byte[] Address(byte last, uint life = 60) => Record(Asked, 1, life, [127, 0, 0, last]);

    public static byte[] Cname(byte[] owner, string target, uint life = 60) => Record(owner, 5, life, Name(target));

    public static byte[] Record(byte[] owner, int type, uint life, byte[] data) =>
        [.. owner, (byte)(type >> 8), (byte)type, 0, 1, (byte)(life >> 24), (byte)(life >> 16), (byte)(life >> 8), (byte)life, (byte)(data.Length >> 8), (byte)data.Length, .. data];

    public static byte[] Name(string host) => [.. host.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];
}

using System.Buffers.Binary;
using System.Net;
using System.Text;
using MtlsProbe.Values;

namespace MtlsProbe.DnsQueries;

/// <summary>
/// Writes a query and reads its answer (RFC 1035 §4). Each record of an answer takes at least 11 octets, and each name a bounded time, so the size of a
/// message bounds the time and the memory for reading it, whatever counts it announces.
/// </summary>
internal static class DnsMessage
{
    /// <summary>In octets; the length before a message on TCP has 16 bits.</summary>
    public const int MaxSize = ushort.MaxValue;

    /// <summary>What we announce to accept by UDP (EDNS0, RFC 6891): it fits into every path without fragments.</summary>
    private const int MaxDatagram = 1232;

    private const int HeaderSize = 12;
    private const int Response = 0x8000;
    private const int OpcodeMask = 0x7800;
    private const int Truncated = 0x0200;
    private const int RecursionDesired = 0x0100;
    private const int CodeMask = 0x000f;
    private const int Internet = 1; // class IN
    private const int Cname = 5;
    private const int Opt = 41;

    /// <summary>CNAME records in a row. Resolvers accept between 8 and 16.</summary>
    private const int MostAliases = 16;

    /// <param name="name">ASCII, labels of at most 63 characters.</param>
    public static byte[] Query(ushort id, string name, DnsRecordType type)
    {
        List<byte> message = [.. Number(id), .. Number(RecursionDesired), .. Number(1), .. Number(0), .. Number(0), .. Number(1)];
        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries)) message.AddRange([(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]);
        message.AddRange([0, .. Number((int)type), .. Number(Internet)]);
        message.AddRange([0, .. Number(Opt), .. Number(MaxDatagram), 0, 0, 0, 0, .. Number(0)]);
        return [.. message];

        static byte[] Number(int value) => [(byte)(value >> 8), (byte)value];
    }

    /// <returns>Null if the message is not an answer to the query.</returns>
    public static DnsReply? Read(ReadOnlySpan<byte> message, ReadOnlySpan<byte> query)
    {
        if (message.Length < HeaderSize || !message[..2].SequenceEqual(query[..2])) return null;
        var flags = Number(message, 2);
        if ((flags & (Response | OpcodeMask)) != Response) return null;
        var (code, count) = (flags & CodeMask, Number(message, 6));

        // Some servers leave the question out of an error.
        var question = QuestionOf(query);
        var end = HeaderSize + question.Length;
        var repeats = Number(message, 4) == 1 && message.Length >= end && Ascii.EqualsIgnoreCase(message[HeaderSize..end], question);
        if (!repeats) return code is DnsReply.NoError or DnsReply.NoSuchName ? null : new DnsReply(code);
        if ((flags & Truncated) != 0) return new DnsReply(code) { IsTruncated = true };
        return code == DnsReply.NoError ? Answers(message, end, count) : new DnsReply(code);
    }

    private static ReadOnlySpan<byte> QuestionOf(ReadOnlySpan<byte> query)
    {
        var end = HeaderSize;
        while (query[end] != 0) end += query[end] + 1;
        return query[HeaderSize..(end + 5)];
    }

    private static DnsReply Answers(ReadOnlySpan<byte> message, int at, int count)
    {
        var asked = HeaderSize;
        if (DnsName.Read(message, ref asked) is not { } name) return Broken("has a name that cannot be read");
        var type = Number(message, asked);
        Dictionary<string, (string Target, uint Life)> aliases = [];
        List<(string Owner, DnsRecord Record, uint Life)> records = [];
        for (; count > 0; count--)
        {
            if (at == message.Length) return Broken("has fewer records than it announces");
            if (DnsName.Read(message, ref at) is not { } owner) return Broken("has a name that cannot be read");
            if (message.Length - at < 10) return Broken("ends within a record");
            var (kind, @class, life, length) = (Number(message, at), Number(message, at + 2), BinaryPrimitives.ReadUInt32BigEndian(message[(at + 4)..]), Number(message, at + 8));
            at += 10;
            if (message.Length - at < length) return Broken("ends within a record");
            if (@class == Internet && kind == Cname)
            {
                if (NameAt(message, at, at + length) is not { } target) return Broken("has a CNAME record that cannot be read");
                aliases.TryAdd(owner, (target, life));
            }
            else if (@class == Internet && kind == type)
            {
                if (RecordAt(message, at, length, (DnsRecordType)type) is not { } record) return Broken("has a record that cannot be read");
                records.Add((owner, record, life));
            }

            at += length;
        }

        return Chosen(name, aliases, records);
    }

    /// <summary>The records of the name, or of the one that its CNAME records lead to.</summary>
    private static DnsReply Chosen(string name, Dictionary<string, (string Target, uint Life)> aliases, List<(string Owner, DnsRecord Record, uint Life)> records)
    {
        List<uint> lives = [];
        for (; aliases.TryGetValue(name, out var alias); name = alias.Target)
        {
            if (lives.Count == MostAliases) return Broken($"has more than {MostAliases} CNAME records in a row");
            lives.Add(alias.Life);
        }

        var chosen = records.Where(one => one.Owner == name).ToList();
        lives.AddRange(chosen.Select(one => one.Life));

        // The highest bit is never set by a sane server, and then means zero (RFC 2181 §8).
        return new DnsReply(DnsReply.NoError)
        {
            Records = chosen.Select(one => one.Record).ToValueList(),
            TimeToLive = lives.Count == 0 ? null : TimeSpan.FromSeconds(lives.Min(life => life > int.MaxValue ? 0 : life)),
        };
    }

    private static DnsRecord? RecordAt(ReadOnlySpan<byte> message, int at, int length, DnsRecordType type)
    {
        switch (type)
        {
            case DnsRecordType.A when length == 4:
            case DnsRecordType.Aaaa when length == 16:
                return new DnsRecord(new IPAddress(message.Slice(at, length)), "", 0);
            case DnsRecordType.Srv when length > 6:
                return NameAt(message, at + 6, at + length) is { } host ? new DnsRecord(null, host, Number(message, at + 4)) : null;
            default:
                return null;
        }
    }

    /// <summary>A name that is the rest of a record; null if it is not.</summary>
    private static string? NameAt(ReadOnlySpan<byte> message, int at, int end) => DnsName.Read(message, ref at) is { } name && at == end ? name : null;

    private static int Number(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt16BigEndian(message[at..]);

    private static DnsReply Broken(string defect) => new(DnsReply.NoError) { Defect = defect };
}

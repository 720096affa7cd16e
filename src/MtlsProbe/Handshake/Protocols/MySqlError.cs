using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace MtlsProbe.Handshake;

/// <summary>An ERR packet (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html).</summary>
internal sealed record MySqlError(int Code, string Text)
{
    public string Detail => Answers.Said($"{Code.ToString(CultureInfo.InvariantCulture)} {Text}");

    /// <param name="packet">It begins with 0xff.</param>
    public static MySqlError Read(byte[] packet)
    {
        if (packet.Length < 3) throw new MalformedException("the server sent an error without a number");
        var text = Encoding.UTF8.GetString(packet.AsSpan(packet.Length > 8 && packet[3] == '#' ? 9 : 3)); // '#' and five characters of SQLSTATE
        return new MySqlError(BinaryPrimitives.ReadUInt16LittleEndian(packet.AsSpan(1)), text);
    }
}

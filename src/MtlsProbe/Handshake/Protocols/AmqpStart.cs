using System.Buffers.Binary;
using System.Text;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>The answer to Connection.Start that logs in (AMQP 0-9-1 §1.4.2.2).</summary>
internal static class AmqpStart
{
    private const uint StartOk = 0x000a_000b;

    /// <summary>Asks the server to refuse with a frame instead of a close: RabbitMQ does so for clients with this capability.</summary>
    private const string Capability = "authentication_failure_close";

    /// <summary>The mechanisms that a Connection.Start offers, separated by spaces.</summary>
    /// <param name="content">
    /// What follows its class and method: the version in two bytes, a table, and the mechanisms, the latter two preceded by their length in four
    /// bytes.
    /// </param>
    /// <exception cref="MalformedException">It is shorter than announced.</exception>
    public static string Mechanisms(ReadOnlySpan<byte> content)
    {
        Long(content.Length < 2 ? [] : content[2..], out var rest);
        return Encoding.Latin1.GetString(Long(rest, out _));
    }

    /// <summary>The content of a frame.</summary>
    public static byte[] Answer(Login login, Secret? password)
    {
        byte[] yes = [.. Short(Capability), (byte)'t', 1];
        byte[] properties = [.. Short("capabilities"), (byte)'F', .. Long(yes)];
        var method = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(method, StartOk);
        return [.. method, .. Long(properties), .. Short(Sasl.Mechanism(login)), .. Long(Sasl.Message(login, password)), .. Short("en_US")];
    }

    private static ReadOnlySpan<byte> Long(ReadOnlySpan<byte> content, out ReadOnlySpan<byte> rest)
    {
        var length = content.Length < 4 ? uint.MaxValue : BinaryPrimitives.ReadUInt32BigEndian(content);
        if (length > content.Length - 4) throw new MalformedException("the server sent a Connection.Start that is shorter than announced");
        rest = content[(int)(4 + length)..];
        return content[4..(int)(4 + length)];
    }

    private static byte[] Long(byte[] content)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        return [.. length, .. content];
    }

    private static byte[] Short(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
}

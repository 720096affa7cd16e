using System.Buffers.Binary;
using System.Text;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// What is answered to PostgreSQL's requests for authentication (https://www.postgresql.org/docs/current/protocol-flow.html): the password
/// itself, inside TLS and at a server whose chain is trusted, or SCRAM.
/// </summary>
internal sealed class PostgresLogin(Secret password)
{
    private const uint ClearText = 3;
    private const uint Mechanisms = 10;
    private const uint Challenge = 11;
    private const uint Outcome = 12;

    private readonly Scram _scram = new(password);

    /// <summary>We have answered something, so that an error may be about that.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>The message to send, empty where nothing is to be said; null: this is not asked of us, or in a way that we do not know.</summary>
    /// <param name="body">Of the request: four bytes of kind, and the rest.</param>
    public byte[]? Answer(ReadOnlySpan<byte> body)
    {
        HasAnswered = true;
        var rest = body[4..];
        switch (BinaryPrimitives.ReadUInt32BigEndian(body))
        {
            case ClearText:
                return Message([.. password.Bytes.Span, 0]);
            case Mechanisms when Encoding.Latin1.GetString(rest).Split('\0').Contains(Scram.Name):
                var first = _scram.First();
                var length = new byte[4];
                BinaryPrimitives.WriteInt32BigEndian(length, first.Length);
                return Message([.. Encoding.ASCII.GetBytes(Scram.Name), 0, .. length, .. first]);
            case Challenge:
                return Message(_scram.Final(Encoding.Latin1.GetString(rest)));
            case Outcome:
                _scram.Check(Encoding.Latin1.GetString(rest));
                return [];
            default:
                return null;
        }
    }

    private static byte[] Message(ReadOnlySpan<byte> content)
    {
        var message = new byte[5 + content.Length];
        message[0] = (byte)'p';
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 4 + content.Length);
        content.CopyTo(message.AsSpan(5));
        return message;
    }
}

using System.Buffers.Binary;
using System.Text;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// The answers to PostgreSQL's authentication requests (https://www.postgresql.org/docs/current/protocol-flow.html): the password itself, inside TLS
/// and to a server whose chain is trusted, or SCRAM. Each step is taken once, in its order.
/// </summary>
internal sealed class PostgresLogin(Secret password)
{
    private const uint ClearText = 3;
    private const uint Mechanisms = 10;
    private const uint Challenge = 11;
    private const uint Outcome = 12;

    private readonly Scram _scram = new(password);
    private Step _last;

    /// <summary>The progress of the login.</summary>
    private enum Step
    {
        Nothing,
        SaidPassword,
        BegunScram,
        Proved,
        SeenProof,
    }

    /// <summary>We have answered something, so an error may be about that.</summary>
    public bool HasAnswered => _last != Step.Nothing;

    /// <summary>The server has not yet proven that it knows the password, which SCRAM requires.</summary>
    public bool OwesProof => _last is Step.BegunScram or Step.Proved;

    /// <summary>The message to send, empty if there is none; null: the method is not supported.</summary>
    /// <param name="body">The request: its kind in four bytes, and the rest.</param>
    /// <exception cref="MalformedException">The request is out of order, or malformed.</exception>
    public byte[]? Answer(ReadOnlySpan<byte> body)
    {
        var kind = BinaryPrimitives.ReadUInt32BigEndian(body);
        var rest = Encoding.Latin1.GetString(body[4..]);
        switch (kind, _last)
        {
            case (ClearText, Step.Nothing):
                _last = Step.SaidPassword;
                return Message([.. password.Bytes.Span, 0]);
            case (Mechanisms, Step.Nothing) when rest.Split('\0').Contains(Scram.Name):
                _last = Step.BegunScram;
                var first = _scram.First();
                var length = new byte[4];
                BinaryPrimitives.WriteInt32BigEndian(length, first.Length);
                return Message([.. Encoding.ASCII.GetBytes(Scram.Name), 0, .. length, .. first]);
            case (Challenge, Step.BegunScram):
                _last = Step.Proved;
                return Message(_scram.Final(rest));
            case (Outcome, Step.Proved):
                _scram.Check(rest);
                _last = Step.SeenProof;
                return [];
            case (not (Challenge or Outcome), Step.Nothing):
                return null;
            default:
                throw new MalformedException($"the server asked for authentication of kind {kind} out of order");
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

using System.Formats.Asn1;
using System.Globalization;
using System.Text;

namespace MtlsProbe.Handshake;

/// <summary>The parts of a server's message that are used (RFC 4511 §4.1).</summary>
/// <param name="Id">0: sent by the server without a request.</param>
/// <param name="Operation">The tag of its content.</param>
/// <param name="ResultCode">Null if it is not a result.</param>
/// <param name="Diagnostic">Text of the server.</param>
internal sealed record LdapMessage(int Id, int Operation, int? ResultCode, string Diagnostic)
{
    public const int BindResponse = 1;
    public const int SearchEntry = 4;
    public const int SearchDone = 5;
    public const int SearchReference = 19;
    public const int ExtendedResponse = 24;

    public string Detail => ResultCode is { } code
        ? $"the server answered with the result {code.ToString(CultureInfo.InvariantCulture)}" + (Diagnostic.Length == 0 ? "" : $", {Answers.Quoted(Diagnostic)}")
        : $"the server answered with a message of the kind {Operation.ToString(CultureInfo.InvariantCulture)}";

    /// <exception cref="EndOfStreamException">The server closed.</exception>
    /// <exception cref="MalformedException">It is not an LDAP message, or longer than our limit.</exception>
    public static async ValueTask<LdapMessage> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var head = await Packet.ReadAsync(stream, 2, cancellation).ConfigureAwait(false);
        if (head[0] != 0x30) throw new MalformedException($"the server answered {Text.PlainText.Quote(head)}, which is not an LDAP message");
        var longForm = head[1] > 0x80 ? await Packet.ReadAsync(stream, head[1] & 0x7f, cancellation).ConfigureAwait(false) : [];
        if (head[1] == 0x80 || longForm.Length > 4) throw new MalformedException("the server sent an LDAP message without a length"); // RFC 4511 §5.1
        var length = longForm.Length == 0 ? head[1] : longForm.Aggregate(0L, (sum, b) => (sum << 8) | b);
        return Parse(await Packet.ReadAsync(stream, Packet.Length(length), cancellation).ConfigureAwait(false));
    }

    private static LdapMessage Parse(byte[] content)
    {
        try
        {
            var message = new AsnReader(content, AsnEncodingRules.BER);
            if (!message.TryReadInt32(out var id)) throw new MalformedException("the server sent an LDAP message with a number that is too large");
            var tag = message.PeekTag();
            if (tag.TagClass != TagClass.Application) throw new MalformedException("the server sent an LDAP message without an operation");
            if (tag.TagValue is not (BindResponse or SearchDone or ExtendedResponse)) return new LdapMessage(id, tag.TagValue, null, "");
            var result = message.ReadSequence(tag);
            var code = (int)result.ReadEnumeratedBytes().Span[^1];
            result.ReadOctetString(); // the name of the last entry that was found
            return new LdapMessage(id, tag.TagValue, code, Encoding.UTF8.GetString(result.ReadOctetString()));
        }
        catch (AsnContentException)
        {
            throw new MalformedException("the server sent an LDAP message that cannot be read");
        }
    }
}

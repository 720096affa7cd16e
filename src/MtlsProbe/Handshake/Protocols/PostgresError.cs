using System.Text;

namespace MtlsProbe.Handshake;

/// <summary>An ErrorResponse: fields with a letter and a text (https://www.postgresql.org/docs/current/protocol-error-fields.html).</summary>
/// <param name="SqlState">Five characters; empty if there is none.</param>
/// <param name="Message">In the language of the server.</param>
/// <param name="Routine">
/// The function in the server's source code that reports it, independent of the language; empty if the server does not send it.
/// </param>
internal sealed record PostgresError(string SqlState, string Message, string Routine)
{
    public string Detail => Answers.Said(SqlState.Length == 0 ? Message : $"{SqlState} {Message}");

    /// <param name="body">Limited by the packet that contained it.</param>
    public static PostgresError Read(ReadOnlySpan<byte> body)
    {
        var (state, message, routine) = ("", "", "");
        while (body.Length > 1 && body[0] != 0)
        {
            var end = body.IndexOf((byte)0);
            if (end < 0) end = body.Length;
            var text = Encoding.UTF8.GetString(body[1..end]);
            if (body[0] == 'C') state = text;
            else if (body[0] == 'M') message = text;
            else if (body[0] == 'R') routine = text;
            body = body[Math.Min(end + 1, body.Length)..];
        }

        return new PostgresError(state, message, routine);
    }

    public bool Says(string word) => Message.Contains(word, StringComparison.OrdinalIgnoreCase);
}

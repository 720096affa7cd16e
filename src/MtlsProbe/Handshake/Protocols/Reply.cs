using System.Globalization;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// A reply with a three-digit code, on one or several lines (RFC 959 §4.2, RFC 5321 §4.2, RFC 3977 §3.2). The last line begins with the code and a
/// space.
/// </summary>
/// <param name="Text">Its lines.</param>
internal sealed record Reply(int Code, string Text)
{
    public string Detail => Answers.Said(Text);

    /// <exception cref="MalformedException">It is not such a reply.</exception>
    public static async ValueTask<Reply> ReadAsync(LineReader lines, CancellationToken cancellation)
    {
        var line = await lines.ReadAsync(cancellation).ConfigureAwait(false);
        if (CodeOf(line) is not { } code) throw new MalformedException(Answers.Said(line));
        var all = new List<string> { line };
        for (var isLast = IsLast(line, code); !isLast; isLast = IsLast(line, code)) all.Add(line = await lines.ReadAsync(cancellation).ConfigureAwait(false));
        return new Reply(code, string.Join('\n', all));
    }

    /// <summary>What it shows in protocols where any reply does, except a refusal or a farewell.</summary>
    /// <param name="leave">The code of a server that closes.</param>
    public ServerAnswer Answer(int leave) => Code switch
    {
        >= 400 when Answers.SpeaksOfCertificate(Text) => Answers.Refused(Detail),
        _ when Code == leave || Text.StartsWith("500 OOPS", StringComparison.Ordinal) => Answers.Down(Detail), // vsftpd, whose child has died
        _ => Answers.LetIn(Detail),
    };

    private static bool IsLast(string line, int code) => CodeOf(line) == code && (line.Length == 3 || line[3] == ' ');

    private static int? CodeOf(string line) =>
        line.Length >= 3 && (line.Length == 3 || line[3] is ' ' or '-') && int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code >= 100 ? code : null;
}

using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Handshake.Protocols;

/// <summary>
/// A protocol of the tests, unknown to the program: a line before TLS (greeting, STARTTLS, consent), a line after it (WHO and a name), and a line in
/// response. It is all in this file, as one of the program's own would be.
/// </summary>
internal sealed record Lines : Protocol
{
    public static readonly Reason Turned = new(FailureClass.ClientCertificate, "refused_by_protocol", "the server refused us by a line", "Ask it why.");

    public static readonly Reason Busy = new(FailureClass.Application, "busy", "the server has no time", "Come again.");

    public static readonly Reason NoLine = new(FailureClass.Application, "no_line", "the server did not answer by a line", "Look at the port.");

    public static ProtocolGrammar Grammar { get; } = new()
    {
        Name = "lines",
        Does = "asks who we are",
        DefaultPort = 7000,
        Block = "lines",
        Keys = ["name", "greeted"],
        Flags = [new("--lines-name", "name", "NAME", "Who we say we are.", NameOf)],
        Read = block => new Lines { As = block.Read("name", NameOf)?.Value ?? "probe", IsGreeted = block.Read("greeted", MtlsProbe.Config.Grammar.Flag)?.Value ?? false },
        AlpnProblem = (alpn, _) => alpn.Contains("h2") ? ("h2 has no lines", "leave it out") : null,
    };

    /// <summary>The program's protocols, and this one.</summary>
    public static MtlsProbe.Config.Protocols AndOthers { get; } = BuiltInProtocols.All.With(Grammar);

    public string As { get; init; } = "probe";

    /// <summary>It begins with TLS, and the server sends its greeting inside.</summary>
    public bool IsGreeted { get; init; }

    public override string Name => "lines";

    public override ValueList<string> Alpn => ["lines/1"];

    public override Upgrade? Upgrade => IsGreeted ? null : UpgradeAsync;

    public override Question? Question => new(AskAsync, NoLine) { IsGreeted = IsGreeted };

    public override string Summary => $"WHO {As}";

    public override string? OpensslStarttls => IsGreeted ? null : "lines";

    public override Protocol Harmless() => this with { As = "nobody" };

    public override IEnumerable<(string Flag, string Value)> Flags() => [.. base.Flags(), ("--lines-name", As)];

    public override string TypedQuestion(Target target) => $"echo {ShellWord.Of(Summary)}";

    private static async Task<string?> UpgradeAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        await LineAsync(clear, cancellation);
        await SayAsync(clear, "STARTTLS", cancellation);
        var consent = await LineAsync(clear, cancellation);
        return consent == "GO" ? null : $"the server answered {PlainText.Quote(Encoding.Latin1.GetBytes(consent))}";
    }

    private async Task<ServerAnswer?> AskAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        if (IsGreeted) await LineAsync(session, cancellation);
        await SayAsync(session, Summary, cancellation);
        var line = await LineAsync(session, cancellation);
        var detail = $"the server answered {PlainText.Quote(Encoding.Latin1.GetBytes(line))}";
        if (line == $"YES {As}") return new(AnswerKind.LetIn, Evidence.ApplicationData, detail) { IsReply = true };
        return line switch
        {
            "YES" => new(AnswerKind.LetIn, Evidence.ApplicationData, detail),
            "BUSY" => new(AnswerKind.LetIn, Evidence.ApplicationData, detail) { Unexpected = Busy, Doubt = new("a doorman says so", "Ask the master.") },
            "NO" => new(AnswerKind.Refused, Evidence.ApplicationData, detail) { Reason = Turned, Unexpected = Turned },
            "PERHAPS" => new(AnswerKind.Unclear, Evidence.ApplicationData, detail) { Missing = ", and no more", Hint = "Ask again." },
            _ => new(AnswerKind.NotUnderstood, Evidence.ApplicationData, detail),
        };
    }

    private static async Task SayAsync(Stream stream, string line, CancellationToken cancellation) => await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\n"), cancellation);

    /// <summary>A line, or its first 100 bytes.</summary>
    /// <exception cref="EndOfStreamException">The server closed before the end of the line.</exception>
    private static async Task<string> LineAsync(Stream stream, CancellationToken cancellation)
    {
        var line = new StringBuilder();
        for (var one = new byte[1]; line.Length < 100;)
        {
            await stream.ReadExactlyAsync(one, cancellation);
            if (one[0] == '\n') return line.ToString();
            line.Append((char)one[0]);
        }

        return line.ToString();
    }

    private static Reading<string> NameOf(string text) =>
        text.Length is > 0 and < 50 && text.All(char.IsAsciiLetterOrDigit) ? text : Reading<string>.Wrong("is no name for a line", "letters and digits");
}

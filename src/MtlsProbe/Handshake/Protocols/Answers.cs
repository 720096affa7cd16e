using System.Text;
using System.Text.RegularExpressions;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Handshake;

/// <summary>What a server can answer in a protocol other than HTTP. <c>docs/protocols.md</c> says which answer means what.</summary>
internal static partial class Answers
{
    /// <summary>
    /// "Certificate" in the languages that servers are translated into (PostgreSQL has them all): German, French, Spanish, Italian, Swedish,
    /// Czech, Turkish; Polish; Russian; Japanese; Chinese; Korean.
    /// </summary>
    private static readonly string[] s_certificate = ["ertifi", "ertyfi", "ертифи", "証明書", "证书", "憑證", "인증서"];

    /// <summary>By an answer that is only possible after the request.</summary>
    public static ServerAnswer LetIn(string detail) => new(AnswerKind.LetIn, Evidence.ProtocolAnswer, detail) { IsReply = true };

    /// <summary>The session is open, but that may not be everything: servers of this protocol check the certificate only at a login.</summary>
    public static ServerAnswer SessionStands(string detail) => LetIn(detail) with
    {
        Doubt = new(
            "this answer came before the login, and servers of this protocol may check the certificate only at the login",
            "Before a login, nothing shows whether this server refuses the credential. Configure it to request the certificate in the handshake, or see docs/protocols.md."),
    };

    /// <summary>Because of the credential. A server that asked for none cannot mean that, and its answer counts as unexpected.</summary>
    public static ServerAnswer Refused(string detail) => new(AnswerKind.Refused, Evidence.ProtocolAnswer, detail) { Reason = Reasons.RefusedByProtocol, Unexpected = Reasons.UnexpectedAnswer };

    /// <summary>The session is open, but the server is not serving. It may send this to every client before it checks any.</summary>
    public static ServerAnswer Down(string detail) => new(AnswerKind.LetIn, Evidence.ProtocolAnswer, detail)
    {
        Unexpected = Reasons.NotServing,
        Doubt = new("a server that is not serving may answer every client like this", "Fix the service; until then, nothing shows whether it refuses."),
    };

    /// <summary>The session is open, but the server does not fulfil the request, for a reason unrelated to the credential.</summary>
    /// <param name="hint">The setting that makes the request work.</param>
    public static ServerAnswer Unwilling(string detail, string hint) => new(AnswerKind.LetIn, Evidence.ProtocolAnswer, detail)
    {
        Unexpected = Reasons.UnexpectedAnswer,
        Doubt = new("this is about the request, not about the client", hint),
    };

    /// <summary>The server turned us away, possibly because of the credential.</summary>
    /// <param name="missing">Why the cause is not known, as text that follows the detail.</param>
    public static ServerAnswer Unclear(string detail, string missing, string hint) => new(AnswerKind.Unclear, Evidence.ProtocolAnswer, detail)
    {
        Unexpected = Reasons.UnexpectedAnswer,
        Missing = missing,
        Hint = hint,
    };

    /// <summary>
    /// Whether the text itself mentions a certificate. Repeated names (quoted text, hosts, identifiers, paths) can contain the word for any reason.
    /// </summary>
    public static bool SpeaksOfCertificate(string text)
    {
        var words = Names().Replace(text, " ");
        return Array.Exists(s_certificate, stem => words.Contains(stem, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The beginning of a detail.</summary>
    public static string Said(string text) => $"the server answered {Quoted(text)}";

    /// <summary>Text of the server, escaped and truncated.</summary>
    public static string Quoted(string text) => PlainText.QuoteLines(Encoding.Latin1.GetBytes(text));

    /// <summary>Quoted text, and words with a dot, an underscore, an at sign or a slash between letters.</summary>
    [GeneratedRegex("""(?<![\w])(["'`])[^"'`\n]*\1(?![\w])|\S*\w[._@/]\w\S*""", RegexOptions.CultureInvariant)]
    private static partial Regex Names();
}

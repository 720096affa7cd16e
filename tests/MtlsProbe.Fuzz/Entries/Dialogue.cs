using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Fuzz;

/// <summary>How a protocol reads the words of a server: the same whether they arrive at once or in pieces, and only with safe texts.</summary>
internal static class Dialogue
{
    private const int LongestDetail = 3000;

    /// <summary>Longer words arrive in larger pieces: a byte at a time takes too long.</summary>
    private const int MostByBytes = 4096;

    private static readonly Secret s_word = new("word"u8.ToArray());

    /// <param name="isBefore">Before TLS, not inside it.</param>
    public static string Run(Protocol protocol, bool isBefore, byte[] said)
    {
        var at = Once(protocol, isBefore, said, said.Length);
        foreach (var piece in said.Length > MostByBytes ? (int[])[1000] : [1, 7])
        {
            var inPieces = Once(protocol, isBefore, said, piece);
            Claim.Holds(WithoutWords(inPieces) == WithoutWords(at), $"in pieces the answer is different: {inPieces}; at once: {at}");
        }

        return at.Split('"')[0];
    }

    /// <summary>The quote of an answer that is not understood is as long as the received part.</summary>
    private static string WithoutWords(string answer) => answer.StartsWith(nameof(AnswerKind.NotUnderstood), StringComparison.Ordinal) ? answer.Split('"')[0] : answer;

    public static string Once(Protocol protocol, bool isBefore, byte[] said, int piece)
    {
        using var server = new SaidBytes(said, piece, afterHeaders: protocol.Alpn.Contains("h2"));
        var target = new Target { Name = "a", Address = new HostPort(SeedPki.ServerName, 443), ServerName = SeedPki.ServerName, Protocol = protocol };
        try
        {
            if (isBefore)
            {
                var refused = protocol.Upgrade!(server, target, CancellationToken.None).GetAwaiter().GetResult();
                Claim.Visible(refused, "the detail", LongestDetail);
                return refused ?? "TLS may begin";
            }

            var answer = protocol.Question!.Ask(server, target, protocol.Login is PasswordLogin ? s_word : null, CancellationToken.None).GetAwaiter().GetResult();
            return answer is null ? "no answer" : Checked(answer);
        }
        catch (IOException) when (server.FinalEvent is not null)
        {
            return "no answer";
        }
    }

    private static string Checked(ServerAnswer answer)
    {
        Claim.Visible(answer.Detail, "the detail", LongestDetail);
        Claim.Visible(answer.Missing, "what is missing", LongestDetail);
        Claim.Visible(answer.Hint, "the hint", LongestDetail);
        Claim.Holds(answer.Kind is not (AnswerKind.Refused or AnswerKind.Elsewhere) || answer.Reason is not null, $"an answer of kind {answer.Kind} has no reason");
        Claim.Holds(answer.Kind is not (AnswerKind.Refused or AnswerKind.Unclear) || answer.Unexpected is not null || answer.Evidence == Evidence.HttpStatus, $"an answer of kind {answer.Kind} is not marked as unexpected");
        return $"{answer.Kind} {answer.Detail}";
    }
}

namespace MtlsProbe.Model;

/// <summary>
/// A server's answer to the request after the handshake, as the protocol interprets it. What it means for the credential is judged elsewhere, by one
/// rule for all protocols: only a server that asked for a certificate can refuse it.
/// </summary>
/// <param name="Evidence">The kind of evidence, for the record.</param>
/// <param name="Detail">A sentence without a capital letter: "the server answered …". Quoted text of the server is escaped and truncated.</param>
internal sealed record ServerAnswer(AnswerKind Kind, Evidence Evidence, string Detail)
{
    /// <summary>The entry of the taxonomy, for <see cref="AnswerKind.Refused"/> and <see cref="AnswerKind.Elsewhere"/>.</summary>
    public Reason? Reason { get; init; }

    /// <summary>That entry, if the kind requires one.</summary>
    /// <exception cref="InvalidOperationException">The protocol has given none: an error in our code, which must not count as acceptance.</exception>
    public Reason Cause => Reason ?? throw new InvalidOperationException($"an answer of kind {Kind} has no reason");

    /// <summary>
    /// Only the request can have caused this answer: it repeats the number of the request, has its place in a dialogue, or no server sends it
    /// unasked. Any other answer counts only if the server was silent for a while before the request.
    /// </summary>
    public bool IsReply { get; init; }

    /// <summary>For <see cref="AnswerKind.LetIn"/>: the answer to a login, possibly one that uses only the certificate.</summary>
    public bool IsLogin { get; init; }

    /// <summary>
    /// For <see cref="AnswerKind.Refused"/> and <see cref="AnswerKind.Unclear"/>: the answer came before a login. It then does not prove acceptance,
    /// even if the server asked for no certificate.
    /// </summary>
    public bool IsLoginFailure { get; init; }

    /// <summary>Why the answer is not a success although the server accepted us; null if it is a success.</summary>
    public Reason? Unexpected { get; init; }

    /// <summary>
    /// For <see cref="AnswerKind.Refused"/>: the server gives the same answer for other reasons. It is therefore a refusal only if we presented no
    /// certificate; otherwise it counts as <see cref="AnswerKind.Unclear"/>.
    /// </summary>
    public bool OnlyWithout { get; init; }

    /// <summary>
    /// For <see cref="AnswerKind.Unclear"/>: a more specific entry of the taxonomy than that nothing was confirmed; null if there is none.
    /// </summary>
    public Reason? WhyUnclear { get; init; }

    /// <summary>For <see cref="AnswerKind.Unclear"/>: what is missing, as text that follows <see cref="Detail"/>.</summary>
    public string Missing { get; init; } = "";

    /// <summary>For <see cref="AnswerKind.Unclear"/>: how to find out; null if there is no advice.</summary>
    public string? Hint { get; init; }

    /// <summary>The server's time in the answer; null if there was none, or if it may be out of date.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>
    /// Why it is possible that something other than the service accepted us; null if that is not possible. It matters for a credential that must be
    /// refused.
    /// </summary>
    public Doubt? Doubt { get; init; }
}

/// <summary>What a server answered.</summary>
internal enum AnswerKind
{
    /// <summary>It answers as it does to accepted clients.</summary>
    LetIn,

    /// <summary>
    /// It refuses us because of our identity. If the server asked for no certificate, this counts as <see cref="LetIn"/>, and
    /// <see cref="ServerAnswer.Unexpected"/> must then say what is wrong. At a login it counts as <see cref="Unclear"/>.
    /// </summary>
    Refused,

    /// <summary>
    /// It refuses us, but the cause may not be our identity. If the server asked for no certificate, this counts as <see cref="LetIn"/>, except at a
    /// login.
    /// </summary>
    Unclear,

    /// <summary>A different server from the one that we meant has answered.</summary>
    Elsewhere,

    /// <summary>The answer is in a different protocol from ours.</summary>
    NotUnderstood,
}

/// <summary>Why an answer does not show that the service itself accepted the client.</summary>
/// <param name="Why">As text that follows the detail of the answer and a colon.</param>
/// <param name="Asked">True: applies only if the server asked for a certificate. False: only if it did not. Null: in both cases.</param>
internal sealed record Doubt(string Why, string Hint, bool? Asked = null);

namespace MtlsProbe.Model;

/// <summary>
/// A server's answer to the request after the handshake, as the protocol understands it. Its meaning for the credential is judged elsewhere, by one
/// rule for all protocols: only a server that asked for a certificate can refuse it.
/// </summary>
/// <param name="Evidence">The kind of evidence, for the record.</param>
/// <param name="Detail">A sentence without a capital letter: "the server answered …". Text of the server in it is escaped and truncated.</param>
internal sealed record ServerAnswer(AnswerKind Kind, Evidence Evidence, string Detail)
{
    /// <summary>With <see cref="AnswerKind.Refused"/> and <see cref="AnswerKind.Elsewhere"/>: the entry of the taxonomy.</summary>
    public Reason? Reason { get; init; }

    /// <summary>That entry, where there has to be one.</summary>
    /// <exception cref="InvalidOperationException">The protocol has given none: an error in our code, which must not count as acceptance.</exception>
    public Reason Cause => Reason ?? throw new InvalidOperationException($"an answer of kind {Kind} has no reason");

    /// <summary>
    /// Nothing but the question can have brought it: it carries its number, has its place in a dialogue, or no server says it unasked. An answer
    /// that is not so counts only when a silence came before the question, in which the server did not speak.
    /// </summary>
    public bool IsReply { get; init; }

    /// <summary>With <see cref="AnswerKind.LetIn"/>: the answer to a login, possibly with only the certificate.</summary>
    public bool IsLogin { get; init; }

    /// <summary>
    /// With <see cref="AnswerKind.Refused"/> and <see cref="AnswerKind.Unclear"/>: before a login. It does not prove acceptance then,
    /// be it that the server asked for no certificate.
    /// </summary>
    public bool IsLoginFailure { get; init; }

    /// <summary>Why the answer is not a success although the server let us in; null if it is one.</summary>
    public Reason? Unexpected { get; init; }

    /// <summary>
    /// With <see cref="AnswerKind.Refused"/>: the server gives the same answer for other reasons. So it is a refusal only if we presented no
    /// certificate; otherwise it counts as <see cref="AnswerKind.Unclear"/>.
    /// </summary>
    public bool OnlyWithout { get; init; }

    /// <summary>With <see cref="AnswerKind.Unclear"/>: the entry of the taxonomy that says more than that nothing was confirmed; null where none does.</summary>
    public Reason? WhyUnclear { get; init; }

    /// <summary>With <see cref="AnswerKind.Unclear"/>: what is missing, as text that follows <see cref="Detail"/>.</summary>
    public string Missing { get; init; } = "";

    /// <summary>With <see cref="AnswerKind.Unclear"/>: how to find out; null if there is no advice.</summary>
    public string? Hint { get; init; }

    /// <summary>The server's time in the answer; null if there was none, or it may be old.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>Why it may not be the service that let us in; null if it is. It matters for a credential that must be refused.</summary>
    public Doubt? Doubt { get; init; }
}

/// <summary>What a server answered.</summary>
internal enum AnswerKind
{
    /// <summary>As for accepted clients.</summary>
    LetIn,

    /// <summary>
    /// It refuses us because of our identity. From a server that asked for no certificate: as <see cref="LetIn"/>, so <see
    /// cref="ServerAnswer.Unexpected"/> must say what is wrong then; at a login as <see cref="Unclear"/>.
    /// </summary>
    Refused,

    /// <summary>
    /// It refuses us, but it is not known whether because of our identity. From a server that asked for no certificate: as <see cref="LetIn"/>,
    /// except at a login.
    /// </summary>
    Unclear,

    /// <summary>Another server than the one we meant has answered.</summary>
    Elsewhere,

    /// <summary>In another protocol than ours.</summary>
    NotUnderstood,
}

/// <summary>Why an answer does not show that the service itself let the client in.</summary>
/// <param name="Why">As text that follows the answer's detail and a colon.</param>
/// <param name="Asked">True: only for a server that asked for a certificate; false: only for one that did not; null: for both.</param>
internal sealed record Doubt(string Why, string Hint, bool? Asked = null);

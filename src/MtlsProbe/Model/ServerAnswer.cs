namespace MtlsProbe.Model;

/// <summary>
/// What a server answered to what it was asked after the handshake, as the protocol understands it. What it means for the credential is
/// judged elsewhere, by a rule that holds for all protocols: only who asked for a certificate can refuse it.
/// </summary>
/// <param name="Evidence">What the answer is, for the record.</param>
/// <param name="Detail">A sentence that begins in the middle: "the server answered …". Text of the server in it is visible and cut.</param>
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

    /// <summary>With <see cref="AnswerKind.LetIn"/>: to somebody who logs in, be it by the certificate alone.</summary>
    public bool IsLogin { get; init; }

    /// <summary>
    /// With <see cref="AnswerKind.Refused"/> and <see cref="AnswerKind.Unclear"/>: before a login. It does not prove acceptance then,
    /// be it that the server asked for no certificate.
    /// </summary>
    public bool IsLoginFailure { get; init; }

    /// <summary>Why the answer is no success though the server let us in; null where it is one.</summary>
    public Reason? Unexpected { get; init; }

    /// <summary>
    /// With <see cref="AnswerKind.Refused"/>: the server says the same for other reasons, so that it refuses whom we know to have shown no
    /// certificate, and of who has shown one it is as <see cref="AnswerKind.Unclear"/>.
    /// </summary>
    public bool OnlyWithout { get; init; }

    /// <summary>With <see cref="AnswerKind.Unclear"/>: the entry of the taxonomy that says more than that nothing was confirmed; null where none does.</summary>
    public Reason? WhyUnclear { get; init; }

    /// <summary>With <see cref="AnswerKind.Unclear"/>: what is missing, in words that follow <see cref="Detail"/>.</summary>
    public string Missing { get; init; } = "";

    /// <summary>With <see cref="AnswerKind.Unclear"/>: how to see it; null where there is nothing to be said.</summary>
    public string? Hint { get; init; }

    /// <summary>The time that the server told with it; null where it told none, or one that may be old.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>Why it may not be the service that let us in; null where it is. It matters for a credential that has to be refused.</summary>
    public Doubt? Doubt { get; init; }
}

/// <summary>What a server answered.</summary>
internal enum AnswerKind
{
    /// <summary>As it answers those whom it lets in.</summary>
    LetIn,

    /// <summary>
    /// It turns us away because of who we are. Of a server that asked for no certificate: as <see cref="LetIn"/>, so that
    /// <see cref="ServerAnswer.Unexpected"/> has to say what is wrong then; at a login as <see cref="Unclear"/>.
    /// </summary>
    Refused,

    /// <summary>It turns us away, and nobody can tell whether because of who we are. Of a server that asked for no certificate: as <see cref="LetIn"/>, but at a login.</summary>
    Unclear,

    /// <summary>Another server than the one we meant has answered.</summary>
    Elsewhere,

    /// <summary>In another protocol than ours.</summary>
    NotUnderstood,
}

/// <summary>Why an answer does not show that the service itself let the client in.</summary>
/// <param name="Why">In words that follow the answer's detail and a colon.</param>
/// <param name="Asked">Of a server that asked for a certificate, or of one that did not; null: of both.</param>
internal sealed record Doubt(string Why, string Hint, bool? Asked = null);

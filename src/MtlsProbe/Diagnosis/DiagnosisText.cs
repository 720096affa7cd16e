using MtlsProbe.Model;

namespace MtlsProbe.Diagnosis;

/// <summary>
/// A result as text for a person in a hurry: the verdict in the first line, then how far the probe got, what each side showed
/// the other, and at the end what to do. Text from the peer is bounded and made visible (see <see cref="VisibleText"/>).
/// </summary>
internal static class DiagnosisText
{
    /// <param name="output">Its encoding decides between box drawing and ASCII.</param>
    /// <param name="color">Whether to use ANSI colours.</param>
    /// <param name="now">For "days left".</param>
    public static void Write(ProbeResult result, TextWriter output, bool color, DateTimeOffset now) => Write(result, new Pen(output, color), now);

    public static void Write(ProbeResult result, Pen pen, DateTimeOffset now)
    {
        Headline(result, pen);
        Attempt(result, pen);
        PhaseTable.Write(result, pen);
        new ChainTree(result, pen, now).Write();
        ClientSide.Write(result, pen, now);
        Verdict(result, pen);
    }

    /// <summary>The sign says whether the probe succeeded, the word what the server did.</summary>
    private static void Headline(ProbeResult result, Pen pen)
    {
        var word = result.Outcome.Label().ToUpperInvariant();
        var target = result.Target == result.Address ? result.Target : $"{result.Target} ({result.Address})";
        var next = result.Slot == Slot.Next ? ", next credential" : "";
        var sentence = result.Expect == Expectation.Reject ? Enforcement(result, pen) : Sentence(result);
        pen.Line($"{(result.Success ? pen.Tick : pen.Cross)} {pen.Strong(result.Success ? pen.Good(word) : pen.Bad(word))}  {pen.Safe(target)}{next}: {sentence}");
    }

    /// <summary>Whether the server refuses what it has to refuse.</summary>
    private static string Enforcement(ProbeResult result, Pen pen)
    {
        var client = pen.Safe(CredentialText.Client(result.Identity));
        return result.Failure switch
        {
            null => $"the server refuses {client}, as it must",
            { Class: FailureClass.Enforcement } => $"the server let in {client}, which it must refuse",
            var failure => $"{failure.Reason.Sentence}; whether it refuses {client}, as it must, is not known",
        };
    }

    private static string Sentence(ProbeResult result) => result switch
    {
        { Failure: { } failure } => failure.Reason.Sentence + (RefusedForNothing(result) ? "; we sent none" : ""),
        { ClientCertificate.Presented: not null } => "the server accepts our certificate",
        { ClientCertificate.Requested: true } => "the server lets us in without a client certificate, although it asked for one",
        { ClientCertificate.Requested: false } when result.Identity != Identity.None =>
            "accepted, but the server did not ask for our certificate: mTLS is not in force here",
        _ => "the handshake is good; the server asked for no client certificate",
    };

    /// <summary>We sent no certificate, and the reason does not say so by itself.</summary>
    private static bool RefusedForNothing(ProbeResult result) =>
        result is { Outcome: Outcome.Rejected, ClientCertificate: { Requested: true, Presented: null } } && result.Failure?.Reason != Reasons.CertificateRequired;

    private static void Attempt(ProbeResult result, Pen pen)
    {
        var mustRefuse = result.Expect == Expectation.Reject ? ", which the server must refuse" : "";
        pen.Line();
        pen.Line($"  identity   {pen.Safe(CredentialText.Name(result.Identity, result.Slot))}{mustRefuse}");
        pen.Line($"  connected  {(result.Remote is { } remote ? pen.Safe(remote) : "no")}");
        pen.Line($"  at         {result.At.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}");
    }

    private static void Verdict(ProbeResult result, Pen pen)
    {
        if (result.Failure is not { } failure) return;

        pen.Section("Verdict");
        Field("result", $"{result.Outcome.Label()}: {Meaning(result.Outcome, failure.Class)}");
        Field("reason", $"{failure.Class.Label()} / {failure.Reason.Label}, in phase {failure.Phase.Label()}");
        if (result.Evidence is { } evidence) Field("evidence", EvidenceText.Of(evidence, failure.Alert));
        if (failure.Detail.Length > 0) Field("detail", pen.Safe(failure.Detail, 1000));

        pen.Section("What to do");
        if (RefusedForNothing(result) && result.Identity == Identity.None) pen.Prose("  ", "  ", Reasons.CertificateRequired.Hint);
        pen.Prose("  ", "  ", failure.Hint);
        foreach (var other in result.Chain?.Errors.Where(error => error != failure.Reason) ?? [])
            pen.Prose("  ", "  ", $"Also, {other.Label}: {other.Hint}");

        void Field(string name, string text) => pen.Prose($"  {name,-10} ", new string(' ', 13), text);
    }

    /// <summary>Who refused whom.</summary>
    private static string Meaning(Outcome outcome, FailureClass failure) => (outcome, failure) switch
    {
        (Outcome.Accepted, FailureClass.ServerCertificate) => "the server accepts us, but serves another certificate than the expected one",
        (Outcome.Accepted, FailureClass.Identity) => "the server accepts us; which certificate it should serve is not known, for a file of ours",
        (Outcome.Unconfirmed, _) => "the server neither accepted nor refused us",
        (_, FailureClass.Network) => "no connection; nobody refused anybody",
        (_, FailureClass.Protocol) => "no TLS session; the server never judged our certificate",
        (_, FailureClass.ServerCertificate) => "we do not trust the server",
        (_, FailureClass.ClientCertificate) => "the server does not trust us",
        (_, FailureClass.Identity) => "our own files are at fault; the server was not asked",
        (_, FailureClass.Application) => "the server accepted us; what came after it failed",
        (_, FailureClass.Enforcement) => "the server let in what it must refuse",
        _ => "a fault of the prober",
    };
}

using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Terminal;

/// <summary>
/// A result as text for a person in a hurry: the verdict in the first line, then how far the probe got, what each side presented, and at the end what
/// to do. Text from the peer is escaped and truncated (see <see cref="VisibleText"/>).
/// </summary>
internal static class DiagnosisText
{
    /// <summary>Advice can contain names of certificates.</summary>
    private const int MaxAdvice = 2000;

    /// <param name="output">Its encoding decides between box drawing and ASCII.</param>
    /// <param name="color">Whether to use ANSI colors.</param>
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

    /// <summary>The sign shows whether the probe succeeded; the text says what the server did, or what is wrong although it accepts us.</summary>
    private static void Headline(ProbeResult result, Pen pen)
    {
        var word = VerdictText.Words(result);
        var target = result.Target == result.Address ? result.Target : $"{result.Target} ({result.Address})";
        var next = result.Slot == Slot.Next ? ", next credential" : "";
        var sentence = pen.Safe(VerdictText.Headline(result), 500);
        pen.Line($"{(result.Success ? pen.Tick : pen.Cross)} {pen.Strong(result.Success ? pen.Good(word) : pen.Bad(word))}  {pen.Safe(target)}{next}: {sentence}");
    }

    private static void Attempt(ProbeResult result, Pen pen)
    {
        var mustRefuse = result.Expect == Expectation.Reject ? ", which the server must refuse" : "";
        pen.Line();
        pen.Line($"  identity   {pen.Safe(CredentialText.Name(result.Identity, result.Slot))}{mustRefuse}");
        pen.Line($"  connected  {(result.Remote is { } remote ? pen.Safe(remote) : "no")}");
        if (WayText.Of(result) is { } way) pen.Prose("  way        ", new string(' ', 13), pen.Safe(way, 1000));
        pen.Line($"  at         {Times.Second(result.At)}");
        if (result.ServerClock is { IsOff: true } clock) pen.Line($"  clock      {pen.Warning($"the server's is {clock.Words}")}");
    }

    private static void Verdict(ProbeResult result, Pen pen)
    {
        if (result.Failure is not { } failure)
        {
            if (result.Control is null) return;
            pen.Section("Verdict");
            if (result.Evidence is { } shown) Field("evidence", EvidenceText.Of(shown, null));
            Field("control", ControlText.Of(result.Control));
            return;
        }

        pen.Section("Verdict");
        Field("result", $"{result.Outcome.Label()}: {VerdictText.Meaning(result)}");
        Field("reason", $"{failure.Class.Label()} / {failure.Reason.Label}, in phase {failure.Phase.Label()}");
        if (result.Evidence is { } evidence) Field("evidence", EvidenceText.Of(evidence, failure.Alert));
        if (result.Control is { } control) Field("control", ControlText.Of(control));
        if (failure.Detail.Length > 0) Field("detail", pen.Safe(failure.Detail, 1000));

        pen.Section("What to do");
        foreach (var advice in VerdictText.Advice(result)) pen.Prose("  ", "  ", pen.Safe(advice, MaxAdvice));
        pen.Line($"  more: {failure.Reason.Command}");

        void Field(string name, string text) => pen.Prose($"  {name,-10} ", new string(' ', 13), text);
    }
}

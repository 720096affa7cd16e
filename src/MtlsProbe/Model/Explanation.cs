using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>All that is known about a reason beyond its sentence and its hint: <c>mtlsprobe explain</c> and docs/reasons.md.</summary>
/// <param name="Evidence">What has been seen when a result has this reason, and what it does not show.</param>
/// <param name="Causes">The most likely first.</param>
internal sealed record Explanation(Reason Reason, string Evidence, ValueList<Cause> Causes)
{
    public Explanation(Reason reason, string evidence, params ReadOnlySpan<(string What, string Remedy)> causes)
        : this(reason, evidence, Listed(causes))
    {
    }

    private static ValueList<Cause> Listed(ReadOnlySpan<(string What, string Remedy)> causes)
    {
        var listed = new Cause[causes.Length];
        for (var i = 0; i < causes.Length; i++) listed[i] = new Cause(causes[i].What, causes[i].Remedy);
        return [.. listed];
    }
}

/// <summary>One possible cause.</summary>
/// <param name="What">The cause.</param>
/// <param name="Remedy">How to distinguish it from the others, and what to do.</param>
internal sealed record Cause(string What, string Remedy);

/// <summary>What the reasons of one class have in common.</summary>
/// <param name="Meaning">Who is at fault, and what is known about the credential.</param>
/// <param name="Runbooks">Names of the pages in docs/runbooks about it.</param>
internal sealed record ClassExplanation(FailureClass Class, string Meaning, ValueList<string> Runbooks);

using MtlsProbe.Model;

namespace MtlsProbe.Tests.Model;

/// <summary>Every reason can be explained.</summary>
public sealed class ExplanationsTests
{
    [Fact]
    public void Every_reason_has_an_explanation_with_its_evidence_and_causes()
    {
        Assert.Empty(Reasons.All.Where(reason => !Explanations.Has(reason)).Select(reason => $"{reason.Class.Label()}/{reason.Label} has none"));
        Assert.All(Reasons.All.Select(Explanations.Of), explanation =>
        {
            Assert.EndsWith(".", explanation.Evidence, StringComparison.Ordinal);
            Assert.True(explanation.Causes.Count >= 2, $"{explanation.Reason} has only one cause, so the reason should be that cause");
            Assert.All(explanation.Causes, cause => Assert.Matches(@"^\S.*\.$", cause.What));
            Assert.All(explanation.Causes, cause => Assert.Matches(@"^\S.*[.?]$", cause.Remedy));
            Assert.Equal(explanation.Causes.Count, explanation.Causes.Select(cause => cause.What).Distinct().Count());
        });
    }

    [Fact]
    public void No_two_reasons_have_the_same_text() =>
        Assert.Equal(Reasons.All.Count, Reasons.All.Select(reason => Explanations.Of(reason).Evidence).Distinct().Count());

    [Fact]
    public void Every_class_is_explained_and_its_runbooks_exist()
    {
        Assert.Equal(Enum.GetValues<FailureClass>(), Explanations.Classes.Select(of => of.Class));
        Assert.All(Explanations.Classes.SelectMany(of => of.Runbooks), runbook => Assert.True(File.Exists(Path.Combine(Repository.Root, "docs", "runbooks", $"{runbook}.md")), runbook));
    }

    [Fact]
    public void Our_own_commands_in_the_texts_are_named_as_they_are_typed() =>
        Assert.All(Reasons.All.SelectMany(reason => Explanations.Of(reason).Causes), cause => Assert.DoesNotMatch("mtlsprobe (?!probe |check-config|preflight|explain|serve|_)", cause.Remedy.Replace("mtlsprobe_", "_", StringComparison.Ordinal)));
}

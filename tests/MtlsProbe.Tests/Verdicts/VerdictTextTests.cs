using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Verdicts;

/// <summary>The meaning of a failure, in words that fit what was seen.</summary>
public sealed class VerdictTextTests
{
    [Fact]
    public void After_an_answer_the_text_does_not_say_that_one_is_missing()
    {
        Assert.Equal("the server refused the login; it did not say whether the certificate was the cause", Meaning(Reasons.LoginRefused));
        Assert.Equal("the server neither accepted nor refused us: it is not serving, and did not check the login", Meaning(Reasons.NotServing));
        Assert.EndsWith("only an answer to our request would have shown it", Meaning(Reasons.ApplicationTimeout), StringComparison.Ordinal);
    }

    private static string? Meaning(Reason reason) => VerdictText.Meaning(Samples.Accepted(Samples.Target()) with
    {
        Outcome = Outcome.Unconfirmed, Success = false, Failure = new Failure(Phase.Application, reason, null, ""),
    });
}

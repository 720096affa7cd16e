using System.Text;
using MtlsProbe.Api;

namespace MtlsProbe.Tests.Api;

public class FirstAnswersTests
{
    [Fact]
    public void The_first_answers_for_the_page_have_rows_of_every_condition()
    {
        using var made = new MemoryStream();
        FirstAnswers.Make(Fleets.OfEveryCondition(), made);

        var text = Encoding.UTF8.GetString(made.ToArray());
        Assert.Contains("\"scheduler\":", text, StringComparison.Ordinal); // of the summary
        Assert.Contains("\"target\":\"not_enforced\"", text, StringComparison.Ordinal); // a row of the targets
        Assert.Contains("\"groups\":[{", text, StringComparison.Ordinal);
    }
}

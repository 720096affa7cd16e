using System.Globalization;
using System.Text.RegularExpressions;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Probing;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Handshake;

/// <summary>The two tables of docs/http.md about what an HTTP answer proves, row by row.</summary>
public sealed partial class DocumentedAnswersTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "http.md"));

    [Fact]
    public void The_first_table_says_what_each_answer_proves()
    {
        var rows = Rows("after the request").Where(row => Statuses(row[0]).Count > 0).ToList();
        Assert.Equal(5, rows.Count);
        foreach (var row in rows)
        {
            var words = Code().Matches(row[1]).Select(match => match.Groups[1].Value).ToList();
            foreach (var (status, speaks) in Statuses(row[0]))
            {
                var result = Judged(status, speaks, asked: true, Expectation.Accept);
                var reason = result.Outcome == Outcome.Accepted ? null : words[1];
                Assert.Equal((row[0], words[0], reason), (row[0], result.Outcome.Label(), result.Failure?.Reason.Label));
            }
        }
    }

    [Fact]
    public void The_second_table_says_what_each_answer_proves_about_a_credential_that_must_be_refused()
    {
        var rows = Rows("status").ToList();
        Assert.Equal(7, rows.Count);
        foreach (var row in rows)
        {
            foreach (var (status, speaks) in Statuses(row[0]))
            {
                Assert.Equal((row[0], Word(row[1])), (row[0], Shown(status, speaks, asked: true)));
                Assert.Equal((row[0], Word(row[2])), (row[0], Shown(status, speaks, asked: false)));
            }
        }

        static string Word(string cell) => cell.Split(':', ';', '(')[0].Trim();
    }

    private static string Shown(int status, bool? speaks, bool asked) => Judged(status, speaks, asked, Expectation.Reject) switch
    {
        { Success: true } => "refused",
        { Failure.Reason: var reason } when reason == Reasons.NotRefused => "let in",
        _ => "unknown",
    };

    private static ProbeResult Judged(int status, bool? speaks, bool asked, Expectation expect)
    {
        var jobs = ProbePlan.For(Jobs.Target("a") with { MustReject = [Identity.None], RequestExpected = false }, nextIsStaged: _ => false, Replicas.AsConfigured);
        return Judge.Result(jobs.Single(job => job.Key.Expect == expect), new Observation
        {
            At = TestPki.Now,
            FinalEvent = HttpAnswers.Of(status, speaks),
            ClientCertificate = new ClientCertificateFacts { Requested = asked, Presented = asked && expect == Expectation.Accept ? TestPki.SelfSignedLeaf("c").Certificate : null },
            CertificateAnswered = asked,
            Chain = new ChainVerdict(),
            Timings = new Timings { Total = 1 },
        }, Pins.None);
    }

    /// <summary>The statuses in a cell and, for a 400, what its body says.</summary>
    private static IReadOnlyList<(int Status, bool? Speaks)> Statuses(string cell)
    {
        if (cell.StartsWith("any other", StringComparison.Ordinal)) return [(200, false), (302, false), (400, false), (404, false), (500, false)];
        if (cell.StartsWith("not HTTP", StringComparison.Ordinal)) return [];
        bool? ofBody = cell.Contains("without a readable body", StringComparison.Ordinal) ? null : cell.Contains("certificate", StringComparison.Ordinal);
        return [.. Status().Matches(cell).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture)).Select(status => (status, status == 400 ? ofBody : false))];
    }

    /// <summary>The cells of each row of the table with this heading, below the title of the section.</summary>
    private static IEnumerable<string[]> Rows(string heading)
    {
        var section = s_page[s_page.IndexOf("## What an answer proves", StringComparison.Ordinal)..];
        var table = section[section.IndexOf($"\n| {heading} |", StringComparison.Ordinal)..].TrimStart('\n');
        return table.Split('\n').TakeWhile(line => line.StartsWith('|')).Skip(2).Select(line => line.Trim('|').Split(" | ").Select(cell => cell.Trim()).ToArray());
    }

    [GeneratedRegex(@"\b[1-5]\d\d\b")]
    private static partial Regex Status();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}

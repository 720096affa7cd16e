using MtlsProbe.Model;

namespace MtlsProbe.Tests.Cli;

/// <summary><c>mtlsprobe explain</c>.</summary>
public sealed class ExplainCommandTests
{
    [Fact]
    public async Task A_reason_is_explained_with_its_evidence_its_causes_and_what_to_do()
    {
        var printed = await Terminal.RunAsync("explain", "unknown_ca");

        Assert.Equal((0, ""), (printed.Code, printed.Error));
        Assert.StartsWith("client_certificate / unknown_ca\n  The server does not know the authority that issued the client certificate.\n\nEvidence\n", printed.Output, StringComparison.Ordinal);
        Assert.Contains("\nPossible causes, the most likely first\n  1. ", printed.Output, StringComparison.Ordinal);
        Assert.Contains("\nWhat to do first\n  Add the issuing root to the server's client trust store", printed.Output, StringComparison.Ordinal);
        Assert.EndsWith(
            "\nSee also\n  https://github.com/mtlsprobe/mtlsprobe/blob/main/docs/reasons.md#client_certificate-unknown_ca\n"
            + "  https://github.com/mtlsprobe/mtlsprobe/blob/main/docs/runbooks/MtlsProbeCredentialRefused.md\n"
            + "  https://github.com/mtlsprobe/mtlsprobe/blob/main/docs/runbooks/MtlsProbeNextCredentialRefused.md\n", printed.Output, StringComparison.Ordinal);
        Assert.Equal(printed, await Terminal.RunAsync("explain", "client_certificate/unknown_ca"));
    }

    [Fact]
    public async Task A_label_in_two_classes_is_explained_for_both_or_for_one_with_its_class()
    {
        var both = (await Terminal.RunAsync("explain", "closed")).Output;
        Assert.Contains("protocol / closed\n", both, StringComparison.Ordinal);
        Assert.Contains("application / closed\n", both, StringComparison.Ordinal);

        var one = (await Terminal.RunAsync("explain", "application/closed")).Output;
        Assert.StartsWith("application / closed\n", one, StringComparison.Ordinal);
        Assert.DoesNotContain("protocol / closed", one, StringComparison.Ordinal);
        Assert.Equal(("application/closed", "unknown_ca"), (Reasons.ApplicationClosed.Name, Reasons.UnknownCa.Name));
    }

    [Fact]
    public async Task The_command_that_a_result_names_explains_its_reason_and_no_other()
    {
        foreach (var reason in Reasons.All)
        {
            var printed = await Terminal.RunAsync([.. reason.Command.Split(' ')[1..]]);
            Assert.Equal(0, printed.Code);
            Assert.StartsWith($"{reason.Class.Label()} / {reason.Label}\n", printed.Output, StringComparison.Ordinal);
            Assert.Equal(1, printed.Output.Split("Evidence").Length - 1);
        }
    }

    [Fact]
    public async Task Without_a_name_all_are_listed_and_with_a_class_those_in_it()
    {
        var all = (await Terminal.RunAsync("explain")).Output;
        Assert.All(Reasons.All, reason => Assert.Matches($"(?m)^{reason.Class.Label()} +{reason.Label} ", all));

        var network = (await Terminal.RunAsync("explain", "network")).Output;
        Assert.Contains("connect_timeout", network, StringComparison.Ordinal);
        Assert.DoesNotContain("unknown_ca", network, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unknown_cs", "did you mean unknown_ca?")]
    [InlineData("unknown-ca", "did you mean unknown_ca?")]
    [InlineData("application/close", "did you mean application/closed?")]
    [InlineData("weather", "mtlsprobe explain lists them all")]
    public async Task An_unknown_reason_is_wrong_usage_and_the_nearest_one_is_suggested(string name, string hint)
    {
        var printed = await Terminal.RunAsync("explain", name);
        Assert.Equal((2, "", $"mtlsprobe: there is no reason \"{name}\"\n  hint: {hint}\n"), (printed.Code, printed.Output, printed.Error));
    }

    [Fact]
    public async Task A_name_together_with_all_is_wrong_usage() => Assert.Equal(2, (await Terminal.RunAsync("explain", "unknown_ca", "--all")).Code);

    [Fact]
    public async Task The_page_about_reasons_is_what_the_program_writes()
    {
        var written = await Terminal.RunAsync("explain", "--all", "--output", "markdown");
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "reasons.md"));

        Assert.True(written.Output == page, "docs/reasons.md is not what the program writes: mtlsprobe explain --all --output markdown > docs/reasons.md");
    }

    [Fact]
    public async Task One_reason_in_markdown_is_its_part_of_the_page()
    {
        var one = (await Terminal.RunAsync("explain", "decrypt_error", "--output", "markdown")).Output;
        Assert.StartsWith("### `client_certificate` `decrypt_error`\n\nThe server could not verify our signature.\n\n**Evidence.** ", one, StringComparison.Ordinal);
        Assert.Contains(one, (await Terminal.RunAsync("explain", "--all", "--output", "markdown")).Output, StringComparison.Ordinal);
    }
}

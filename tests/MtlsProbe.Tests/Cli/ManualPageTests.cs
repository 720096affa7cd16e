using System.CommandLine;
using MtlsProbe.Cli;

namespace MtlsProbe.Tests.Cli;

/// <summary>The manual pages say what the help says.</summary>
public sealed class ManualPageTests
{
    private static readonly RootCommand s_root = CommandLine.Root(new Surroundings { Output = TextWriter.Null, Error = TextWriter.Null, Time = TimeProvider.System, Environment = _ => null });

    private static IEnumerable<string> Shown => s_root.Subcommands.Where(command => !command.Hidden).Select(command => command.Name);

    public static TheoryData<string> Commands => [.. Shown];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_page_has_every_option_and_every_example_of_its_command(string name)
    {
        var command = s_root.Subcommands.Single(sub => sub.Name == name);

        var page = await PageAsync("man", name);

        Assert.StartsWith($".TH \"MTLSPROBE\\-{name.ToUpperInvariant().Replace("-", "\\-", StringComparison.Ordinal)}\" 1 \"\" \"MtlsProbe ", page, StringComparison.Ordinal);
        Assert.All(command.Options, option => Assert.Contains($"\\fB{Typed(option.Name)}\\fR", page, StringComparison.Ordinal));
        Assert.Contains(".SH \"EXAMPLES\"\n.nf\n", page, StringComparison.Ordinal);
        Assert.Contains("\n.SH \"EXIT STATUS\"\n", page, StringComparison.Ordinal);
        Assert.All(page.Split('\n'), line => Assert.DoesNotMatch(@"^['.](?!TH |SH |TP$|nf$|fi$)", line));
    }

    [Fact]
    public async Task The_page_of_the_program_leads_to_those_of_its_commands()
    {
        var page = await PageAsync("man");

        Assert.StartsWith(".TH \"MTLSPROBE\" 1 ", page, StringComparison.Ordinal);
        foreach (var name in Shown) Assert.Contains($"\\fBmtlsprobe\\-{Typed(name)}\\fR(1)", page, StringComparison.Ordinal);
        Assert.DoesNotContain("\\-complete\\fR", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_are_on_one_line_defaults_are_stated_and_roff_is_escaped()
    {
        var page = await PageAsync("man", "serve");

        Assert.Contains(".SH \"NAME\"\nmtlsprobe\\-serve \\- Probe the targets of a configuration on schedule, and serve metrics, results and probes on demand by HTTP\n", page, StringComparison.Ordinal);
        Assert.Contains("\\fB\\-\\-config.file\\fR \\fIFILE\\fR\nThe configuration. Default: /nonexistent/mtlsprobe.yml.\n", page, StringComparison.Ordinal);
        Assert.Contains("Default: :10219.\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_roff_would_interpret_is_unchanged()
    {
        var command = new ExampledCommand("x", ".so \\ in ~/a^b", "'x ~/.config");
        var root = new RootCommand();
        root.Subcommands.Add(command);

        var page = new ManualPage(command, "1").ToString();

        Assert.Contains("\n.SH \"DESCRIPTION\"\n\\&.so \\e in \\(ti/a\\(hab\n", page, StringComparison.Ordinal);
        Assert.Contains("\n.nf\n\\&\\(aqx \\(ti/.config\n.fi\n", page, StringComparison.Ordinal);
    }

    private static string Typed(string text) => text.Replace("-", "\\-", StringComparison.Ordinal);

    private static async Task<string> PageAsync(params string[] words)
    {
        var printed = await Terminal.RunAsync(words);
        Assert.Equal((0, ""), (printed.Code, printed.Error));
        return printed.Output;
    }
}

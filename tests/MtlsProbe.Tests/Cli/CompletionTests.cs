using MtlsProbe.Cli;
using MtlsProbe.Model;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Cli;

/// <summary>What can be at the cursor, as the scripts for shells request it.</summary>
public sealed class CompletionTests : IDisposable
{
    private static readonly Configuration s_empty = new() { Identities = [], Trusts = [], Targets = [] };

    private readonly TempFiles _files = new();
    private readonly string _configuration;

    public CompletionTests() => _configuration = _files.Write(
        "mtlsprobe.yml",
        """
        identities: { checkout: { current: { certificate: c.crt, key: c.key } } }
        trust: { internal: { files: [r.crt] } }
        defaults: { trust: internal, identity: checkout }
        targets:
          - { name: payments, address: "a:1", labels: { team: money } }
          - { name: paper, address: "b:1" }
          - { name: paper.internal, address: "c:1" }
        """);

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Commands_have_descriptions_and_hidden_commands_are_not_listed()
    {
        var lines = await LinesAsync("");

        Assert.Contains("completion\tPrint the script that makes a shell complete commands, options, and names of your configuration.", lines);
        Assert.Contains(lines, line => line.StartsWith("serve\t", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith("complete\t", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("pr", "probe preflight")]
    [InlineData("probe --con", "--config.file")]
    [InlineData("probe --config.file f --con", "")] // it can be given only once
    [InlineData("probe --ca f --c", "--config.file --cert --ca")] // it can be given again
    [InlineData("probe --output ", "text json")]
    [InlineData("probe --output j", "json")]
    [InlineData("probe --output=j", "--output=json")]
    [InlineData("probe --protocol mq", "mqtts")]
    [InlineData("probe --proxy-protocol ", "v1 v2")]
    [InlineData("probe --cert ", "")] // a file: the shell itself completes it
    [InlineData("probe pa", "payments paper")]
    [InlineData("probe -- pa", "payments paper")]
    [InlineData("probe --config.file FILE pa", "payments paper paper.internal")] // without the option, a dot makes it an address
    [InlineData("probe payments pa", "payments paper")]
    [InlineData("probe a.internal:1 pa", "")] // next to an address, a word is not a name of a target
    [InlineData("probe --cert c.crt pa", "")]
    [InlineData("probe --all pa", "")]
    [InlineData("probe --label team=money pa", "")]
    [InlineData("probe --label ", "team=money")]
    [InlineData("forecast --target pay", "payments")]
    [InlineData("forecast --exclude pay", "payments")]
    [InlineData("preflight --identity ", "checkout")]
    [InlineData("preflight --trust ", "internal")]
    [InlineData("matrix --identity c", "checkout")]
    [InlineData("matrix --config.file /nonexistent/f.yml --identity c", "")]
    [InlineData("explain unknown_", "unknown_ca")]
    [InlineData("man ver", "version")]
    [InlineData("completion ", "bash fish zsh")]
    [InlineData("completion bash ", "")]
    public async Task Matching_words_are_offered(string line, string words)
    {
        var offered = (await LinesAsync(line.Replace("FILE", _configuration, StringComparison.Ordinal).Split(' '))).Select(answer => answer.Split('\t')[0]);

        Assert.Equal(words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), offered.Order());
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _mtlsprobe mtlsprobe")]
    [InlineData("zsh", "compdef _mtlsprobe mtlsprobe")]
    [InlineData("fish", "complete -c mtlsprobe")]
    public async Task There_is_a_script_for_each_shell(string shell, string line)
    {
        var printed = await Terminal.RunAsync("completion", shell);

        Assert.Equal((0, ""), (printed.Code, printed.Error));
        Assert.Contains(line, printed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_that_control_a_terminal_or_end_a_line_are_not_offered()
    {
        _files.Write(
            "mtlsprobe.yml",
            """
            targets: [{ name: a, address: "a:1", labels: { one: "a\nb", two: "\e[2J", three: "a\tb", four: "\u202Ea", five: "$(touch pwned); 'x'" } }]
            """);

        Assert.Equal(["five=$(touch pwned); 'x'"], await LinesAsync("probe", "--label", ""));
    }

    [Fact]
    public async Task Of_very_many_words_some_are_offered_that_share_the_common_prefix_of_all()
    {
        var names = Enumerable.Range(0, 1200).Select(i => $"{(i == 600 ? "team-b" : i == 1100 ? "team-zz" : "team-c")}{i}").ToList();
        _files.Write("mtlsprobe.yml", "targets:\n" + string.Concat(names.Select(name => $"- {{ name: {name}, address: 'a:1', identity: none }}\n")));

        var offered = await LinesAsync("probe", "tea");

        Assert.Equal(1000, offered.Length);
        Assert.Contains("team-b600", offered);
        Assert.Contains("team-zz1100", offered);
    }

    [Fact]
    public void A_configuration_that_is_not_read_in_time_or_at_all_has_no_names()
    {
        using var gate = new ManualResetEventSlim();

        Assert.Null(ConfigFile.InTime(() => { gate.Wait(); return s_empty; }, TimeSpan.FromMilliseconds(20)));
        Assert.Null(ConfigFile.InTime(() => throw new InvalidOperationException(), TimeSpan.FromMinutes(1)));
        Assert.NotNull(ConfigFile.InTime(() => s_empty, TimeSpan.FromMinutes(1)));
        gate.Set();
    }

    private async Task<string[]> LinesAsync(params string[] words)
    {
        var printed = await Terminal.RunConfiguredAsync(_configuration, ["complete", "--", .. words]);
        Assert.Equal((0, ""), (printed.Code, printed.Error));
        return printed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}

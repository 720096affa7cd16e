using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Shells;

/// <summary>Real shells complete command lines with the scripts that the program prints, and real readers of manual pages accept its pages.</summary>
public sealed class ShellTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>The value of a label.</summary>
    private const string Hostile = @"$(touch pwned);a b:c\d'e`touch pwned`";

    /// <summary>As escaped for bash.</summary>
    private const string HostileRest = @"\$\(touch\ pwned\)\;a\ b:c\\d\'e\`touch\ pwned\`";

    private const string HostileQuoted = "note=" + HostileRest;

    private readonly Workspace _workspace = new("shells");

    public ShellTests() => Mtlsprobe.InstallInto(_workspace.Folder("bin"));

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("mtlsprobe probe --config.f", "--config.file")]
    [InlineData("mtlsprobe probe --output=j", "json")] // bash replaces only the part after the equals sign
    [InlineData("mtlsprobe preflight --config.file nowhere.yml --identity check", "")]
    [InlineData("mtlsprobe preflight --config.file mtlsprobe.yml --identity ", "checkout")]
    [InlineData("mtlsprobe preflight --config.file 'mtls'\"probe\".y\\ml --identity ", "checkout")]
    [InlineData("mtlsprobe preflight --config.file ~/mtlsprobe.yml --identity \"che", "checkout")]
    [InlineData("mtlsprobe preflight --config.file $(touch pwned)mtlsprobe.yml --identity ", "")]
    [InlineData("mtlsprobe probe --config.file mtlsprobe.yml --label no", HostileQuoted)]
    [InlineData("mtlsprobe probe --config.file mtlsprobe.yml --label note=\\$\\(to", HostileRest)]
    [InlineData("mtlsprobe probe --config.file mtlsprobe.yml --label \"no", "")] // within quotation marks, it would be run
    [InlineData("mtlsprobe probe --config.file mtlsprobe.yml --label note=\"$(to", "")]
    public async Task Bash_completes(string line, string completed)
    {
        var result = await RunAsync(
            "bash",
            "--norc", "-c", "source <(mtlsprobe completion bash); COMP_LINE=$1 COMP_POINT=${#1}; _mtlsprobe; printf '<%s>\\n' \"${COMPREPLY[*]}\"", "bash", line);

        Assert.Equal($"<{completed}>\n", result);
        Assert.False(File.Exists(_workspace.PathOf("pwned")));
    }

    [NeedsFact("fish")]
    public async Task Fish_completes_with_descriptions()
    {
        var result = await RunAsync("fish", "--no-config", "-c", "mtlsprobe completion fish | source; complete -C 'mtlsprobe probe --config.f'; complete -C 'mtlsprobe probe --cert mtlsprobe.y'");

        Assert.StartsWith("--config.file\tThe configuration that names the targets.\n", result, StringComparison.Ordinal);
        Assert.Contains("mtlsprobe.yml", result, StringComparison.Ordinal);
    }

    [NeedsFact("zsh")]
    public async Task Zsh_completes_when_the_key_is_pressed()
    {
        var result = await RunAsync(
            "zsh", "-f", "-c",
            """
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell 'autoload -Uz compinit && compinit -u -D && source <(mtlsprobe completion zsh) && echo lo''aded'
            zpty -r -m shell seen '*loaded*'
            zpty -w -n shell $'mtlsprobe probe --config.f\t'
            zpty -r -m shell seen '*--config.file*'
            zpty -w -n shell $'\x15mtlsprobe preflight --config.file mtlsprobe.yml --identity ch\t'
            zpty -r -m shell seen '*--identity checkout*'
            echo complete
            """);

        Assert.EndsWith("complete\n", result, StringComparison.Ordinal);
    }

    /// <summary>A label can be any text, and a shell inserts a completion into the line that it runs.</summary>
    [NeedsTheory("zsh", "fish")]
    [InlineData("bash --norc -i")]
    [InlineData("zsh -f -i")]
    [InlineData("fish --no-config -i")]
    public async Task A_completed_label_is_a_word_and_no_command(string shell)
    {
        _workspace.Write("bash", "source <(mtlsprobe completion bash); echo lo''aded\n");
        _workspace.Write("zsh", "autoload -Uz compinit && compinit -u -D && source <(mtlsprobe completion zsh) && echo lo''aded\n");
        _workspace.Write("fish", "mtlsprobe completion fish | source; echo lo''aded\n");

        await RunAsync(
            "zsh", "-f", "-c",
            $"""
            zmodload zsh/zpty
            zpty -e shell env TERM=dumb {shell}
            zpty -w shell '. ./{shell.Split(' ')[0]}'
            zpty -r -m shell seen '*loaded*'
            zpty -w -n shell $'mtlsprobe probe --config.file mtlsprobe.yml --exclude a --label no\t'
            zpty -r -m shell seen '*touch*'
            zpty -w -n shell $' >told 2>&1; echo en""ded\r'
            zpty -r -m shell seen '*ended*'
            """);

        Assert.Contains("no target of mtlsprobe.yml is left", File.ReadAllText(_workspace.PathOf("told")), StringComparison.Ordinal); // it was the only such label
        Assert.False(File.Exists(_workspace.PathOf("pwned")));
    }

    [NeedsFact("man")]
    public async Task Manual_pages_are_read_without_a_warning()
    {
        var result = await RunAsync(
            "bash", "-c",
            "set -eo pipefail; for name in '' serve probe preflight matrix forecast check-config explain demo healthcheck completion man licenses version; do mtlsprobe man $name > page.1; LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l page.1 2>&1 > page.txt; grep -c '^EXAMPLES' page.txt; done | sort -u");

        Assert.Equal("1\n", result);
    }

    private async Task<string> RunAsync(string shell, params string[] arguments)
    {
        _workspace.Write(
            "mtlsprobe.yml",
            $$"""
            identities: { checkout: { current: { certificate: c.crt, key: c.key } } }
            targets: [{ name: a, address: "a:1", identity: checkout, labels: { note: '{{Hostile.Replace("'", "''", StringComparison.Ordinal)}}' } }]
            """);
        await using var process = ChildProcess.StartGroup(
            shell, "sh", ["-c", "cd \"$0\" && exec \"$@\"", _workspace.Root, shell, .. arguments],
            new Dictionary<string, string> { ["PATH"] = $"{_workspace.PathOf("bin")}:{Environment.GetEnvironmentVariable("PATH")}", ["HOME"] = _workspace.Root });
        var code = await process.Exit(Limit);
        Assert.True(code == 0, process.Output);
        return process.Output;
    }
}

using System.Text;
using MtlsProbe.Cli;

namespace MtlsProbe.Tests.Cli;

/// <summary>Properties of every command: help, usage errors, exit codes.</summary>
public class CommandLineTest
{
    [Fact]
    public async Task Without_words_help_is_printed_and_nothing_is_wrong()
    {
        var printed = await Terminal.RunAsync();

        Assert.Equal((0, ""), (printed.Code, printed.Error));
        Assert.Contains("mtlsprobe [command]", printed.Output);
        Assert.Contains("  probe ", printed.Output);
        Assert.Contains("  check-config ", printed.Output);
    }

    [Fact]
    public async Task The_version_tells_what_a_bug_report_needs()
    {
        var printed = await Terminal.RunAsync("--version");

        Assert.Equal(printed, await Terminal.RunAsync("version"));
        Assert.Equal((0, ""), (printed.Code, printed.Error));
        Assert.Matches(@"^mtlsprobe \d+\.\d+\.\d+ \(OpenSSL 3\.\S+ .+; \.NET 10\..+\)\n$", printed.Output);
    }

    [Theory]
    [InlineData("probe")]
    [InlineData("preflight")]
    [InlineData("matrix")]
    [InlineData("check-config")]
    [InlineData("explain")]
    [InlineData("demo")]
    [InlineData("healthcheck")]
    [InlineData("completion")]
    [InlineData("man")]
    [InlineData("version")]
    [InlineData("licenses")]
    public async Task The_help_of_a_command_ends_with_examples(string command)
    {
        var printed = await Terminal.RunAsync(command, "--help");

        Assert.Equal((0, ""), (printed.Code, printed.Error));
        Assert.Matches($@"Examples:\n  mtlsprobe {command}\s", printed.Output);
    }

    [Theory]
    [InlineData("probe", "mtlsprobe: which target? Give HOST:PORT, NAME, or --all")]
    [InlineData("probe payments", "/nonexistent/mtlsprobe.yml: does not exist\n  hint: --config.file names another file; to probe without one, write HOST:PORT\n")]
    [InlineData("probe payments a:1", "mtlsprobe: \"payments\" is not HOST:PORT: to probe a target of a configuration, add --config.file FILE")]
    [InlineData("probe payments --cert c", "mtlsprobe: \"payments\" is not HOST:PORT: to probe a target of a configuration, add --config.file FILE")]
    [InlineData("probe http://a:1/", "mtlsprobe: \"http://a:1/\" has a scheme that is not a supported protocol: did you mean https?")]
    [InlineData("probe a.example --protocol tls", "mtlsprobe: \"a.example\" has no port: add one, as in a.example:5671; protocol tls has none of its own")]
    [InlineData("probe a:70000", "\"a:70000\" is not an address")]
    [InlineData("probe a:1 --timeout 5", "mtlsprobe: --timeout: \"5\" has no unit (write 5s for seconds)")]
    [InlineData("probe a:1 --protocol ssh", "mtlsprobe: --protocol: \"ssh\" is not one of https, grpc, tls, postgres")]
    [InlineData("probe a:1 --http-expect-status 99", "--http-expect-status: \"99\" is not an HTTP status")]
    [InlineData("probe a:1 --http-path / --protocol tls", "mtlsprobe: --http-path needs --protocol https")]
    [InlineData("probe a:1 --key k", "mtlsprobe: --key needs --cert")]
    [InlineData("probe a:1 --pkcs12 p --cert c", "mtlsprobe: --pkcs12 and --cert exclude each other")]
    [InlineData("probe a:1 --key-passphrase-file p", "mtlsprobe: --key-passphrase-file needs --cert or --pkcs12")]
    [InlineData("probe --all", "/nonexistent/mtlsprobe.yml: does not exist\n  hint: --config.file names another file")]
    [InlineData("probe a --all --config.file f", "mtlsprobe: name targets, or give --all or --label, not both")]
    [InlineData("probe --config.file f", "mtlsprobe: which target? Name one or more, or give --all")]
    [InlineData("probe a --config.file f --cert c", "mtlsprobe: --cert cannot be used with targets of a configuration, which sets it for each")]
    [InlineData("matrix", "/nonexistent/mtlsprobe.yml: does not exist\n  hint: --config.file names another file\n")]
    [InlineData("forecast", "/nonexistent/mtlsprobe.yml: does not exist\n  hint: --config.file names another file\n")]
    [InlineData("serve", "/nonexistent/mtlsprobe.yml: does not exist\n  hint: --config.file names another file\n")]
    [InlineData("matrix --config.file f --rate 5", "mtlsprobe: --rate goes with --all")]
    [InlineData("preflight --config.file f", "mtlsprobe: nothing to replace: give --identity NAME or --trust NAME")]
    [InlineData("preflight --config.file f --identity a --trust b --ca c", "mtlsprobe: --identity and --trust exclude each other: change one at a time")]
    [InlineData("preflight --config.file f --trust b", "mtlsprobe: --trust needs --ca, the file of the new anchors")]
    [InlineData("preflight --config.file f --trust b --ca c --cert d", "mtlsprobe: --cert goes with --identity")]
    [InlineData("preflight --config.file f --identity a --ca c", "mtlsprobe: --ca goes with --trust")]
    [InlineData("preflight --config.file f --identity a --key k", "mtlsprobe: --key needs --cert")]
    [InlineData("preflight --config.file f --identity a --pkcs12 p --cert c", "mtlsprobe: --pkcs12 and --cert exclude each other")]
    [InlineData("preflight --config.file f --identity a --min-overlap 7", "mtlsprobe: --min-overlap: \"7\" has no unit")]
    [InlineData("preflight --config.file /nonexistent/f.yml --identity a", "/nonexistent/f.yml: does not exist")]
    [InlineData("probe a --config.file /nonexistent/f.yml", "/nonexistent/f.yml: does not exist")]
    [InlineData("check-config a.yml --config.file b.yml", "mtlsprobe: --config.file and FILE mean the same: give one of them")]
    [InlineData("completion tcsh", "Must be one of:")]
    [InlineData("man prove", "mtlsprobe: unknown command \"prove\": did you mean probe?")]
    [InlineData("healthcheck --username a", "mtlsprobe: --username and --password-file need each other")]
    [InlineData("healthcheck --ready --password-file b", "mtlsprobe: --username and --password-file need each other")]
    [InlineData("healthcheck --cert a", "mtlsprobe: --cert needs --web.config.file: without it, no TLS is spoken")]
    [InlineData("healthcheck --web.listen-address :0", "mtlsprobe: --web.listen-address: \":0\" is not an address to serve on")]
    public async Task A_wrong_command_line_exits_with_2_and_says_what_is_wrong_on_standard_error(string words, string message)
    {
        var printed = await Terminal.RunAsync(words.Split(' '));

        Assert.Equal((2, ""), (printed.Code, printed.Output));
        Assert.Contains(message, printed.Error);
    }

    [Theory]
    [InlineData("info", false)]
    [InlineData("debug", true)]
    public async Task An_internal_error_exits_with_3_and_shows_its_stack_only_at_debug(string level, bool stack)
    {
        var printed = await Terminal.RunAsync(new BrokenWriter(), false, "probe", "127.0.0.1:1", "--timeout", "10ms", "--log.level", level);

        Assert.Equal(3, printed.Code);
        Assert.StartsWith("mtlsprobe: internal error: InvalidOperationException: the disk is on fire, and so is the printer\n", printed.Error);
        Assert.Contains("Please report it", printed.Error);
        Assert.Equal(stack, printed.Error.Contains("   at MtlsProbe."));
    }

    [Theory]
    [InlineData("probe", "a:1", "--cert", "a.crt", "--key")]
    [InlineData("probe", "a:1", "--cert")]
    [InlineData("probe", "a:1", "--server-name")]
    [InlineData("preflight", "--config.file", "a.yml", "--identity", "a", "--cert")]
    public async Task A_key_on_the_command_line_is_not_repeated(params string[] words)
    {
        var printed = await Terminal.RunAsync([.. words, "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----\n"]);

        Assert.Equal(2, printed.Code);
        Assert.Contains($"{words[^1]}: holds a key or a certificate itself", printed.Error);
        Assert.DoesNotContain("MIGH", printed.Error);
    }

    [Fact]
    public void The_revision_is_known_if_there_is_one()
    {
        if (Path.Exists(Path.Combine(Repository.Root, ".git"))) Assert.Matches("^[0-9a-f]{40}$", ThisBuild.Info().Revision);
    }

    private sealed class BrokenWriter : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw new InvalidOperationException("the disk is on fire,\nand so is the printer");
    }
}

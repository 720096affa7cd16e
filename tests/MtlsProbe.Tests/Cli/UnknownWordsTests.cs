namespace MtlsProbe.Tests.Cli;

/// <summary>An unknown word is reported with the word that was probably meant, and nothing else is reported.</summary>
public sealed class UnknownWordsTests
{
    [Theory]
    [InlineData("probe payments --config x", "unknown option --config: did you mean --config.file?")]
    [InlineData("probe payments --config=x", "unknown option --config: did you mean --config.file?")]
    [InlineData("probe payments -config.file x", "unknown option -config.file: did you mean --config.file?")]
    [InlineData("probe a:1 --protocl tls", "unknown option --protocl: did you mean --protocol?")]
    [InlineData("serve --web", "unknown option --web: did you mean --web.listen-address or --web.config.file?")]
    [InlineData("probe a:1 --quantum", "unknown option --quantum")]
    [InlineData("probe a:1 -q", "unknown option -q")]
    [InlineData("--config.file x", "unknown option --config.file: it belongs to a command, as in mtlsprobe serve --config.file")]
    [InlineData("--config.file x serve", "--config.file belongs after the command serve")]
    [InlineData("prove a:1 b", "unknown command \"prove\": did you mean probe?")]
    [InlineData("payments.internal:8443", "unknown command \"payments.internal:8443\": there are serve, probe, ")]
    [InlineData("matrix payments", "unexpected word \"payments\"")]
    public async Task It_is_reported_with_the_likely_intended_word(string words, string sentence)
    {
        var printed = await Terminal.RunAsync(words.Split(' '));

        Assert.Equal((2, ""), (printed.Code, printed.Output));
        Assert.StartsWith($"mtlsprobe: {sentence}", printed.Error, StringComparison.Ordinal);
        Assert.Matches(@"^[^\n]+\nTry 'mtlsprobe[ a-z]* --help'\.\n$", printed.Error);
    }

    [Fact]
    public async Task Several_are_reported_at_once_and_their_values_are_not()
    {
        var printed = await Terminal.RunAsync("probe", "a:1", "--pin=hunter2", "--certs", "x");

        Assert.StartsWith("mtlsprobe: unknown option --pin: did you mean --pin-file?\n", printed.Error, StringComparison.Ordinal);
        Assert.Contains("mtlsprobe: unknown option --certs: did you mean --cert?\n", printed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", printed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Behind_two_dashes_a_word_is_no_option()
    {
        var printed = await Terminal.RunAsync("probe", "--", "--config");

        Assert.Equal(2, printed.Code);
        Assert.DoesNotContain("unknown option", printed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_is_given_nevertheless() => Assert.Equal(0, (await Terminal.RunAsync("probe", "--config", "x", "--help")).Code);

    [Theory]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----\n")]
    [InlineData("matrix", "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----\n")]
    public async Task A_key_is_not_repeated(params string[] words)
    {
        var printed = await Terminal.RunAsync(words);

        Assert.Equal(2, printed.Code);
        Assert.Contains("that holds a key or a certificate", printed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("MIGH", printed.Error, StringComparison.Ordinal);
    }
}

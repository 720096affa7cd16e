using System.Globalization;
using System.Text;
using MtlsProbe.Cli;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Config;

/// <summary>Configurations that are expensive, or that try to reach a terminal or a server with malicious text.</summary>
public sealed class HostileTests
{
    [Fact]
    public void A_YAML_text_with_too_many_values_is_refused_before_it_fills_the_memory()
    {
        var errors = new ErrorList("list.yml");

        Assert.NotNull(YamlTree.Load("[a, b]", errors, mostNodes: 3));
        Assert.Null(YamlTree.Load("[a, b, c, d]", errors, mostNodes: 3));
        Assert.Equal("list.yml:1:8: there are more than 3 values", Assert.Single(errors.InOrder()).ToString());
    }

    [Theory]
    [InlineData("[fe80::1%eth0]:443", true)]
    [InlineData("[fe80::1%br-0.1_a]:443", true)]
    [InlineData("[fe80::1%]:443", false)]
    [InlineData("[fe80::1%a\r\nX-Injected: 1]:443", false)]
    [InlineData("[fe80::1%a b]:443", false)]
    [InlineData("[fe80::1%a23456789012345678901234567890123]:443", false)]
    public void A_zone_is_letters_digits_and_three_signs(string address, bool isOne)
    {
        Assert.Equal(isOne, HostPort.TryParse(address) is not null);
        Assert.Equal(isOne, Grammar.ServerName(address[1..^5]).Problem is null);
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void A_name_of_a_host_is_no_longer_than_DNS_allows(int labels, bool isOne) =>
        Assert.Equal(isOne, HostPort.TryParse(string.Join('.', Enumerable.Repeat("abc", labels)) + ":443") is not null);

    [Theory]
    [InlineData("::1%a\r\nX-Injected: 1")]
    [InlineData("[fe80::1%\u001b[2J]")]
    [InlineData("https://[fe80::1%a b]/")]
    [InlineData("m\u00fcnchen.test")]
    [InlineData("https://m\u00fcnchen.test/")]
    [InlineData("a\u06dd:443")]
    public void A_word_on_the_command_line_has_the_same_rules(string word)
    {
        Assert.NotNull(NamedPlace.Read(word, BuiltInProtocols.All.Default, BuiltInProtocols.All).Problem);
        Assert.Null(HostPort.TryParse(word));
    }

    /// <summary>.NET accepts a number with leading zeros as an IPv4 address.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("https://", "")]
    [InlineData("https://", ":443")]
    public void A_long_number_is_limited_too(string before, string after)
    {
        var read = NamedPlace.Read(before + new string('0', 255) + after, BuiltInProtocols.All.Default, BuiltInProtocols.All);

        Assert.Null(read.Value);
        Assert.Equal("a host name has at most 253 characters", read.Hint);
    }

    [Theory]
    [InlineData("targets: [{ name: a, address: \"a\\e[2Jb\" }]")]
    [InlineData("targets: [{ name: a, address: &a\u001b[2J b }]")]
    [InlineData("targets: [{ name: \"\\u202e\", address: \"a:1\" }]")]
    [InlineData("\"\\e[2J\": 1")]
    public void Control_characters_never_reach_a_terminal(string yaml)
    {
        var errors = Errors(yaml);

        Assert.NotEmpty(errors);
        Assert.DoesNotContain(errors.SelectMany(error => error.ToString().Replace("\n  hint: ", "", StringComparison.Ordinal)), c => char.IsControl(c) || c == '\u202e');
    }

    [Fact]
    public void The_query_of_a_path_is_not_shown() => Assert.Equal("GET /a?…", new Https { Path = "/a?token=secret" }.Summary);

    [Fact]
    public void Even_in_refused_parts_depth_is_bounded() =>
        Assert.Contains(Errors("a: &x " + new string('[', 1_000_000)), error => error.Problem.Contains("too deeply", StringComparison.Ordinal));

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, true)]
    public void A_list_has_at_most_a_thousand_entries(int entries, bool isTooLong)
    {
        var yaml = $"trust: {{ a: {{ files: [{string.Join(", ", Enumerable.Range(0, entries).Select(i => $"f{i}"))}] }} }}\ntargets: []";

        Assert.Equal(isTooLong, Errors(yaml).Any(error => error.Problem.Contains("has more than 1000 entries", StringComparison.Ordinal)));
    }

    [Fact]
    public void Defaults_do_not_multiply_without_bound()
    {
        var yaml = new StringBuilder("identities:\n");
        for (var i = 0; i < 500; i++) yaml.Append(CultureInfo.InvariantCulture, $"  i{i}: {{ current: {{ certificate: c, key: k }} }}\n");
        yaml.Append(CultureInfo.InvariantCulture, $"defaults: {{ identity: none, must_reject: [{string.Join(", ", Enumerable.Range(0, 500).Select(i => $"i{i}"))}] }}\ntargets:\n");
        for (var i = 0; i < 3000; i++) yaml.Append(CultureInfo.InvariantCulture, $"  - {{ name: t{i}, address: 'a:{i + 1}' }}\n");

        Assert.Contains(Errors(yaml.ToString()), error => error.Problem.Contains("exceeds the limit", StringComparison.Ordinal));
    }

    private static ValueList<ConfigurationError> Errors(string yaml) => ConfigurationFile.Parse(yaml, "mtlsprobe.yml", BuiltInProtocols.All).Errors;
}

using System.Text.RegularExpressions;
using MtlsProbe.Config;
using MtlsProbe.Handshake;

namespace MtlsProbe.Tests.Model;

/// <summary>Compares docs/configuration.md and the example with the program.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string s_manual = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "configuration.md"));
    private static readonly string s_example = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "examples", "mtlsprobe.yml"));

    [Fact]
    public void The_example_is_good() => Assert.Empty(ConfigurationFile.Parse(s_example, "mtlsprobe.yml", BuiltInProtocols.All).Errors);

    [Fact]
    public void Every_key_is_in_the_manual_and_in_the_example()
    {
        // The reader lists the known keys when it finds an unknown one.
        var hints = ConfigurationFile.Parse(
            """
            bogus: 1
            defaults: { bogus: 1, BLOCKS, tls: { bogus: 1 }, expect: { bogus: 1 } }
            identities: { a: { bogus: 1, current: { bogus: 1 }, next: { bogus: 1 } }, b: { current: { vault: { bogus: 1 } } }, c: { current: { kubernetes: { bogus: 1 } } } }
            trust: { a: { bogus: 1, revocation: { bogus: 1 } }, b: { kubernetes: { bogus: 1 } } }
            targets: [{ bogus: 1 }]
            discovery: [{ bogus: 1, file: { bogus: 1 } }, { name: b, http: { bogus: 1, basic_auth: { bogus: 1 } }, target: { bogus: 1 } }, { name: c, dns: { bogus: 1 } }, { name: d, kubernetes: { bogus: 1 } }]
            inventory: [{ bogus: 1, kubernetes_secrets: { bogus: 1 } }]
            web: { bogus: 1 }
            """.Replace("BLOCKS", string.Join(", ", BuiltInProtocols.All.WithBlocks.Select(protocol => $"{protocol.Block}: {{ bogus: 1 }}")), StringComparison.Ordinal),
            "mtlsprobe.yml", BuiltInProtocols.All).Errors.Where(error => error.Problem == "unknown key").Select(error => error.Hint!).ToList();
        Assert.Equal(23 + BuiltInProtocols.All.WithBlocks.Count, hints.Count);
        foreach (var key in hints.SelectMany(hint => hint["known here: ".Length..].Split(", ")))
        {
            Assert.Matches($@"(?m)^[\s\[-]*{key}:", s_manual);
            Assert.Matches($@"(?m)^[\s-]*{key}:", s_example);
        }
    }

    [Fact]
    public void Every_protocol_is_in_its_table_with_its_port_and_no_other_is()
    {
        var table = File.ReadLines(Path.Combine(Repository.Root, "docs", "protocols.md")).Select(line => ProtocolRow().Match(line)).Where(row => row.Success)
            .Select(row => (row.Groups["name"].Value, row.Groups["port"].Value));

        Assert.Equal(
            BuiltInProtocols.All.Grammars.Select(grammar => (grammar.Name, grammar.DefaultPort?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "–")).Order(),
            table.Order());
        Assert.All(BuiltInProtocols.All.Grammars, grammar => Assert.Contains($"`{grammar.Name}`", s_manual, StringComparison.Ordinal));
        Assert.Equal(
            BuiltInProtocols.All.Grammars.Select(grammar => grammar.Name),
            Regex.Match(File.ReadAllText(Path.Combine(Repository.Root, "docs", "openapi.yaml")), @"Protocol:\n.*\n.*\n\s*enum: \[([^]]*)\]").Groups[1].Value.Split(',').Select(name => name.Trim()));
    }

    [Fact]
    public void The_bad_example_of_the_manual_is_answered_as_it_says()
    {
        var shown = WrongFileAndAnswer().Match(s_manual);
        var answer = ConfigurationFile.Parse(shown.Groups["file"].Value, "mtlsprobe.yml", BuiltInProtocols.All).Errors;

        Assert.Equal(shown.Groups["answer"].Value, string.Concat(answer.Select(error => error + "\n")));
    }

    [Fact]
    public void The_reserved_labels_are_those_of_the_manual()
    {
        var names = Regex.Match(s_manual, "Reserved, because[^:]*: (.*), and whatever").Groups[1].Value.Split(", ").Select(name => name.Trim('`')).ToList();
        Assert.True(names.Count > 20);
        foreach (var name in names)
        {
            var errors = ConfigurationFile.Parse($"targets: [{{ name: a, address: 'a:1', labels: {{ {name}: x }} }}]", "mtlsprobe.yml", BuiltInProtocols.All).Errors;
            Assert.Equal("this label name is reserved", Assert.Single(errors).Problem);
        }
    }

    [GeneratedRegex(@"^\| `(?<name>[a-z0-9]+)` \| (?<port>[0-9–]+) \| .* \| .* \| .* \|$")]
    private static partial Regex ProtocolRow();

    [GeneratedRegex(@"```yaml\n(?<file># wrong\n.*?)```.*?```text\n(?<answer>.*?)```", RegexOptions.Singleline)]
    private static partial Regex WrongFileAndAnswer();
}

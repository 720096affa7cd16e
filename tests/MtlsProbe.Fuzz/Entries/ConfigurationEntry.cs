using System.CommandLine;
using System.Text;
using MtlsProbe.Cli;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Fuzz;

/// <summary>A configuration. An accepted one can also be written as flags, with the same meaning.</summary>
internal sealed class ConfigurationEntry : FuzzEntry
{
    private readonly ProbeOptions _options = new(BuiltInProtocols.All);
    private readonly RootCommand _root = [];

    public ConfigurationEntry()
    {
        var command = new Command("probe");
        _options.AddTo(command);
        _root.Subcommands.Add(command);
    }

    public override string Name => "configuration";

    public override string Does => "mtlsprobe.yml";

    public override IReadOnlyList<string> Tokens =>
    [
        "targets:\n", "- name: ", "address: ", "defaults:\n", "identities:\n", "trust:\n", "protocol: ", "http: ", "{ ", " }", "[", "]", ": ", "- ", "  ", "&a ", "*a", "!!str ", "|\n", ">-\n", "---\n", "...\n", "\"", "'", "#",
        "\\u202e", "\\e", "must_reject: [none]", "labels: { a: b }", "expect_status: [200-299]", "postgres: { user: a }", "mysql: { user: '-a' }", "mqtt: { client_id: b, username: '@a' }", "xmpp: { domain: a.test, server: true }",
        "\t", "\uFEFF", "~", "null", "<<: ", "? ", "%YAML 1.2\n", "[::1]:443", "a.test:443", "1m30s", "[fe80::1%eth0]:443",
        .. BuiltInProtocols.All.Grammars.Select(grammar => grammar.Name), .. BuiltInProtocols.All.KeysOfTarget.Select(key => key + ": "),
    ];

    public override IReadOnlyList<string> Reached => ["0 targets"];

    /// <summary>Every mistake is reported with its place and a hint.</summary>
    public override long MostAllocated(int length) => (32L << 20) + (20_000L * length);

    public override IEnumerable<byte[]> Seeds() =>
    [
        .. Repository.Read("examples", "mtlsprobe.yml"), .. Repository.Read("examples", "rotation.yml"), .. Repository.Read("tests/MtlsProbe.Tests/Config/Golden", "*.yml"),
        "targets: [{ name: a, address: 'a.test:443' }]"u8.ToArray(),
    ];

    public override string Run(byte[] input)
    {
        var result = ConfigurationFile.Parse(Encoding.UTF8.GetString(input), "/fuzz/mtlsprobe.yml", BuiltInProtocols.All);
        Claim.Holds((result.Configuration is null) == (result.Errors.Count > 0), "neither a configuration nor a mistake, or both");
        Check(result.Errors);
        if (result.Configuration is not { } configuration) return string.Join(" | ", result.Errors.Take(3).Select(error => Kind(error.Problem)));
        foreach (var target in configuration.Targets.Take(10)) SaidByFlags(target);
        return "0 targets";
    }

    /// <summary>The texts of the mistakes are safe, and their places are in the file.</summary>
    public static void Check(IEnumerable<ConfigurationError> errors)
    {
        foreach (var error in errors)
        {
            Claim.Holds(error.Line >= 0 && error.Column >= 0, "an invalid place");
            Claim.Visible(error.Where, "a path of keys");
            Claim.Visible(error.Problem, "a problem");
            Claim.Visible(error.Hint, "a hint");
        }
    }

    /// <summary>Without the values in it.</summary>
    public static string Kind(string problem) => problem.Split('"')[^1] is var end && end.Length > 60 ? end[..60] : end;

    /// <summary>The command that is shown for a target describes the same protocol, as far as flags can.</summary>
    private void SaidByFlags(Target target)
    {
        var address = target.Address.ToString();
        Claim.Holds(HostPort.TryParse(address) == target.Address, $"the written address reads back differently: {address}");
        string[] words = ["probe", address, .. target.Protocol.Flags().SelectMany(flag => (string[])[flag.Flag, flag.Value])];
        var parsed = _root.Parse(words);
        Claim.Holds(parsed.Errors.Count == 0, $"the flags are not accepted: {string.Join(' ', words)}: {string.Join(", ", parsed.Errors.Select(error => error.Message))}");
        var place = _options.PlaceOf(parsed, address).Value;
        Claim.Holds(place is not null && place.Address == target.Address, $"as a word the address is different: {address}");
        var again = _options.ProtocolOf(parsed, place!).Value!;
        Claim.Holds(again.Flags().SequenceEqual(target.Protocol.Flags()), $"by flags the protocol is different: {string.Join(' ', words)}");
    }
}

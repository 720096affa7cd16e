using System.Text.Json;
using MtlsProbe.Tests.Rotation;
using YamlDotNet.RepresentationModel;

namespace MtlsProbe.Tests.Cli;

/// <summary>The command over real servers: what it says, and what it exits with.</summary>
public sealed class MatrixCommandTests : IAsyncLifetime, IDisposable
{
    private readonly PreflightRig _rig = new();

    public MatrixCommandTests()
    {
        _rig.Write("batch", _rig.NewRoot.Client("batch", template => template with { Uris = ["spiffe://prod.example/batch"] }));
        _rig.Write("stranger", TestPki.Root("Stranger").Client("stranger"));
        _rig.MoreIdentities = """
              batch: { current: { certificate: batch.crt, key: batch.key } }
              stranger: { current: { certificate: stranger.crt, key: stranger.key } }
            """;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _rig.DisposeAsync();

    public void Dispose() => GC.SuppressFinalize(this); // DisposeAsync releases everything

    [Fact]
    public async Task If_everything_is_as_configured_the_exit_code_is_0()
    {
        Serve("payments", ", accepts: [batch], must_reject: others, labels: { team: money }", _rig.OldRoot, _rig.NewRoot);
        Serve("ledger", ", must_reject: [none, batch]", _rig.OldRoot);

        var printed = await MatrixAsync();

        Assert.Equal((0, ""), (printed.Code, printed.Error));
        Assert.Equal(
            """

            TARGET    none     checkout  batch     stranger
            payments  refused  accepted  accepted  refused
            ledger    refused  accepted  refused   -

            ✔ Of 7 pairs of an identity and a target, all are as expected.

            """,
            printed.Output);
    }

    [Fact]
    public async Task A_difference_is_reported_with_its_evidence_and_the_exit_code_is_1()
    {
        Serve("open", ", must_reject: others", _rig.OldRoot, _rig.NewRoot);
        Serve("closed", ", accepts: [batch]", _rig.OldRoot);
        _rig.Target("down", "127.0.0.1:1", ", must_reject: [none]");

        var printed = await MatrixAsync();

        Assert.Equal((1, ""), (printed.Code, printed.Error));
        Assert.Contains("open    refused  accepted  LET IN   refused", printed.Output, StringComparison.Ordinal);
        Assert.Contains("closed  -        accepted  REFUSED  -", printed.Output, StringComparison.Ordinal);
        Assert.Contains("down    unknown  unknown   -        -", printed.Output, StringComparison.Ordinal);
        var flat = string.Join(' ', printed.Output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Matches(@"✘ open \(127\.0\.0\.1:\d+\), batch: let in, but must be refused: the server asked for a", flat);
        Assert.Matches(@"✘ closed \(127\.0\.0\.1:\d+\), batch: refused, but must be accepted: ", flat);
        Assert.Contains("down (127.0.0.1:1), no certificate: it is not known whether it is refused", flat, StringComparison.Ordinal);
        Assert.EndsWith(
            "✘ Of 8 pairs of an identity and a target, 1 is let in but must be refused, 1 is refused but must be accepted, 2 are not known. ",
            printed.Output.Replace('\n', ' '), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_of_it_is_chosen_by_target_label_and_identity()
    {
        Serve("payments", ", accepts: [batch], must_reject: others, labels: { team: money }", _rig.OldRoot, _rig.NewRoot);
        _rig.Target("down", "127.0.0.1:1");

        var printed = await MatrixAsync("--label", "team=money", "--identity", "batch");
        Assert.Equal(("\nTARGET    batch\npayments  accepted\n\n✔ Of 1 pair of an identity and a target, all are as expected.\n", ""), (printed.Output, printed.Error));
        Assert.Equal(0, (await MatrixAsync("--target", "payments")).Code);

        foreach (var (words, said) in new (string[], string)[]
        {
            (["--target", "paymnets"], "has no target \"paymnets\"\n  hint: did you mean payments?"),
            (["--identity", "bacth"], "has no identity \"bacth\"\n  hint: did you mean batch?"),
            (["--label", "team=none"], "no target of"),
            (["--label", "team"], "\"team\" is not a label (write NAME=VALUE)"),
            (["--rate", "5"], "--rate goes with --all"),
        })
        {
            var refused = await MatrixAsync(words);
            Assert.Equal((2, ""), (refused.Code, refused.Output));
            Assert.Contains(said, refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Pairs_without_an_expectation_are_probed_on_demand_and_change_no_exit_code()
    {
        Serve("payments", "", _rig.OldRoot, _rig.NewRoot);

        var printed = await MatrixAsync("--all", "--rate", "1000");

        Assert.Equal((0, ""), (printed.Code, printed.Error));
        Assert.Contains("payments  (refused)  accepted  (let in)  (refused)", printed.Output, StringComparison.Ordinal);
        Assert.Contains("Let in, but not in the configuration\n  payments: batch\n", printed.Output, StringComparison.Ordinal);
        Assert.EndsWith("all are as expected. In addition, 1 pair is let in without being mentioned in the configuration. ", printed.Output.Replace('\n', ' '), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_object_has_every_pair_with_its_evidence()
    {
        Serve("open", ", must_reject: others", _rig.OldRoot, _rig.NewRoot);

        var printed = await MatrixAsync("--output", "json");

        Assert.Equal((1, ""), (printed.Code, printed.Error));
        var report = JsonDocument.Parse(printed.Output).RootElement;
        Assert.Equal(["at", "holds", "summary", "states", "identities", "targets"], report.EnumerateObject().Select(member => member.Name));
        Assert.Equal((3, 1), (report.GetProperty("states").GetProperty("as_expected").GetInt32(), report.GetProperty("states").GetProperty("unexpected_access").GetInt32()));
        var batch = report.GetProperty("identities").EnumerateArray().Single(identity => identity.GetProperty("name").GetString() == "batch");
        Assert.Equal(("CN=batch", "spiffe://prod.example/batch", "CN=New Root"), (Text(batch, "subject"), Text(batch, "spiffe_id"), Text(batch, "issuer")));
        var pair = report.GetProperty("targets")[0].GetProperty("pairs").EnumerateArray().Single(pair => Text(pair, "identity") == "batch");
        Assert.Equal(("reject", "others", "accepted", "unexpected_access"), (Text(pair, "expected"), Text(pair, "by"), Text(pair, "found"), Text(pair, "state")));
        var sight = pair.GetProperty("addresses")[0];
        Assert.Equal(("accepted", "not_refused"), (Text(sight, "found"), Text(sight, "reason")));
        Assert.NotEqual(JsonValueKind.Null, sight.GetProperty("evidence").ValueKind);
    }

    [Fact]
    public async Task The_policy_is_a_file_that_any_reader_of_YAML_accepts()
    {
        Serve("open", ", must_reject: others", _rig.OldRoot, _rig.NewRoot);

        var printed = await MatrixAsync("--output", "policy");

        Assert.Equal((1, ""), (printed.Code, printed.Error));
        var yaml = new YamlStream();
        yaml.Load(new StringReader(printed.Output));
        var root = yaml.Documents[0].RootNode;
        Assert.Equal(("1", "false", "mtlsprobe.yml"), (At(root, "version"), At(root, "holds"), At(root, "configuration")));
        Assert.Equal("spiffe://prod.example/batch", At(root, "identities", "batch", "spiffe_id"));
        Assert.Equal("denied", At(root, "targets", "open", "others"));
        Assert.Equal(("identity", "accepted"), (At(root, "targets", "open", "allowed", "checkout", "by"), At(root, "targets", "open", "allowed", "checkout", "found")));
        Assert.Equal("unexpected_access", At(root, "targets", "open", "denied", "batch", "difference"));
        Assert.Equal(["none", "batch", "stranger"], ((YamlMappingNode)root["targets"]["open"]["denied"]).Children.Keys.Select(key => ((YamlScalarNode)key).Value));
        Assert.Equal("alert", ((YamlScalarNode)root["targets"]["open"]["denied"]["stranger"]["evidence"][0]["by"]).Value);
        Assert.DoesNotContain("PRIVATE", printed.Output, StringComparison.Ordinal);

        static string? At(YamlNode node, params string[] path) => ((YamlScalarNode)path.Aggregate(node, (at, key) => at[key])).Value;
    }

    private void Serve(string name, string more, params TestCertificate[] clients)
    {
        _rig.MoreOfTarget = more;
        _rig.Serve(name, [_rig.OldRoot.Leaf(PreflightRig.ServerName)], clients);
    }

    private Task<Printed> MatrixAsync(params string[] words)
    {
        _rig.Configure();
        return Terminal.RunAsync(["matrix", "--config.file", _rig.Configuration, .. words]);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}

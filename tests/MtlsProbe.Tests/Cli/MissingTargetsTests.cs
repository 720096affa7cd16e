using MtlsProbe.Cli;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Cli;

/// <summary>Commands whose discovery sources do not deliver everything: a good result for a part of the fleet is no good result for the fleet.</summary>
public sealed class MissingTargetsTests : IDisposable
{
    private const string FailingSource = "mtlsprobe: discovery source away delivers no targets: ";
    private const string LeftOutTarget = "mtlsprobe: 1 target of discovery source catalogue is left out; for the reasons: mtlsprobe check-config --discovery ";

    private readonly TempFiles _files = new();

    public void Dispose() => _files.Dispose();

    public static TheoryData<string[]> Gates => new(
        ["preflight", "--identity", "checkout", "--cert", "new.crt", "--key", "new.key"],
        ["preflight", "--trust", "internal", "--ca", "new.crt"],
        ["matrix"],
        ["forecast"]);

    [Theory]
    [MemberData(nameof(Gates))]
    public async Task A_gate_does_not_run_while_a_source_fails(string[] words)
    {
        var printed = await RunAsync("{ name: away, file: { files: [gone/*.yml] } }", words);

        Assert.Equal((ExitCode.Usage, ""), (printed.Code, printed.Output));
        Assert.StartsWith(FailingSource, printed.Error, StringComparison.Ordinal);
        Assert.EndsWith(
            "mtlsprobe: some targets are missing, so the result would not cover all of them\n  hint: fix the discovery sources, or name the targets: --target NAME\n", printed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Gates))]
    public async Task A_gate_does_not_run_if_a_target_is_left_out(string[] words)
    {
        _files.Write("targets.yml", "- targets: ['nonsense?']");

        var printed = await RunAsync("{ name: catalogue, file: { files: [targets.yml] } }", words);

        Assert.Equal((ExitCode.Usage, ""), (printed.Code, printed.Output));
        Assert.StartsWith(LeftOutTarget, printed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Named_targets_do_not_depend_on_sources_that_fail()
    {
        _files.Write("targets.yml", "- { targets: ['127.0.0.1:1'], labels: { name: found } }");

        var printed = await RunAsync("{ name: away, file: { files: [gone/*.yml] } }, { name: catalogue, file: { files: [targets.yml] } }", "forecast", "--target", "found");

        Assert.StartsWith(FailingSource, printed.Error, StringComparison.Ordinal);
        Assert.NotEqual(ExitCode.Usage, printed.Code);
        Assert.StartsWith("✘ No handshake is accepted now", printed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_probe_of_all_probes_the_known_targets_and_does_not_succeed()
    {
        var printed = await RunAsync("{ name: away, file: { files: [gone/*.yml] } }", "probe", "--all");

        Assert.Equal(ExitCode.Bad, printed.Code);
        Assert.EndsWith("✘ No handshakes were made: there are no targets.\n", printed.Output, StringComparison.Ordinal);
        Assert.StartsWith(FailingSource, printed.Error, StringComparison.Ordinal);
        Assert.EndsWith("mtlsprobe: some targets are missing, as reported above, so this result does not cover all of them\n", printed.Error, StringComparison.Ordinal);
    }

    private Task<Printed> RunAsync(string discovery, params string[] words)
    {
        var file = _files.Write("mtlsprobe.yml", $$"""
            identities: { checkout: { current: { certificate: a.crt, key: a.key } } }
            trust: { internal: { files: [root.crt] } }
            discovery: [{{discovery}}]
            """);
        return Terminal.RunAsync([.. words, "--config.file", file]);
    }
}

using System.Net;
using System.Net.Sockets;
using MtlsProbe.Cli;
using MtlsProbe.Model;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Cli;

/// <summary>What keeps <c>serve</c> from starting; how it serves is tested with the built program.</summary>
public sealed class ServeCommandTests : IDisposable
{
    private readonly TempFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task All_errors_of_the_configuration_are_told_and_nothing_is_served()
    {
        var file = _files.Write("mtlsprobe.yml", "targets:\n- { name: a, adress: \"a:1\" }\n- { name: b, address: nowhere, protocol: tls }\n");

        var printed = await Terminal.RunAsync("serve", "--config.file", file, "--web.listen-address", "127.0.0.1:0");

        Assert.Equal((ExitCode.Usage, ""), (printed.Code, printed.Output));
        Assert.Contains($"{file}:2:", printed.Error, StringComparison.Ordinal);
        Assert.Contains($"{file}:3:", printed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_errors_of_the_web_configuration_are_told_and_nothing_is_served()
    {
        var web = _files.Write("web.yml", "colour: red\nrate_limit: { interval: 5 }\n");

        var printed = await Terminal.RunAsync("serve", "--config.file", NoTargets(), "--web.listen-address", "127.0.0.1:0", "--web.config.file", web);

        Assert.Equal(ExitCode.Usage, printed.Code);
        Assert.Contains($"{web}:1:", printed.Error, StringComparison.Ordinal);
        Assert.Contains($"{web}:2:", printed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_in_use_is_told_in_a_sentence()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = other.LocalEndpoint.ToString()!;

        var printed = await Terminal.RunAsync("serve", "--config.file", NoTargets(), "--web.listen-address", address);

        Assert.Equal(ExitCode.Usage, printed.Code);
        Assert.StartsWith($"mtlsprobe: cannot serve on {address}: Address already in use\n  hint: --web.listen-address", printed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", printed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--web.listen-address", "10219")]
    [InlineData("--web.config.file", "")]
    [InlineData("--config.file", "")]
    [InlineData("--log.level", "loud")]
    [InlineData("--log.format", "xml")]
    [InlineData("--shard", "5/4")]
    public async Task A_flag_with_a_wrong_value_is_a_mistake_of_usage(string flag, string value)
    {
        string[] file = flag == "--config.file" ? [] : ["--config.file", NoTargets()];
        var printed = await Terminal.RunAsync(["serve", .. file, flag, value]);

        Assert.Equal(ExitCode.Usage, printed.Code);
        Assert.Contains(flag, printed.Error, StringComparison.Ordinal);
        Assert.Contains(value, printed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_shard_in_the_environment_is_told_with_the_variable_and_nothing_is_served()
    {
        var printed = await Terminal.RunInAsync(name => name == "MTLSPROBE_SHARD" ? "mtlsprobe-4/4" : null, "serve", "--config.file", NoTargets(), "--web.listen-address", "127.0.0.1:0");

        Assert.Equal((ExitCode.Usage, ""), (printed.Code, printed.Output));
        Assert.StartsWith("mtlsprobe: MTLSPROBE_SHARD: \"mtlsprobe-4/4\" is not a shard: the pods of 4 shards are mtlsprobe-0 to mtlsprobe-3\n  hint: ", printed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_flag_wins_over_the_variable_and_without_both_all_targets_are_probed()
    {
        Assert.Equal((new Shard(1, 2), null), ShardOption.Of(new Shard(1, 2), _ => "nonsense"));
        Assert.Equal((new Shard(3, 4), null), ShardOption.Of(null, name => name == "MTLSPROBE_SHARD" ? "mtlsprobe-2/4" : null));
        Assert.Equal((null, null), ShardOption.Of(null, _ => null));
    }

    [Fact]
    public async Task The_demo_is_served_to_this_machine_alone_unless_told_otherwise()
    {
        Assert.Contains("127.0.0.1:10219", (await Terminal.RunAsync("demo", "--help")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1:10219]", (await Terminal.RunAsync("serve", "--help")).Output, StringComparison.Ordinal);
    }

    private string NoTargets() => _files.Write("mtlsprobe.yml", "targets: []\n");
}

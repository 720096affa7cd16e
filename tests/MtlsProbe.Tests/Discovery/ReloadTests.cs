using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Config;
using MtlsProbe.Discovery;
using MtlsProbe.Handshake;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Discovery;

/// <summary>Many concurrent requests for a reload cost at most two reloads.</summary>
public sealed class ReloadTests : IDisposable
{
    private readonly TempFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task All_reload_requests_during_a_reload_share_the_next_one_which_reads_the_latest_content()
    {
        var file = Write("first");
        using var source = new ConfigurationSource(file, ConfigurationFile.Load(file, BuiltInProtocols.All), new Loop("configuration", new ManualTime()), NullLogger<ReloadLog>.Instance);
        using var isUnderWay = new SemaphoreSlim(0);
        using var gate = new ManualResetEventSlim();
        List<string> read = [];
        void Changed()
        {
            read.Add(source.Loaded.Configuration.Targets[0].Name);
            isUnderWay.Release();
            gate.Wait();
        }

        var first = Task.Run(() => source.ReloadAsync(Changed));
        await isUnderWay.WaitAsync();
        List<Task<ReloadOutcome>> others = [.. Enumerable.Range(0, 100).Select(_ => source.ReloadAsync(Changed))];
        Write("second");
        gate.Set();
        ReloadOutcome[] outcomes = [await first, .. await Task.WhenAll(others)];

        Assert.Equal(["first", "second"], read);
        Assert.All(outcomes, outcome => Assert.True(outcome.Success));
    }

    [Fact]
    public async Task A_pattern_without_a_match_is_reported_with_the_reload()
    {
        var log = new RecordingLogger<ReloadLog>();
        var file = _files.Write("mtlsprobe.yml", "targets_files: ['*.yaml']");
        using var source = new ConfigurationSource(file, ConfigurationFile.Load(file, BuiltInProtocols.All), new Loop("configuration", new ManualTime()), log);

        await source.ReloadAsync(() => { });

        var (level, text) = log.Take()[^1];
        Assert.Equal((LogLevel.Warning, $"{file}: targets_files[0] fits no file"), (level, text));
    }

    private string Write(string target) => _files.Write("mtlsprobe.yml", $"targets: [{{ name: {target}, address: 'a.test:443' }}]");
}

using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Demo;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Demo;

/// <summary>The demo's servers, probed as its own configuration says.</summary>
public sealed class DemoStageTests(ProbedStage probed) : IClassFixture<ProbedStage>
{
    public static TheoryData<string> Names => [.. new DemoTargets(new DemoPki(TimeProvider.System)).All().Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_server_gives_the_verdict_that_its_row_claims(string name)
    {
        var (target, _) = probed.Stage.Targets.Single(entry => entry.Target.Name == name);
        var result = probed.Results[name];

        Assert.Equal(target.Verdict, new DemoVerdict(result.Outcome, result.Failure?.Reason, result.Failure?.Alert));
        Assert.Equal(target.Verdict.Reason is null, result.Success);
    }

    [Fact]
    public void Only_the_open_server_asks_for_no_client_certificate()
    {
        var facts = probed.Results.Values.Where(result => result.ClientCertificate is not null);

        var open = Assert.Single(facts, result => !result.ClientCertificate!.Requested);
        Assert.Equal("not-enforcing", open.Target);
    }

    [Fact]
    public void A_refused_or_untrusted_handshake_still_shows_the_servers_certificate()
    {
        var spoke = probed.Stage.Targets.Where(entry => entry.Target.Tls is not null).Select(entry => probed.Results[entry.Target.Name]);

        Assert.All(spoke, result => Assert.NotEmpty(result.ServerCertificates));
    }

    [Fact]
    public void The_certificate_that_expires_soon_has_six_days_left()
    {
        var left = probed.Results["expires-soon"].ServerCertificates[0].NotAfter - TimeProvider.System.GetUtcNow();

        Assert.Equal(6, left.Days);
    }

    [Fact]
    public async Task The_rotating_server_has_another_certificate_after_a_minute()
    {
        var time = new ManualTime(TestPki.Now);
        await using var stage = await DemoStage.OpenAsync(time);
        var prober = new StageProber(stage);
        var before = await prober.ProbeAsync("rotating");

        time.Advance(TimeSpan.FromMinutes(1));
        var after = await prober.ProbeAsync("rotating");

        Assert.True(before.Success);
        Assert.True(after.Success);
        Assert.NotEqual(before.ServerCertificates[0].Serial, after.ServerCertificates[0].Serial);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Keys_are_for_this_user_alone_and_leave_with_the_demo()
    {
        var stage = await DemoStage.OpenAsync(TimeProvider.System);
        var directory = stage.Files.Directory;
        var keys = Directory.GetFiles(directory, "*.key");

        Assert.Equal(2, keys.Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        Assert.All(keys, key => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key)));

        await stage.DisposeAsync();

        Assert.False(Directory.Exists(directory));
    }
}

/// <summary>A running stage and one result per target.</summary>
public sealed class ProbedStage : IAsyncLifetime
{
    internal DemoStage Stage { get; private set; } = null!;

    internal IReadOnlyDictionary<string, ProbeResult> Results { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Stage = await DemoStage.OpenAsync(TimeProvider.System);
        var prober = new StageProber(Stage);
        var results = await Task.WhenAll(Stage.Targets.Select(entry => prober.ProbeAsync(entry.Target.Name)));
        Results = results.ToDictionary(result => result.Target);
    }

    public async Task DisposeAsync() => await Stage.DisposeAsync();
}

/// <summary>Probes targets of a stage from the stage's own configuration file.</summary>
internal sealed class StageProber
{
    private readonly Configuration _configuration;
    private readonly Prober _prober;

    public StageProber(DemoStage stage)
    {
        var loaded = ConfigurationFile.Load(stage.Files.Configuration);
        Assert.Empty(loaded.Errors);
        _configuration = loaded.Configuration!;
        var materials = new MaterialStore(TimeProvider.System, NullLogger<MaterialStore>.Instance);
        materials.Follow(_configuration);
        _prober = Prober.Create(materials, new Resolver(TimeProvider.System), TimeProvider.System, NullLoggerFactory.Instance);
    }

    public Task<ProbeResult> ProbeAsync(string name)
    {
        var target = _configuration.Targets.Single(target => target.Name == name);

        // Patient where a busy machine could make a good server look undecided; silence needs no patience to be seen.
        var timeout = name == "black-hole" ? target.Timeout : TimeSpan.FromSeconds(20);
        return _prober.ProbeAsync(ProbePlan.For(target, nextIsStaged: false, Replicas.AsConfigured).Single(), timeout, CancellationToken.None);
    }
}

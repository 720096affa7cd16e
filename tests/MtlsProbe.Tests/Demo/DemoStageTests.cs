using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Certificates;
using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Demo;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Demo;

/// <summary>The demo's servers, probed with its own configuration.</summary>
public sealed class DemoStageTests(ProbedStage probed) : IClassFixture<ProbedStage>
{
    public static TheoryData<string> Names => [.. new DemoTargets(new DemoPki(TimeProvider.System)).All().Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_handshake_with_each_server_gives_the_verdict_in_its_row(string name)
    {
        var (target, _) = probed.Stage.Targets.Single(entry => entry.Target.Name == name);
        var promised = target.MustReject.Select(refusal => (refusal.Identity, Expectation.Reject, refusal.Verdict))
            .Prepend((target.Identity, Expectation.Accept, target.Verdict));
        promised = [promised.First(), .. target.Accepts.Select(identity => (identity, Expectation.Accept, DemoVerdict.Accepted)), .. promised.Skip(1)];

        Assert.Equal(promised, probed.Results[name].Select(result => (result.Identity, result.Expect, DemoVerdicts.Of(result))));
        Assert.All(probed.Results[name], result => Assert.Equal(result.Failure is null, result.Success));
    }

    [Fact]
    public void Only_the_open_server_asks_for_no_client_certificate()
    {
        var facts = probed.Results.Values.SelectMany(results => results).Where(result => result.ClientCertificate is not null);

        Assert.Equal(["not-enforcing"], facts.Where(result => !result.ClientCertificate!.Requested).Select(result => result.Target).Distinct());
    }

    [Fact]
    public void The_offset_of_the_server_with_the_wrong_clock_is_known()
    {
        var clock = probed.Results["clock-ahead"][0].ServerClock!;

        Assert.InRange(clock.Offset, 7200 - clock.Uncertainty, 7200 + clock.Uncertainty);
        Assert.InRange(clock.Uncertainty, 1, 11); // a second, and half of at most twenty
        Assert.All(probed.Results.Where(entry => entry.Key != "clock-ahead").SelectMany(entry => entry.Value), result => Assert.Null(result.ServerClock));
    }

    [Fact]
    public async Task The_half_rotated_server_presents_its_two_certificates_in_turn()
    {
        await using var prober = new StageProber(probed.Stage);
        var serials = new List<string>();
        for (var i = 0; i < 4; i++) serials.Add((await prober.ProbeAsync("half-rotated")).ServerCertificates[0].Serial);

        Assert.Equal(2, serials.Distinct().Count());
        Assert.Equal(serials[..2], serials[2..]);
    }

    [Fact]
    public void The_server_that_missed_its_renewal_is_reported_with_both_serials()
    {
        var result = probed.Results["served-is-not-issued"][0];
        var issued = probed.Stage.Targets.Single(entry => entry.Target.Name == "served-is-not-issued").Target.Issued!;

        Assert.False(result.Expected.ServerCertificate);
        Assert.Contains(result.ServerCertificates[0].Serial, result.Failure!.Detail, StringComparison.Ordinal);
        Assert.Contains(Certificate.TryParse(issued.Der)!.Serial, result.Failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_or_untrusted_handshake_still_shows_the_servers_certificate()
    {
        var spoke = probed.Stage.Targets.Where(entry => entry.Target.Tls is not null).SelectMany(entry => probed.Results[entry.Target.Name]);

        Assert.All(spoke, result => Assert.NotEmpty(result.ServerCertificates));
    }

    [Fact]
    public void The_certificate_that_expires_soon_has_six_days_left()
    {
        var left = probed.Results["expires-soon"][0].ServerCertificates[0].NotAfter - TimeProvider.System.GetUtcNow();

        Assert.Equal(6, left.Days);
    }

    [Fact]
    public async Task The_rotating_server_has_another_certificate_after_a_minute()
    {
        var time = new ManualTime(TestPki.Now);
        await using var stage = await DemoStage.OpenAsync(time);
        await using var prober = new StageProber(stage);
        var before = await prober.ProbeAsync("rotating");

        time.Advance(TimeSpan.FromMinutes(1));
        var after = await prober.ProbeAsync("rotating");

        Assert.True(before.Success);
        Assert.True(after.Success);
        Assert.NotEqual(before.ServerCertificates[0].Serial, after.ServerCertificates[0].Serial);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Keys_are_readable_only_for_this_user_and_removed_with_the_demo()
    {
        var stage = await DemoStage.OpenAsync(TimeProvider.System);
        var directory = stage.Files.Directory;
        stage.Rollout.StageNext();
        var keys = Directory.GetFiles(directory, "*.key", SearchOption.AllDirectories);

        Assert.Equal(11, keys.Length); // five separate ones; one in each of two secrets, visible under three names
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        Assert.All(keys, key => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key)));

        await stage.DisposeAsync();

        Assert.False(Directory.Exists(directory));
    }
}

/// <summary>A running stage and one result per handshake.</summary>
public sealed class ProbedStage : IAsyncLifetime
{
    internal DemoStage Stage { get; private set; } = null!;

    /// <summary>By target; first the handshake that must be accepted.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyList<ProbeResult>> Results { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Stage = await DemoStage.OpenAsync(TimeProvider.System);
        await using var prober = new StageProber(Stage);
        var results = await Task.WhenAll(Stage.Targets.Select(entry => prober.ProbeAllAsync(entry.Target.Name)));

        // As in serve: which issuer is missing may be known only after another server has presented it.
        for (var index = 0; index < results.Length; index++)
        {
            if (results[index].Any(result => result.Chain?.StopsAt is not null)) results[index] = await prober.ProbeAllAsync(results[index][0].Target);
        }

        Results = results.ToDictionary(some => some[0].Target);
    }

    public async Task DisposeAsync() => await Stage.DisposeAsync();
}

/// <summary>A result, in the words of the demo's table.</summary>
internal static class DemoVerdicts
{
    public static DemoVerdict Of(ProbeResult result) => new(result.Outcome, result.Failure?.Reason, result.Failure?.Alert);
}

/// <summary>Probes targets of a stage from the stage's own configuration file, with the credentials as they are now.</summary>
internal sealed class StageProber : IAsyncDisposable
{
    private readonly Configuration _configuration;
    private readonly ProbeStack _stack = new(TimeProvider.System, NullLoggerFactory.Instance, once: true);

    public StageProber(DemoStage stage)
    {
        var loaded = ConfigurationFile.Load(stage.Files.Configuration, BuiltInProtocols.All);
        Assert.Empty(loaded.Errors);
        _configuration = loaded.Configuration!;
        _stack.Materials.Follow(_configuration);
        _stack.Evidence.Follow(_configuration);
    }

    /// <summary>Stops listening to the mesh.</summary>
    public ValueTask DisposeAsync() => new(_stack.Materials.RunAsync(_ => { }, new CancellationToken(canceled: true)));

    /// <summary>The result of the credential in use.</summary>
    public async Task<ProbeResult> ProbeAsync(string name) => (await ProbeAllAsync(name))[0];

    /// <summary>One result for each credential.</summary>
    public async Task<IReadOnlyList<ProbeResult>> ProbeAllAsync(string name)
    {
        var target = _configuration.Targets.Single(target => target.Name == name);

        // Patient if a busy machine could make a good server look undecided; silence is seen without patience.
        var timeout = name == "black-hole" ? target.Timeout : TimeSpan.FromSeconds(20);
        var jobs = ProbePlan.For(target, _stack.Materials.NextIsStaged, Replicas.AsConfigured);
        return await Task.WhenAll(jobs.Select(job => _stack.Probe(job.With(_stack.Materials.Handle), ProbeTime.Strict(timeout), CancellationToken.None)));
    }
}

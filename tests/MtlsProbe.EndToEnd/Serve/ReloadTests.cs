using System.Net;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>A new configuration takes effect completely or not at all, in each of the three ways, and unchanged targets keep their counts.</summary>
public sealed class ReloadTests : IAsyncLifetime
{
    private const string Successful = "mtlsprobe_config_last_reload_successful";

    private FleetServers _servers = null!;
    private Exporter _exporter = null!;

    public async Task InitializeAsync()
    {
        if (RealServers.Missing is not null) return;
        _servers = await FleetServers.Start("reload", 2);
        _exporter = await Exporter.Start(Configure("first"));
        await _exporter.Ready();
    }

    public async Task DisposeAsync()
    {
        if (RealServers.Missing is not null) return;
        await _exporter.DisposeAsync();
        await _servers.DisposeAsync();
    }

    [RealServersFact]
    public async Task A_signal_reloads()
    {
        Configure("first", "second");
        await _exporter.Process.Signal("HUP");
        await Probes("second");
    }

    [RealServersFact]
    public async Task A_post_reloads()
    {
        Configure("first", "second");
        var (status, _) = await _exporter.Send(HttpMethod.Post, "/-/reload");
        Assert.Equal(HttpStatusCode.OK, status);
        await Probes("second");
    }

    [RealServersFact]
    public async Task A_changed_file_is_loaded_by_itself()
    {
        Configure("first", "second");
        await Probes("second");
    }

    [RealServersFact]
    public async Task Targets_that_stay_keep_their_counts_and_those_that_go_leave_no_series()
    {
        var before = await _exporter.Until(m => Handshakes(m, "first") >= 3, "three handshakes of the first target");
        Configure("first", "second");
        await _exporter.Send(HttpMethod.Post, "/-/reload");
        var after = await Probes("second");
        Assert.True(Handshakes(after, "first") >= Handshakes(before, "first"), "counts were lost");

        Configure("second");
        await _exporter.Send(HttpMethod.Post, "/-/reload");
        var last = await _exporter.Scrape();
        Assert.DoesNotContain("\"first\"", last.Text, StringComparison.Ordinal);
    }

    [RealServersTheory]
    [InlineData("targets: [")]
    [InlineData("targets:\n  - name: first\n    adress: 127.0.0.1:1\n")]
    [InlineData("targets:\n  - name: first\n    address: 127.0.0.1:1\n    identity: nobody\n")]
    public async Task A_bad_configuration_is_refused_as_a_whole_and_the_old_one_stays_in_use(string bad)
    {
        var before = await _exporter.Scrape();
        Assert.Equal(1, before.Value(Successful));
        _servers.Workspace.Write("mtlsprobe.yml", bad);

        var (status, body) = await _exporter.Send(HttpMethod.Post, "/-/reload");

        Assert.True((int)status >= 400, $"{status}: {body}");
        Assert.Contains("mtlsprobe.yml:", body, StringComparison.Ordinal);
        var counted = Handshakes(await _exporter.Scrape(), "first");
        var after = await _exporter.Until(m => Handshakes(m, "first") > counted, "further probes of the old target");
        Assert.Equal(0, after.Value(Successful));

        Configure("first", "second");
        await Probes("second");
        Assert.Equal(1, (await _exporter.Scrape()).Value(Successful));
    }

    private Task<MetricsText> Probes(string target) => _exporter.Until(m => m.Value("mtlsprobe_success", ("target", target)) == 1, $"success of {target}");

    private static double Handshakes(MetricsText metrics, string target) => metrics.Sum("mtlsprobe_handshakes_total", ("target", target));

    private string Configure(params IEnumerable<string> names) =>
        new ConfigFile(_servers.Files, [.. names.Select(name => new TargetEntry(name, _servers.FirstPort))]) { Interval = "1s", Timeout = "1s" }
            .WriteTo(_servers.Workspace);
}

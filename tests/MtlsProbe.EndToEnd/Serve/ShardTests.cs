using System.Globalization;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>Processes that share the targets of one configuration while some of them end and others start.</summary>
public sealed class ShardTests : IAsyncLifetime
{
    /// <summary>In seconds. Nothing here waits for one: the first probes are made at once.</summary>
    private const int Interval = 60;

    private static readonly string[] s_names = [.. Enumerable.Range(0, 24).Select(i => $"target-{i:00}"), .. Enumerable.Range(1, 12).Select(i => $"127.0.1.{i}:1")];

    private readonly Dictionary<int, Exporter> _shards = [];
    private FleetServers _servers = null!;
    private string _configuration = "";

    public async Task InitializeAsync()
    {
        if (RealServers.Missing is not null) return;
        _servers = await FleetServers.Start("shards", 1);
        var file = new ConfigFile(_servers.Files, [.. s_names[..24].Select(name => new TargetEntry(name, _servers.FirstPort))])
        {
            Interval = string.Create(CultureInfo.InvariantCulture, $"{Interval}s"),
            Identities = ["good"],
        };
        _servers.Workspace.Write("found.json", $"[{{\"targets\": [{string.Join(", ", s_names[24..].Select(address => $"\"{address}\""))}]}}]");
        _configuration = _servers.Workspace.Write("mtlsprobe.yml", file.Yaml() + "discovery: [{ name: found, file: { files: [found.json] }, target: { protocol: tls } }]\n");
    }

    public async Task DisposeAsync()
    {
        foreach (var shard in _shards.Values) await shard.DisposeAsync();
        if (_servers is not null) await _servers.DisposeAsync();
    }

    [RealServersFact]
    public async Task Three_shards_one_killed_and_restarted_one_added_and_every_target_is_probed_by_exactly_one_within_two_intervals()
    {
        await Task.WhenAll(Start(1, 3), Start(2, 3), Start(3, 3));
        var ofThree = await Owners();
        Assert.Equal([1, 2, 3], ofThree.Values.Distinct().Order());

        // Killed: the others continue with their own targets, and take over none. The successor runs elsewhere, and finds the same targets.
        await _shards[2].Process.Signal("KILL");
        await _shards[2].Process.Exit(TimeSpan.FromSeconds(60));
        Assert.All(await Task.WhenAll(ProbedBy(1), ProbedBy(3)), probed => Assert.Subset(ofThree.Where(one => one.Value != 2).Select(one => one.Key).ToHashSet(), probed));
        await Start(2, 3);
        Assert.Equal(ofThree, await Owners());

        // Added: while it runs beside the others, every target has a shard; then they are replaced, too.
        await Start(4, 4);
        Assert.Equal(s_names.Order(StringComparer.Ordinal), (await Task.WhenAll([.. _shards.Keys.Select(ProbedBy)])).SelectMany(probed => probed).Distinct().Order(StringComparer.Ordinal));
        await Task.WhenAll(((int[])[3, 2, 1]).Select(number => Start(number, 4)));
        var ofFour = await Owners();
        Assert.All(s_names, name => Assert.True(ofFour[name] == ofThree[name] || ofFour[name] == 4, $"{name} has moved from shard {ofThree[name]} to {ofFour[name]}"));
        Assert.InRange(ofFour.Count(one => one.Value == 4), 1, s_names.Length / 2);
    }

    /// <summary>The first one gets its shard like a pod of a StatefulSet, the others by the flag. It replaces the process that had this shard.</summary>
    private async Task Start(int number, int count)
    {
        Exporter? before;
        lock (_shards) _shards.Remove(number, out before);
        if (before is not null) await before.DisposeAsync();
        var shard = number == 1
            ? await Exporter.Start(_configuration, new Dictionary<string, string> { ["MTLSPROBE_SHARD"] = $"mtlsprobe-0/{count}" })
            : await Exporter.Start(_configuration, "--shard", $"{number}/{count}");
        lock (_shards) _shards.Add(number, shard);
        await shard.Ready();
        Assert.Equal(1, (await shard.Scrape()).Value("mtlsprobe_shard_info", ("shard", $"{number}"), ("shards", $"{count}")));
    }

    /// <summary>The only shard that probes each target.</summary>
    private async Task<Dictionary<string, int>> Owners()
    {
        var owners = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var number in _shards.Keys.Order())
        {
            foreach (var target in await ProbedBy(number)) Assert.True(owners.TryAdd(target, number), $"{target} is probed by the shards {owners.GetValueOrDefault(target)} and {number}");
        }

        Assert.Equal(s_names.Order(StringComparer.Ordinal), owners.Keys.Order(StringComparer.Ordinal));
        return owners;
    }

    /// <summary>The targets that a shard has probed, each for the first time within two intervals of its start.</summary>
    private async Task<HashSet<string>> ProbedBy(int number)
    {
        var metrics = await _shards[number].Scrape();
        var start = metrics.Value("process_start_time_seconds");
        var probed = metrics.All("mtlsprobe_handshakes_total").GroupBy(series => series.Labels["target"], series => series.Value).Where(counts => counts.Sum() > 0).ToDictionary(counts => counts.Key, counts => counts.Sum());
        Assert.All(metrics.All("mtlsprobe_last_probe_timestamp_seconds").Where(series => probed[series.Labels["target"]] == 1), series => Assert.True(series.Value - start < 2 * Interval, series.ToString()));
        Assert.Equal(metrics.All("mtlsprobe_target_info").Select(series => series.Labels["target"]).Order(), probed.Keys.Order());
        return [.. probed.Keys];
    }
}

using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>All cells of <see cref="UnpackedServersTable"/> this many times, in one run of the program, at their own servers.</summary>
internal sealed class UnpackedServersRounds : IAsyncDisposable
{
    private readonly Workspace _workspace = new("unpacked");
    private UnpackedServers? _servers; // null if they are not available: every test is skipped
    private IReadOnlyDictionary<string, ProbeRecord> _records = new Dictionary<string, ProbeRecord>();

    public static TheoryData<string, string> Repeated => UnpackedServersTable.Cases.Select(c => (c.Server, c.Credential)).Distinct().ToRows();

    public async Task Start()
    {
        if (UnpackedServers.Missing is null) _servers = await UnpackedServers.Start(_workspace);
    }

    public async Task Probe(int times)
    {
        if (_servers is not { } servers) return;
        var turns = UnpackedServersTable.Cases.Select(c => c.Server).Distinct().ToDictionary(server => server, server => new Queue<Endpoint>(servers[server]));
        var targets =
            from number in Enumerable.Range(0, 2 * times)
            from c in UnpackedServersTable.Cases
            where number < UnpackedServersTable.Times(c, times)
            select Entry(c, number, Next(turns[c.Server]));
        _records = await Mtlsprobe.Probe(new ConfigFile(servers.Files, [.. targets]) { Timeout = "30s" }, _workspace);
    }

    public async ValueTask DisposeAsync()
    {
        if (_servers is not null) await _servers.DisposeAsync();
        _workspace.Dispose();
    }

    public ProbeRecord Record(ClientCase c, int number = 0) => _records[Target(c, number)];

    public void AssertAll(string server, string credential, int times)
    {
        var all =
            from c in UnpackedServersTable.Cases
            where (c.Server, c.Credential) == (server, credential)
            from number in Enumerable.Range(0, UnpackedServersTable.Times(c, times))
            select (c.Verdict, Record: Record(c, number));
        var wrong = all.Where(one => one.Verdict != one.Record.Verdict).ToList();
        var got = string.Join("\n", wrong.GroupBy(one => $"expected {one.Verdict}, got {one.Record.Verdict}").Select(group => $"{group.Count()} × {group.Key}"));
        Assert.True(wrong.Count == 0, $"{got}\n{wrong.FirstOrDefault().Record}");
    }

    private static string Target(ClientCase c, int number) => string.Create(CultureInfo.InvariantCulture, $"{c.Target}-{number}");

    private static TargetEntry Entry(ClientCase c, int number, Endpoint endpoint) =>
        new(Target(c, number), endpoint.Port) { Host = endpoint.Host, Protocol = endpoint.Protocol, Path = endpoint.Path, Version = c.Version, Identity = c.Credential };

    /// <summary>The ports of a server are used in turn, so a probe seldom waits for another.</summary>
    private static Endpoint Next(Queue<Endpoint> turns)
    {
        var next = turns.Dequeue();
        turns.Enqueue(next);
        return next;
    }
}

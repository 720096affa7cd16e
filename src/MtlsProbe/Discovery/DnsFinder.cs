using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MtlsProbe.DnsQueries;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// Targets in DNS: SRV records (RFC 2782), or the addresses of a name with a configured port. Names are queried again when the first record expires, but
/// not too often. A name that cannot be looked up keeps its last targets.
/// </summary>
/// <param name="ask">As <see cref="DnsLookup.AskAsync"/>.</param>
internal sealed class DnsFinder(DnsDiscovery place, DnsFinder.Ask ask, FinderFaults faults) : ITargetFinder
{
    public delegate Task<(DnsReply? Reply, string? Problem)> Ask(IReadOnlyList<IPEndPoint> servers, string name, DnsRecordType type, CancellationToken stop);

    private const int MostAtOnce = 16;

    /// <summary>However short the time to live of the records is.</summary>
    private static readonly TimeSpan s_leastPause = TimeSpan.FromSeconds(5);

    /// <summary>For all names.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, ValueList<DiscoveredTarget>> _known = new(StringComparer.Ordinal); // by name; one look at a time

    public async Task<TargetsFound> LookAsync(CancellationToken stop) => (await AskAsync(stop).ConfigureAwait(false)).Found;

    public Task RunAsync(Action<TargetsFound> report, CancellationToken stop) => Polling.RunAsync(AskAsync, place.Refresh, report, faults, stop);

    public void Dispose()
    {
    }

    private async Task<(TargetsFound Found, TimeSpan? Again)> AskAsync(CancellationToken stop)
    {
        var (servers, missing) = Servers();
        if (missing is not null) return (TargetsFound.Failed(missing), null);
        var answers = await AskAsync(servers, stop).ConfigureAwait(false);
        var life = place.Refresh;
        List<string> problems = [];
        foreach (var name in place.Names)
        {
            if (!answers.TryGetValue(name, out var answer)) problems.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: there was no time for it within {s_patience.TotalSeconds:0} s"));
            else if (answer.Problem is { } problem) problems.Add($"{name}: {problem}");
            else if (answer.Reply!.Code == DnsReply.NoSuchName) problems.Add($"{name}: there is no such name");
            else
            {
                _known[name] = TargetsOf(name, answer.Reply.Records);
                if (answer.Reply.TimeToLive is { } ttl && ttl < life) life = ttl;
            }
        }

        var fault = TargetsFound.Summary(problems);
        if (_known.Count == 0) return (TargetsFound.Failed(fault!), null);
        var targets = place.Names.SelectMany(name => _known.GetValueOrDefault(name)).ToValueList();
        return (new TargetsFound(targets, fault), fault is null ? Pause(life) : null);
    }

    private async Task<ConcurrentDictionary<string, (DnsReply? Reply, string? Problem)>> AskAsync(IReadOnlyList<IPEndPoint> servers, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(s_patience, faults.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        ConcurrentDictionary<string, (DnsReply? Reply, string? Problem)> answers = new(StringComparer.Ordinal);
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = end.Token };
            await Parallel.ForEachAsync(place.Names, options, async (name, cancelled) => answers[name] = await ask(servers, name, place.Type, cancelled).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // The names without an answer are reported.
        }

        return answers;
    }

    /// <summary>The configured name server, or those of this machine as they are now.</summary>
    private (IReadOnlyList<IPEndPoint> Servers, string? Problem) Servers() =>
        place.Server is { Literal: { } address, Port: var port } ? ([new IPEndPoint(address, port)], null) : NameServers.OfMachine();

    private TimeSpan Pause(TimeSpan life)
    {
        var least = s_leastPause < place.Refresh ? s_leastPause : place.Refresh;
        return life > least ? life : least;
    }

    private ValueList<DiscoveredTarget> TargetsOf(string name, ValueList<DnsRecord> records)
    {
        var at = new TextPlace(name, 0, 0);

        // An SRV record whose target is the root means that there is no such service (RFC 2782).
        if (place.Type == DnsRecordType.Srv) return Found(records.Where(record => record.Host.Length > 0).Select(record => (record.Host, record.Port)), []);

        return Found(records.Select(record => record.Address!).Where(address => !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
            .Select(address => (address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString(), place.Port)), [new Label(DiscoveredTarget.KeyPrefix + "server_name", name.TrimEnd('.'))]);

        // Servers shuffle their records; the order decides which of two targets keeps a name.
        ValueList<DiscoveredTarget> Found(IEnumerable<(string Host, int Port)> hosts, ValueList<Label> labels) =>
            hosts.Distinct().OrderBy(one => one.Host, StringComparer.Ordinal).ThenBy(one => one.Port)
                .Select(one => new DiscoveredTarget(string.Create(CultureInfo.InvariantCulture, $"{one.Host}:{one.Port}"), labels) { At = at }).ToValueList();
    }
}

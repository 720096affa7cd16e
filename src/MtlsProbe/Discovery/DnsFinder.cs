using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// Targets that DNS names: SRV records (RFC 2782), or the addresses of a name beside a port. They are asked for again when the first of them ends, but
/// not too often. A name that gives no answer keeps what it gave last.
/// </summary>
internal sealed class DnsFinder(DnsDiscovery place, Loop loop) : ITargetFinder
{
    /// <summary>However short records live.</summary>
    private static readonly TimeSpan s_leastPause = TimeSpan.FromSeconds(5);

    /// <summary>Of one question at one server; it is asked twice.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <summary>Of all questions of a look.</summary>
    private static readonly TimeSpan s_whole = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, ValueList<DiscoveredTarget>> _known = new(StringComparer.Ordinal); // what each name gave last; one look at a time

    public async Task<TargetsFound> LookAsync(CancellationToken stop) => (await AskAsync(stop).ConfigureAwait(false)).Found;

    public Task RunAsync(Action<TargetsFound> told, CancellationToken stop) => Polling.RunAsync(AskAsync, place.Refresh, told, loop, stop);

    public void Dispose()
    {
    }

    private async Task<(TargetsFound Found, TimeSpan? Again)> AskAsync(CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(s_whole, loop.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        var servers = Servers();
        if (servers.Count == 0) return (TargetsFound.Failed("/etc/resolv.conf names no server"), null);
        var client = new LookupClient(new LookupClientOptions([.. servers])
        {
            UseCache = false, Timeout = s_patience, Retries = 1, ThrowDnsErrors = false, ContinueOnDnsError = true, UseTcpFallback = true, ExtendedDnsBufferSize = 1232,
        });
        var answers = await Task.WhenAll(place.Names.Select(name => AskAsync(client, name, end.Token))).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        var again = place.Refresh;
        List<string> faults = [];
        foreach (var (name, (records, fault)) in place.Names.Zip(answers))
        {
            if (fault is not null)
            {
                faults.Add(fault);
                continue;
            }

            _known[name] = TargetsOf(name, records);
            foreach (var record in records) again = TimeSpan.FromSeconds(Math.Max(0, record.InitialTimeToLive)) is var life && life < again ? life : again;
        }

        if (_known.Count == 0) return (TargetsFound.Failed(faults[0]), null);
        var targets = place.Names.SelectMany(name => _known.GetValueOrDefault(name)).ToValueList();
        return (new TargetsFound(targets, faults.Count == 0 ? null : faults[0] + (faults.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" (and {faults.Count - 1} more)"))), faults.Count > 0 ? null : Pause(again));
    }

    private TimeSpan Pause(TimeSpan life)
    {
        var least = s_leastPause < place.Refresh ? s_leastPause : place.Refresh;
        return life > least ? life : least;
    }

    /// <summary>Those of the machine as they are now, or that of the configuration.</summary>
    private IReadOnlyCollection<NameServer> Servers() =>
        place.Server is { Literal: { } address, Port: var port } ? [new NameServer(address, port)] : NameServer.ResolveNameServers(skipIPv6SiteLocal: true, fallbackToGooglePublicDns: false);

    private async Task<(IReadOnlyList<DnsResourceRecord> Records, string? Fault)> AskAsync(LookupClient client, string name, CancellationToken end)
    {
        var type = place.Type switch { DnsRecordType.Srv => QueryType.SRV, DnsRecordType.A => QueryType.A, _ => QueryType.AAAA };
        try
        {
            var answer = await client.QueryAsync(name, type, QueryClass.IN, end).ConfigureAwait(false);
            if (answer.Header.ResponseCode == DnsHeaderResponseCode.NoError) return ([.. answer.Answers], null);
            return ([], $"{name}: {(answer.Header.ResponseCode == DnsHeaderResponseCode.NotExistentDomain ? "there is no such name" : $"the name server answers {answer.Header.ResponseCode}")}");
        }
        catch (Exception e) when (e is DnsResponseException or SocketException or OperationCanceledException or IOException)
        {
            return ([], $"{name}: no answer of a name server");
        }
        catch (Exception e) when (e is not OutOfMemoryException) // whatever a server sends, its reader may choke on
        {
            return ([], $"{name}: the answer cannot be read");
        }
    }

    private ValueList<DiscoveredTarget> TargetsOf(string name, IReadOnlyList<DnsResourceRecord> records)
    {
        var at = new TextPlace(name, 0, 0);
        if (place.Type == DnsRecordType.Srv)
        {
            // A target of . means that the service is not there (RFC 2782).
            return [.. records.OfType<SrvRecord>().Where(record => record.Target.Value.Length > 1).OrderBy(record => record.Target.Value, StringComparer.Ordinal).ThenBy(record => record.Port)
                .Select(record => Found(record.Target.Value.TrimEnd('.'), record.Port, [])).DistinctBy(target => target.Address)];
        }

        ValueList<Label> labels = [new Label(DiscoveredTarget.KeyPrefix + "server_name", name.TrimEnd('.'))];
        return [.. records.OfType<AddressRecord>().Select(record => record.Address).Where(address => !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
            .OrderBy(address => address.ToString(), StringComparer.Ordinal).Distinct().Select(address => Found(address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString(), place.Port, labels))];

        DiscoveredTarget Found(string host, int port, ValueList<Label> its) => new(string.Create(CultureInfo.InvariantCulture, $"{VisibleText.Of(host, 300, ascii: true)}:{port}"), its) { At = at };
    }
}

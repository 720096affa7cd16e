using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>The servers of services, probed once for each cell of the tables, or often for one row of each server.</summary>
internal sealed class ServiceRounds : IAsyncDisposable
{
    private static readonly string[] s_repeated = ["good", "none", "wrong_ca"];

    private readonly Workspace _workspace = new("services");
    private ServiceServers? _servers; // null if they are not available: every test is skipped
    private IReadOnlyDictionary<string, ProbeRecord> _repeated = new Dictionary<string, ProbeRecord>();

    /// <summary>Of each cell.</summary>
    public IReadOnlyDictionary<string, ProbeRecord> Records { get; private set; } = new Dictionary<string, ProbeRecord>();

    /// <summary>The records of the credentials that a login must refuse, by server and credential.</summary>
    public IReadOnlyDictionary<(string Server, string Credential), ProbeRecord> Refusals { get; private set; } = new Dictionary<(string, string), ProbeRecord>();

    /// <summary>The last row of each server, which speaks TLS 1.3; the row with a login if there is one.</summary>
    private static IEnumerable<ServiceCase> Cases => ServiceTable.Cases.Concat(ServiceLoginTable.Cases)
        .Where(c => c.Version == "1.3" && s_repeated.Contains(c.Credential) && (!c.LogsIn || c.User == "external"))
        .GroupBy(c => (c.Server, c.Credential)).Select(cells => cells.Last());

    /// <summary>Server and credential.</summary>
    public static TheoryData<string, string> Repeated => Cases.Select(c => (c.Server, c.Credential)).ToRows();

    public async Task Start()
    {
        if (ServiceServers.Missing is null) _servers = await ServiceServers.Start(_workspace);
    }

    public async Task ProbeAll()
    {
        if (_servers is { } servers) Records = await Probe(ServiceTable.Cases.Concat(ServiceLoginTable.Cases).Select(c => Target(c, servers[c.Server])));
    }

    /// <param name="logins">The server, the kind of login with the good credential, and the credentials that it must refuse.</param>
    public async Task ProbeRefusals(IEnumerable<(string Server, string Way, string[] Refused)> logins)
    {
        if (_servers is not { } servers) return;
        var targets = logins.Select(login => Target(new ServiceCase(login.Server, login.Way, "1.3", "good", "") { LogsIn = true }, servers[login.Server])).Zip(
            logins, (target, login) => target with { Name = login.Server, More = [.. target.More, $"must_reject: [{string.Join(", ", login.Refused)}]"] });
        var file = new ConfigFile(servers.Files, [.. targets]) { Timeout = "20s" }.WriteTo(_workspace);
        Refusals = Mtlsprobe.Records(await Mtlsprobe.Run("probe", "--all", "--config.file", file, "--output", "json")).ToDictionary(record => (record.Target, record.Identity));
    }

    /// <summary>A refusal takes the time of its silence: it is probed a tenth as often as an acceptance.</summary>
    public static int Times(string credential, int times) => credential == "good" ? times : 1 + (times / 10);

    public async Task ProbeOften(int times)
    {
        if (_servers is not { } servers) return;
        _repeated = await Probe(
            from number in Enumerable.Range(0, times)
            from c in Cases
            where number < Times(c.Credential, times)
            select Target(c, servers[c.Server]) with { Name = Name(c, number) });
    }

    public void AssertAll(string server, string credential, int times)
    {
        var expected = Cases.Single(c => (c.Server, c.Credential) == (server, credential));
        var wrong = Enumerable.Range(0, Times(credential, times)).Select(number => _repeated[Name(expected, number)]).Where(record => record.Verdict != expected.Verdict).ToList();
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {Times(credential, times)} are wrong, expected {expected.Verdict}: {wrong.FirstOrDefault()}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_servers is not null) await _servers.DisposeAsync();
        _workspace.Dispose();
    }

    private Task<IReadOnlyDictionary<string, ProbeRecord>> Probe(IEnumerable<TargetEntry> targets) =>
        Mtlsprobe.Probe(new ConfigFile(_servers!.Files, [.. targets]) { Timeout = "20s" }, _workspace);

    private static string Name(ServiceCase c, int number) => string.Create(CultureInfo.InvariantCulture, $"{c.Target}-{number}");

    private TargetEntry Target(ServiceCase c, Endpoint endpoint) => new(c.Target, endpoint.Port)
    {
        Protocol = endpoint.Protocol,
        HttpVersion = endpoint.Protocol == "https" ? "2" : null,
        Version = c.Version,
        Identity = c.Credential,
        More = c switch
        {
            { LogsIn: true, User: { } way } => [Logins.Keys(_workspace, endpoint.Protocol, way)],
            { Server: "prosody-servers" } => ["xmpp: { server: true }"],
            { User: { } version } when endpoint.Protocol is "mqtts" or "amqps" => [$"{endpoint.Protocol[..4]}: {{ version: \"{version}\" }}"],
            { User: { } user } => [$"{endpoint.Protocol}: {{ user: \"{user}\" }}"],
            _ => [],
        },
    };
}

using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// All cells of <see cref="RepeatedVerdictTable"/> this many times, at their own servers. Each group of cells is one run of the program, one after
/// the other, because each run uses a whole core.
/// </summary>
internal sealed class RepeatedVerdictRounds : IAsyncDisposable
{
    /// <summary>
    /// The timeout of a probe that a server can leave without an answer: enough for everything before the silence, even on a busy machine.
    /// </summary>
    private const string Silence = "5s";

    private static readonly string[] s_versions = ["1.2", "1.3"];

    private readonly Workspace _workspace = new("repeated");
    private RepeatedServers? _servers; // null if they are not available: every test is skipped
    private IReadOnlyDictionary<(string Target, string Expect), ProbeRecord> _records = new Dictionary<(string, string), ProbeRecord>();

    public static TheoryData<string, string> Rows => RepeatedVerdictTable.Cases.Select(c => (c.Server, c.Credential)).ToRows();

    public async Task Start()
    {
        if (RealServers.Missing is null) _servers = await RepeatedServers.Start(_workspace);
    }

    /// <param name="times">With each version.</param>
    public async Task Probe(int times)
    {
        if (_servers is not { } servers) return;
        var groups = new List<IReadOnlyList<ProbeRecord>>();
        foreach (var (index, group) in RepeatedVerdictTable.Groups.Index())
        {
            var targets =
                from number in Enumerable.Range(0, times)
                from version in s_versions
                from c in @group
                select Entry(servers, c, version, number);
            var file = new ConfigFile(servers.Files, [.. targets]) { FileName = $"{index}.yml", Timeout = "30s" }.WriteTo(_workspace);
            groups.Add(Mtlsprobe.Records(await Mtlsprobe.Run("probe", "--all", "--config.file", file, "--output", "json")));
        }

        _records = groups.SelectMany(records => records).ToDictionary(record => (record.Target, record.Expect));
    }

    public async ValueTask DisposeAsync()
    {
        if (_servers is not null) await _servers.DisposeAsync();
        _workspace.Dispose();
    }

    public void AssertAll(string server, string credential, int times)
    {
        var expected = RepeatedVerdictTable.Cases.Single(c => (c.Server, c.Credential) == (server, credential));
        List<string> wrong = [];
        foreach (var target in from version in s_versions from number in Enumerable.Range(0, times) select Name(expected, version, number))
        {
            Check(expected.Verdicts, _records[(target, "accept")]);
            if (expected.WithoutCertificate is { } refusal) Check(refusal, _records[(target, "reject")]);
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} are wrong, among them:\n{string.Join("\n", wrong.Take(3))}");

        void Check(IReadOnlyList<string> right, ProbeRecord record)
        {
            if (!right.Contains(record.Verdict)) wrong.Add($"expected {string.Join(" or ", right)}, got {record.Verdict}\n{record}");
        }
    }

    public void AssertThatLeavesAloneAreToldWithWhoPresentsTheirIntermediate() =>
        Assert.All(
            _records.Values.Where(record => record.Reason == "incomplete_chain"),
            record => Assert.Contains(", presented by the target ", record.Detail, StringComparison.Ordinal));

    private static string Name(RepeatedCase c, string version, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{c.Server.Replace(' ', '-')}-{version}-{c.Credential}-{number}");

    private static TargetEntry Entry(RepeatedServers servers, RepeatedCase c, string version, int number)
    {
        List<string> more = [];
        if (c.TakesAllTime) more.Add($"timeout: {Silence}");
        if (c.WithoutCertificate is not null) more.Add("must_reject: [none]");
        if (c.Server.EndsWith(" other-strings", StringComparison.Ordinal)) more.Add($"expect: {{ issuer: {servers.OtherStringsIssuer} }}");
        var endpoint = servers[c.Server];
        return new TargetEntry(Name(c, version, number), endpoint.Port)
        {
            Protocol = endpoint.Protocol,
            ServerName = endpoint.ServerName,
            Version = version,
            Identity = c.Credential,
            ExpectStatus = c.Server == "nginx-http good" ? "[200, 400]" : null, // in which a refusal has this status
            More = more,
        };
    }
}

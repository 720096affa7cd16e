using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// A close without an alert means what other clients meet at the same server: a refusal, a service that is down, or a protocol that was not offered.
/// Repeated many times; <see cref="ControlBusyTests"/> runs on a busy machine.
/// </summary>
[Collection(SilentServersTests.Name)]
public sealed class ControlTests(SilentRange range, ControlTests.Rounds rounds) : IClassFixture<ControlTests.Rounds>
{
    private const int Times = 100;

    /// <summary>Without the alerts of proxies, which other tests repeat.</summary>
    private static readonly ClientCase[] Repeated =
    [
        .. ControlTable.Cases.Where(c => c is
            { Credential: "good", Server: "haproxy-before" or "stunnel-before" }
            or { Server: "aiohttp-tls" or "node-tls" or "grpc" or "grpc-h2" }),
    ];

    public static TheoryData<string, string, string> Cells => ControlTable.Cases.Select(c => (c.Server, c.Version, c.Credential)).ToRows();

    public static TheoryData<string, string, string> RepeatedCells => Repeated.Select(c => (c.Server, c.Version, c.Credential)).ToRows();

    [RealServersTheory]
    [MemberData(nameof(Cells))]
    public async Task A_close_has_the_right_meaning(string server, string version, string credential) =>
        ControlTable.Case(server, version, credential).AssertVerdict(await rounds.Once(range));

    [RealServersTheory]
    [MemberData(nameof(RepeatedCells))]
    public async Task No_verdict_is_wrong_in_a_hundred(string server, string version, string credential)
    {
        var expected = ControlTable.Case(server, version, credential);
        var all = await rounds.Near(range);
        var wrong = Enumerable.Range(0, Times).Select(i => all[Numbered(expected, i)]).Where(record => record.Verdict != expected.Verdict).ToList();
        Assert.True(wrong.Count == 0, $"expected {expected.Verdict}, {wrong.Count} of {Times} are wrong, among them:\n{string.Join("\n", wrong.Take(2))}");
    }

    [RealServersTheory]
    [InlineData("haproxy-before", "1.2")]
    [InlineData("haproxy-before", "1.3")]
    [InlineData("stunnel-before", "1.2")]
    [InlineData("stunnel-before", "1.3")]
    public async Task A_proxy_that_refuses_with_an_alert_and_closes_on_us_is_reported_as_having_no_service_behind_it(string server, string version)
    {
        var record = (await rounds.Once(range))[ControlTable.Case(server, version, "good").Target];

        Assert.Equal("alert unknown_ca", record.Control("stranger"));
        Assert.Contains("unknown_ca", record.Detail, StringComparison.Ordinal);
        Assert.Contains("behind", record.Detail, StringComparison.Ordinal);
    }

    [RealServersTheory]
    [InlineData("aiohttp-tls")]
    [InlineData("hypercorn-tls")]
    [InlineData("node-tls")]
    public async Task A_refusal_by_a_close_shows_that_strangers_get_the_same(string server)
    {
        var record = (await rounds.Once(range))[ControlTable.Case(server, "1.3", "expired").Target];

        Assert.Contains(record.Control("stranger"), (string[])["closed", "reset"]);
        Assert.Equal("closed", record.Evidence);
    }

    [RealServersTheory]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task A_server_that_serves_only_clients_with_its_protocol_is_reported_with_the_key_to_set(string version)
    {
        var record = (await rounds.Once(range))[ControlTable.Case("grpc", version, "good").Target];

        Assert.Equal("kept", record.Control("alpn"));
        Assert.Contains("tls.alpn", record.Hint, StringComparison.Ordinal);
    }

    [RealServersTheory]
    [InlineData("haproxy-before", "good")]
    [InlineData("stunnel-before", "good")]
    [InlineData("aiohttp-tls", "expired")]
    [InlineData("node-tls", "wrong_ca")]
    [InlineData("grpc", "good")]
    public async Task Without_a_control_two_equal_closes_are_a_refusal(string server, string credential)
    {
        foreach (var version in (string[])["1.2", "1.3"])
        {
            var record = (await rounds.WithoutControl(range))[ControlTable.Case(server, version, credential).Target];
            Assert.True(record.Verdict == "rejected client_certificate closed_without_alert", record.ToString());
            Assert.Null(record.Control("stranger"));
            Assert.Null(record.Control("none"));
            Assert.Null(record.Control("alpn"));
        }
    }

    [RealServersTheory]
    [InlineData("haproxy-before")]
    [InlineData("stunnel-before")]
    public async Task A_proxy_without_a_service_behind_it_is_not_reported_as_refusing_a_client_that_it_must_refuse(string server)
    {
        // A credential that the server accepts: whether it must not shows only when the service is up.
        var target = new TargetEntry(server, range[server].Port) { More = ["must_reject: [rsa, wrong_ca]"] };
        var file = new ConfigFile(range.Files, [target]) { FileName = $"enforced-{server}.yml" }.WriteTo(range.Workspace);
        var records = Mtlsprobe.Records(await Mtlsprobe.Run(["probe", "--all", "--config.file", file, "--output", "json"]));

        Assert.Equal("unconfirmed", records.Single(record => record.Identity == "rsa").Outcome);
        Assert.False(records.Single(record => record.Identity == "rsa").Success);
        Assert.True(records.Single(record => record.Identity == "wrong_ca").Success);
    }

    private static string Numbered(ClientCase c, int number) => string.Create(CultureInfo.InvariantCulture, $"{c.Target}-{number}");

    /// <summary>A run of the program for each question.</summary>
    public sealed class Rounds
    {
        private Task<IReadOnlyDictionary<string, ProbeRecord>>? _once;
        private Task<IReadOnlyDictionary<string, ProbeRecord>>? _near;
        private Task<IReadOnlyDictionary<string, ProbeRecord>>? _withoutControl;

        internal Task<IReadOnlyDictionary<string, ProbeRecord>> Once(SilentRange range) => _once ??= ControlTable.Probe(range, "once.yml");

        internal Task<IReadOnlyDictionary<string, ProbeRecord>> WithoutControl(SilentRange range) =>
            _withoutControl ??= Probe(range, "without-control.yml", "10s", ControlTable.Cases.Select(c => ControlTable.Target(range, c) with { More = ["control: false"] }));

        internal Task<IReadOnlyDictionary<string, ProbeRecord>> Near(SilentRange range) =>
            _near ??= Probe(range, "near.yml", "30s", Enumerable.Range(0, Times).SelectMany(i => Repeated.Select(c => ControlTable.Target(range, c) with { Name = Numbered(c, i) })));

        private static Task<IReadOnlyDictionary<string, ProbeRecord>> Probe(SilentRange range, string file, string timeout, IEnumerable<TargetEntry> targets) =>
            Mtlsprobe.Probe(new ConfigFile(range.Files, [.. targets]) { FileName = file, Timeout = timeout }, range.Workspace);
    }
}

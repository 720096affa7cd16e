using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>Servers of HTTP/2 and of each protocol that is no HTTP, with each credential: who refused whom, by what, and what that rests on.</summary>
public sealed class ServiceTests(ServiceTests.Round round) : IClassFixture<ServiceTests.Round>
{
    public static TheoryData<string, string?, string, string> Cells => ServiceTable.Cases.Select(c => (c.Server, c.User, c.Version, c.Credential)).ToRows();

    [ServiceServersTheory]
    [MemberData(nameof(Cells))]
    public void A_server_s_decision_about_a_client_credential_is_told_as_it_is(string server, string? user, string version, string credential)
    {
        var expected = ServiceTable.Cases.Single(c => (c.Server, c.User, c.Version, c.Credential) == (server, user, version, credential));
        var record = round.Records[expected.Target];

        Assert.True(expected.Verdict == record.Verdict, $"expected: {expected.Verdict}\nbut got:  {record.Verdict}\n{record}");
        Assert.Equal(expected.Verdict == "accepted", record.Success);
        Assert.Equal(version, record.TlsVersion);
        Assert.True(record.Requested);
        Assert.Equal(credential == "none" ? null : TestPki.Shared.Clients[credential].Serial, record.PresentedSerial);
        if (record.Success || record.Reason == "refused_by_protocol") Assert.Equal(server == "nginx-http2" ? "http_status" : "protocol_answer", record.Evidence);
    }

    [ServiceServersTheory]
    [InlineData("postgresql", "verified", "none", "28000 connection requires a valid client certificate")]
    [InlineData("postgresql", "somebody", "good", "28000 \"trust\" authentication failed for user \"somebody\"")]
    [InlineData("mariadb", "x509", "none", "1045 Access denied for user 'x509'@'127.0.0.1'")]
    [InlineData("mosquitto-users", null, "good", "CONNACK 5, not authorized")]
    [InlineData("postfix", null, "none", "421 4.7.1 server.test Error: No client certificate presented")]
    [InlineData("postfix", null, "wrong_ca", "421 4.7.1 server.test Error: Client certificate not trusted")]
    public void The_words_of_a_refusal_are_shown(string server, string? user, string credential, string words) =>
        Assert.Contains(words, round.Records[new ServiceCase(server, user, "1.3", credential, "").Target].Detail, StringComparison.Ordinal);

    public sealed class Round : IAsyncLifetime
    {
        private readonly Workspace _workspace = new("services");
        private ServiceServers? _servers; // null where they are not there: every test is skipped

        internal IReadOnlyDictionary<string, ProbeRecord> Records { get; private set; } = new Dictionary<string, ProbeRecord>();

        public async Task InitializeAsync()
        {
            if (ServiceServers.Missing is not null) return;
            var servers = _servers = await ServiceServers.Start(_workspace);
            Records = await Mtlsprobe.Probe(new ConfigFile(servers.Files, [.. ServiceTable.Cases.Select(c => Target(c, servers[c.Server]))]) { Timeout = "20s" }, _workspace);
        }

        public async Task DisposeAsync()
        {
            if (_servers is not null) await _servers.DisposeAsync();
            _workspace.Dispose();
        }

        private static TargetEntry Target(ServiceCase c, Endpoint endpoint) => new(c.Target, endpoint.Port)
        {
            Protocol = endpoint.Protocol,
            HttpVersion = endpoint.Protocol == "https" ? "2" : null,
            Version = c.Version,
            Identity = c.Credential,
            More = c.Server == "prosody-servers" ? ["xmpp: { server: true }"] : c.User is null ? [] : [$"{endpoint.Protocol}: {{ user: \"{c.User}\" }}"],
        };
    }
}

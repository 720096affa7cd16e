using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>Every real server, TLS 1.2 and 1.3, every client credential: the verdict, and the facts that do not depend on it.</summary>
[Collection(RealServersTests.Name)]
public sealed class ClientCredentialTests(ServerRange range, ClientCredentialTests.Round round) : IClassFixture<ClientCredentialTests.Round>
{
    public static TheoryData<string, string, string> Cells => ClientCredentialTable.Cases.Select(c => (c.Server, c.Version, c.Credential)).ToRows();

    [RealServersTheory]
    [MemberData(nameof(Cells))]
    public async Task The_decision_of_a_server_about_a_client_credential_is_reported_correctly(string server, string version, string credential)
    {
        var expected = ClientCredentialTable.Cases.Single(c => (c.Server, c.Version, c.Credential) == (server, version, credential));
        var record = (await round.Records(range))[expected.Target];

        AssertVerdict(expected.Verdict, record);
        Assert.Equal(version, record.TlsVersion);
        Assert.True(record.Requested);
        Assert.Equal(credential == "none" ? null : range.Pki.Clients[credential].Serial, record.PresentedSerial);
        AssertServerFacts(record);
    }

    private static void AssertVerdict(string expected, ProbeRecord record)
    {
        Assert.True(expected == record.Verdict, $"expected: {expected}\nbut got:  {record.Verdict}\n{record}");
        Assert.Equal(expected == "accepted", record.Success);
        if (expected.StartsWith("rejected", StringComparison.Ordinal))
            Assert.Contains(record.Evidence, (string[])(record.Alert is null ? ["http_status", "closed", "close_notify"] : ["alert"]));
    }

    private void AssertServerFacts(ProbeRecord record)
    {
        var server = range.Pki.Servers["good"];
        Assert.Equal([server.Leaf.Serial, .. server.Rest.Select(certificate => certificate.Serial)], record.ServerSerials);
        Assert.Equal(server.Leaf.NotAfter, record.LeafNotAfter);
        Assert.True(record.ChainValid);
    }

    /// <summary>One run of the program probes all cells.</summary>
    public sealed class Round
    {
        private Task<IReadOnlyDictionary<string, ProbeRecord>>? _records;

        internal Task<IReadOnlyDictionary<string, ProbeRecord>> Records(ServerRange range) => _records ??= Probe(range);

        private static Task<IReadOnlyDictionary<string, ProbeRecord>> Probe(ServerRange range) => Mtlsprobe.Probe(
            new ConfigFile(range.Files, [.. ClientCredentialTable.Cases.Select(c => Target(c, range[c.Server]))]) { FileName = "clients.yml", Timeout = "30s" },
            range.Workspace);

        private static TargetEntry Target(ClientCase c, Endpoint endpoint) => new(c.Target, endpoint.Port)
        {
            Protocol = endpoint.Protocol,
            Path = endpoint.Path,
            Version = c.Version,
            Identity = c.Credential,
        };
    }
}

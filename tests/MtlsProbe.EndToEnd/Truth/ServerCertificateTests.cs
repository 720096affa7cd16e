using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Every real server with every fault of a server certificate: the fault is reported, the facts stay, a wrong order is no fault, and a server that
/// also refuses us is reported as such.
/// </summary>
[Collection(RealServersTests.Name)]
public sealed class ServerCertificateTests(ServerRange range, ServerCertificateTests.Round round) : IClassFixture<ServerCertificateTests.Round>
{
    private static readonly string[] Servers =
        ["nginx-http", "nginx-stream", "haproxy-http", "haproxy-tcp", "apache-host", "stunnel", "s_server", "gnutls", "kestrel-https", "kestrel-tls"];

    private static readonly string[] Versions = ["1.2", "1.3"];

    public static TheoryData<string, string, string> Faults =>
        (from server in Servers
         from fault in ServerRange.Certificates
         where fault is not ("good" or "wrong_order") && Presents(server, fault)
         from version in Versions
         select (server, version, fault)).ToRows();

    public static TheoryData<string, string> Orders => (from server in Servers from version in Versions select (server, version)).ToRows();

    [RealServersTheory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_of_the_server_certificate_is_reported_and_its_facts_stay(string server, string version, string fault)
    {
        var record = (await round.Records(range))[Target(server, version, fault, "good")];

        var expected = Reason(fault);
        Assert.True($"failed server_certificate {expected}" == record.Verdict, $"expected {expected}, got {record.Verdict}\n{record}");
        Assert.False(record.Success);
        Assert.False(record.ChainValid);
        Assert.Equal([expected], record.ChainErrors);
        Assert.True(record.Requested);
        Assert.Equal(range.Pki.Servers[fault].Leaf.Serial, record.ServerSerials[0]);
        Assert.Equal(range.Pki.Servers[fault].Leaf.NotAfter, record.LeafNotAfter);
    }

    [RealServersTheory]
    [MemberData(nameof(Orders))]
    public async Task A_chain_in_the_wrong_order_is_trusted(string server, string version)
    {
        var record = (await round.Records(range))[Target(server, version, "wrong_order", "good")];

        Assert.True(record.Verdict == "accepted", record.ToString());
        Assert.True(record.Success);
        Assert.True(record.ChainValid);
        Assert.Equal(3, record.ServerSerials.Count);
    }

    [RealServersTheory]
    [MemberData(nameof(Faults))]
    public async Task An_untrusted_server_that_refuses_us_is_never_reported_as_accepting(string server, string version, string fault)
    {
        var record = (await round.Records(range))[Target(server, version, fault, "wrong_ca")];

        // nginx refuses only in its HTTP answer, and no request is sent to an untrusted server.
        var verdict = ClientCredentialTable.Cases.Single(c => (c.Server, c.Version, c.Credential) == (server, version, "wrong_ca")).Verdict;
        var expected = server == "nginx-http" ? $"failed server_certificate {Reason(fault)}" : verdict;
        Assert.True(expected == record.Verdict, $"expected {expected}, got {record.Verdict}\n{record}");
        Assert.Equal([Reason(fault)], record.ChainErrors);
        Assert.Equal(range.Pki.Servers[fault].Leaf.Serial, record.ServerSerials[0]);
    }

    /// <summary>Kestrel does not start with a client certificate.</summary>
    private static bool Presents(string server, string fault) => !(server.StartsWith("kestrel", StringComparison.Ordinal) && fault == "wrong_usage");

    private static string Reason(string fault) => fault == "wrong_name" ? "name_mismatch" : fault;

    private static string Target(string server, string version, string fault, string identity) =>
        $"{server}-{version.Replace(".", "", StringComparison.Ordinal)}-{fault}-{identity}";

    /// <summary>One run of the program probes all cases.</summary>
    public sealed class Round
    {
        private Task<IReadOnlyDictionary<string, ProbeRecord>>? _records;

        internal Task<IReadOnlyDictionary<string, ProbeRecord>> Records(ServerRange range) => _records ??= Probe(range);

        private static Task<IReadOnlyDictionary<string, ProbeRecord>> Probe(ServerRange range)
        {
            var targets =
                from server in Servers
                from fault in ServerRange.Certificates
                where fault != "good" && Presents(server, fault)
                from version in Versions
                from identity in (string[])["good", "wrong_ca"]
                let endpoint = range[server, fault]
                select new TargetEntry(Target(server, version, fault, identity), endpoint.Port)
                {
                    Protocol = endpoint.Protocol,
                    Path = endpoint.Path,
                    Version = version,
                    Identity = identity,
                };
            return Mtlsprobe.Probe(new ConfigFile(range.Files, [.. targets]) { FileName = "servers.yml", Timeout = "30s" }, range.Workspace);
        }
    }
}

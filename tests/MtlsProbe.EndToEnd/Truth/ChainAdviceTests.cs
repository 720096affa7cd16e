using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Which file must be corrected: a root that we do not have is no intermediate that a server fails to send. Also chains that are odd but good: very
/// long ones, in any order. Real servers present the chain in the name.
/// </summary>
public sealed class ChainAdviceTests : IDisposable
{
    private readonly Workspace _workspace = new("chain-advice");
    private readonly PkiFiles _files;
    private readonly UncommonChains _chains = new();

    public ChainAdviceTests() => _files = new PkiFiles(_workspace, TestPki.Shared);

    public static TheoryData<string> Versions => ["1.2", "1.3"];

    public void Dispose() => _workspace.Dispose();

    [NeedsTheory("openssl"), MemberData(nameof(Versions))]
    public async Task A_chain_under_an_unknown_root_says_where_it_stops_and_does_not_advise_appending(string version)
    {
        await using var server = await Serve(_chains.UnderNewRoot);
        foreach (var record in await ByConfigurationAndByAddress(version, server))
        {
            Assert.True(record.Verdict == "failed server_certificate untrusted_issuer", record.ToString());
            Assert.Equal(["untrusted_issuer"], record.ChainErrors);
            Assert.Matches("^the chain stops at CN=New Servers, O=MtlsProbe tests, whose issuer CN=New Root, O=MtlsProbe tests is not in the bundle (test|command-line)$", record.Detail);
            Assert.DoesNotContain("after the leaf", record.Hint, StringComparison.Ordinal);
        }
    }

    [NeedsTheory("openssl"), MemberData(nameof(Versions))]
    public async Task A_leaf_directly_under_an_unknown_root_has_a_hint_at_both_possibilities(string version)
    {
        await using var server = await Serve(_chains.DirectlyUnderNewRoot);
        foreach (var record in await ByConfigurationAndByAddress(version, server))
        {
            Assert.True(record.Verdict == "failed server_certificate untrusted_issuer", record.ToString());
            Assert.Contains("a root that our trust bundle lacks", record.Hint, StringComparison.Ordinal);
            Assert.Contains("an intermediate that the server does not send", record.Hint, StringComparison.Ordinal);
        }
    }

    [NeedsTheory("openssl"), MemberData(nameof(Versions))]
    public async Task A_leaf_whose_intermediate_another_target_presents_is_incomplete_and_names_that_target(string version)
    {
        await using var bare = await Serve(TestPki.Shared.Servers["incomplete_chain"]);
        await using var whole = await Serve(TestPki.Shared.Servers["good"]);
        var records = await Mtlsprobe.Probe(new ConfigFile(_files, [Target("bare", version, bare), Target("orders", version, whole)]), _workspace);
        Assert.True(records["bare"].Verdict == "failed server_certificate incomplete_chain", records["bare"].ToString());
        Assert.Contains($"(serial {TestPki.Shared.Servers["good"].Rest[0].Serial}, presented by the target orders)", records["bare"].Detail, StringComparison.Ordinal);
        Assert.Equal("accepted", records["orders"].Verdict);

        Assert.All(await ByConfigurationAndByAddress(version, bare), alone => Assert.True(alone.Verdict == "failed server_certificate untrusted_issuer", alone.ToString()));
    }

    [NeedsTheory("openssl"), MemberData(nameof(Versions))]
    public async Task A_root_of_another_bundle_is_named_with_the_bundle(string version)
    {
        var partners = _workspace.Write("partners.pem", _chains.NewRoot.CertificatePem);
        await using var server = await Serve(_chains.UnderNewRoot);
        var configuration = new ConfigFile(_files, [Target("payments", version, server)]) { MoreTrust = $"  partners: {{ files: [{partners}] }}\n" };
        var record = (await Mtlsprobe.Probe(configuration, _workspace))["payments"];
        Assert.Equal("failed server_certificate untrusted_issuer", record.Verdict);
        Assert.EndsWith($"it is known (serial {_chains.NewRoot.Self.Serial}, in the trust bundle partners)", record.Detail, StringComparison.Ordinal);
    }

    [NeedsFact("openssl")]
    public async Task The_metrics_of_serve_agree()
    {
        await using var bare = await Serve(TestPki.Shared.Servers["incomplete_chain"]);
        await using var whole = await Serve(TestPki.Shared.Servers["good"]);
        await using var renewed = await Serve(_chains.UnderNewRoot);
        await using var directly = await Serve(_chains.DirectlyUnderNewRoot);
        TargetEntry[] targets = [Target("bare", null, bare), Target("orders", null, whole), Target("renewed", null, renewed), Target("directly", null, directly)];
        await using var exporter = await Exporter.Start(new ConfigFile(_files, targets) { Interval = "1h" }.WriteTo(_workspace));

        // The interval is an hour: the order in which the first round probes the servers must not make a difference until the next one.
        var metrics = await exporter.Until(
            scrape => scrape.Value("mtlsprobe_chain_error", ("target", "bare"), ("error", "incomplete_chain")) == 1
                && scrape.All("mtlsprobe_chain_valid").Count == targets.Length,
            "what the server called bare leaves out");
        Assert.Equal(1, metrics.Value("mtlsprobe_chain_error", ("target", "bare")));
        Assert.Empty(metrics.All("mtlsprobe_chain_error", ("target", "orders")));
        foreach (var target in (string[])["renewed", "directly"])
        {
            Assert.Equal(1, metrics.Value("mtlsprobe_chain_error", ("target", target), ("error", "untrusted_issuer")));
            Assert.Equal(1, metrics.Value("mtlsprobe_chain_error", ("target", target)));
        }
    }

    [NeedsTheory("openssl")]
    [InlineData("1.2", false)]
    [InlineData("1.2", true)]
    [InlineData("1.3", false)]
    [InlineData("1.3", true)]
    public async Task A_chain_of_twenty_certificates_is_followed_in_order_and_shuffled(string version, bool isShuffled)
    {
        await using var server = await Serve(isShuffled ? _chains.OfTwentyShuffled : _chains.OfTwenty);
        foreach (var record in await ByConfigurationAndByAddress(version, server))
        {
            Assert.True(record.Verdict == "accepted", record.ToString());
            Assert.Equal(20, record.ServerSerials.Count);
        }
    }

    [NeedsTheory("openssl")]
    [InlineData("20200101000000Z", "20900101000000.5Z", "its notAfter is encoded as 20900101000000.5Z", "2090-01-01T00:00:00")]
    [InlineData("20200101000000Z", "20900101000000", "its notAfter is encoded as 20900101000000,", "2090-01-01T00:00:00")]
    [InlineData("20200101000000+0130", "20900101000000Z", "its notBefore is encoded as 20200101000000+0130", "2090-01-01T00:00:00")]
    [InlineData("20900101000000Z", "20200101000000Z", "is valid at no time: its notBefore (2090-01-01T00:00:00Z) is later than its notAfter (2020-01-01T00:00:00Z)", "2020-01-01T00:00:00")]
    public async Task Invalid_dates_are_reported_alike_in_every_time_zone(string notBefore, string notAfter, string problem, string shown)
    {
        var leaf = TestPki.Shared.Root.Issue(Template.Server("server") with { Dates = ($"G:{notBefore}", $"G:{notAfter}") });
        await using var server = await Serve(new ServerCredential("odd-dates", leaf, []));
        await Task.WhenAll(((string[])["UTC", "America/New_York", "Asia/Kolkata", "XXX-14"]).Select(async (zone, number) =>
        {
            var configuration = new ConfigFile(_files, [Target("odd", null, server)]) { FileName = $"zone-{number}.yml" };
            var record = (await Mtlsprobe.Probe(configuration, _workspace, new Dictionary<string, string> { ["TZ"] = zone }))["odd"];
            Assert.True(record.Verdict == "failed server_certificate constraint_violated", record.ToString());
            Assert.Contains(problem, record.Detail, StringComparison.Ordinal);
            Assert.Equal(["constraint_violated"], record.ChainErrors);
            Assert.Equal(shown, record.LeafNotAfter.UtcDateTime.ToString("s"));
        }));
    }

    private async Task<ServerGroup> Serve(ServerCredential credential)
    {
        _files.Write(credential);
        return await OpensslServer.Start(_files, credential.Name);
    }

    private static TargetEntry Target(string name, string? version, ServerGroup server) => new(name, server.Endpoints[0].Port) { Version = version };

    private async Task<IReadOnlyList<ProbeRecord>> ByConfigurationAndByAddress(string version, ServerGroup server)
    {
        var configured = await Mtlsprobe.Probe(new ConfigFile(_files, [Target("t", version, server)]), _workspace);
        var byAddress = await Mtlsprobe.Run(
            "probe", $"127.0.0.1:{server.Endpoints[0].Port}", "--server-name", TestPki.ServerName, "--protocol", "tls", "--ca", _files.Root,
            "--cert", _files.ClientCertificate("good"), "--key", _files.ClientKey("good"), "--output", "json");
        return [configured["t"], .. Mtlsprobe.Records(byAddress)];
    }
}

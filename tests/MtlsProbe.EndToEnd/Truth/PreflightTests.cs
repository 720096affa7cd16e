using System.Text.Json;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>Before a rollout, every real server in TLS 1.2 and 1.3: the prediction of preflight is right.</summary>
[Collection(RealServersTests.Name)]
public sealed class PreflightTests(ServerRange range)
{
    private static readonly IReadOnlyList<ClientCase> s_servers = [.. ClientCredentialTable.Cases.Where(c => c.Credential == "good")];

    [RealServersTheory]
    [InlineData("wrong_ca")]
    [InlineData("expired")]
    [InlineData("wrong_usage")]
    public async Task The_effect_of_a_new_credential_at_a_server_is_reported_beside_that_of_the_current_one(string credential)
    {
        var (code, report) = await Preflight(
            "--identity", "good", "--cert", range.Files.ClientCertificate(credential), "--key", range.Files.ClientKey(credential));

        var records = report.GetProperty("results").EnumerateArray().Select(json => (Slot: json.GetProperty("slot").GetString(), Record: new ProbeRecord(json))).ToList();
        Assert.Equal(2 * s_servers.Count, records.Count);
        var expected = s_servers.ToDictionary(
            server => server.Target,
            server => ClientCredentialTable.Cases.Single(c => (c.Server, c.Version, c.Credential) == (server.Server, server.Version, credential)).Verdict);
        foreach (var (slot, record) in records)
        {
            var verdict = slot == "current" ? "accepted" : expected[record.Target];
            Assert.True(verdict == record.Verdict, $"{record.Target} {slot}: expected {verdict}, but got {record.Verdict}\n{record}");
            Assert.Equal(range.Pki.Clients[slot == "current" ? "good" : credential].Serial, record.PresentedSerial);
        }

        var broken = expected.Where(server => server.Value != "accepted").Select(server => server.Key).ToList();
        Assert.Equal(1, code);
        Assert.Equal(
            $"Not ready: {broken.Count} of {s_servers.Count} servers would break with the new credential of good: {string.Join(", ", broken)}.",
            report.GetProperty("summary").GetString());
    }

    [RealServersFact]
    public async Task A_credential_that_every_server_accepts_is_ready()
    {
        var (code, report) = await Preflight("--identity", "good", "--cert", range.Files.ClientCertificate("rsa"), "--key", range.Files.ClientKey("rsa"));

        Assert.True(report.GetProperty("ready").GetBoolean(), report.GetProperty("summary").GetString());
        Assert.Equal(0, code);
    }

    [RealServersFact]
    public async Task A_root_without_any_server_certificate_can_be_added_and_the_old_one_cannot_be_removed()
    {
        var (code, report) = await Preflight("--trust", "test", "--ca", range.Workspace.Write("new-root.pem", Authority.Root("New Root").CertificatePem));

        Assert.Equal(1, code);
        Assert.StartsWith(
            $"safe to add: yes (all {s_servers.Count} stay valid with both); safe to remove the old: no, {s_servers.Count} of {s_servers.Count} would break: ",
            report.GetProperty("summary").GetString(), StringComparison.Ordinal);
    }

    private async Task<(int Code, JsonElement Report)> Preflight(params string[] words)
    {
        var configuration = new ConfigFile(range.Files, [.. s_servers.Select(Target)]) { FileName = "preflight.yml", Timeout = "20s" };
        var result = await Mtlsprobe.Run(["preflight", .. words, "--config.file", configuration.WriteTo(range.Workspace), "--output", "json"]);
        Assert.True(result.ExitCode < 2, result.Output);
        return (result.ExitCode, JsonDocument.Parse(result.StandardOutput).RootElement);
    }

    private TargetEntry Target(ClientCase server) => new(server.Target, range[server.Server].Port)
    {
        Protocol = range[server.Server].Protocol,
        Path = range[server.Server].Path,
        Version = server.Version,
    };
}

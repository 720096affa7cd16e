using System.Net;
using System.Net.Sockets;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Rotation;
using MtlsProbe.Tests.Probing;

namespace MtlsProbe.Tests.Rotation;

/// <summary>Which servers are probed, and how often.</summary>
public sealed class ServerSurveyTests
{
    private readonly HashSet<string> _down = [];
    private Func<string, Task> _probing = _ => Task.CompletedTask;
    private readonly Dictionary<string, string[]> _names = new() { ["one.test"] = ["10.0.0.1"], ["two.test"] = ["10.0.0.1", "10.0.0.2"], ["both.test"] = ["10.0.0.1", "::1"] };

    [Fact]
    public async Task Every_address_of_a_name_is_probed_with_both_credentials_whatever_the_target_says()
    {
        var probed = await ProbeAsync(Jobs.Target("two"));

        Assert.Equal(["10.0.0.1:443", "10.0.0.2:443"], probed.Servers.Select(server => server.Address));
        Assert.All(probed.Servers, server => Assert.Equal([Slot.Current, Slot.Next], server.Results.Select(result => result.Slot)));
        Assert.Empty(probed.Warnings);
    }

    [Fact]
    public async Task A_name_with_one_address_keeps_the_address_of_its_records() =>
        Assert.Equal("one.test:443", Assert.Single((await ProbeAsync(Jobs.Target("one"))).Servers).Address);

    [Fact]
    public async Task A_target_that_asks_for_all_addresses_has_each_by_its_ip_address() =>
        Assert.Equal("10.0.0.1:443", Assert.Single((await ProbeAsync(Jobs.Target("one") with { Addresses = AddressChoice.All })).Servers).Address);

    [Fact]
    public async Task A_server_gets_one_client_at_a_time_and_many_servers_are_probed_in_parallel()
    {
        _names["two.test"] = [.. Enumerable.Range(1, 100).Select(i => $"10.0.0.{i}")];
        var everybody = new TaskCompletionSource();
        Dictionary<string, int> under = [];
        var most = 0;
        _probing = async address =>
        {
            lock (under)
            {
                under[address] = under.GetValueOrDefault(address) + 1;
                most = Math.Max(most, under[address]);
                if (under.Count == 100) everybody.TrySetResult();
            }

            await everybody.Task.WaitAsync(TimeSpan.FromSeconds(30));
            lock (under) under[address]--;
        };

        Assert.Equal(100, (await ProbeAsync(Jobs.Target("two"))).Servers.Count);
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task Credentials_that_a_server_must_reject_are_not_tried() =>
        Assert.Equal(2, (await ProbeAsync(Jobs.Target("one") with { MustReject = ["none"] })).Servers.Sum(server => server.Results.Count()));

    [Fact]
    public async Task A_name_that_cannot_be_looked_up_is_one_unknown_server()
    {
        var probed = await ProbeAsync(Jobs.Target("missing"), Jobs.Target("one"));

        Assert.Equal(["missing.test:443", "one.test:443"], probed.Servers.Select(server => server.Address));
        Assert.Null(probed.Servers[0].Next);
    }

    [Fact]
    public async Task An_address_family_that_does_not_connect_is_left_out_if_the_other_does_and_any_address_is_enough()
    {
        _down.Add("[::1]:443");

        var probed = await ProbeAsync(Jobs.Target("both"));

        Assert.Equal(["10.0.0.1:443"], probed.Servers.Select(server => server.Address));
        Assert.Equal("address_left_out", Assert.Single(probed.Warnings).Code);
        Assert.Contains("both: no IPv6 address connects ([::1]:443)", probed.Warnings[0].Message);
    }

    [Fact]
    public async Task It_stays_if_all_addresses_are_required()
    {
        _down.Add("[::1]:443");

        Assert.Equal(2, (await ProbeAsync(Jobs.Target("both") with { Addresses = AddressChoice.All })).Servers.Count);
    }

    [Fact]
    public async Task A_replica_that_is_down_is_not_left_out()
    {
        _down.Add("10.0.0.2:443");

        Assert.Equal(2, (await ProbeAsync(Jobs.Target("two"))).Servers.Count);
    }

    [Fact]
    public async Task A_server_without_a_connecting_address_is_not_left_out()
    {
        _down.UnionWith(["10.0.0.1:443", "[::1]:443"]);

        Assert.Equal(2, (await ProbeAsync(Jobs.Target("both"))).Servers.Count);
    }

    [Fact]
    public async Task Addresses_beyond_the_limit_are_counted_and_have_a_warning()
    {
        _names["two.test"] = [.. Enumerable.Range(0, 1027).Select(i => $"10.0.{i / 256}.{i % 256}")];

        var probed = await ProbeAsync(Jobs.Target("two"), Jobs.Target("one"));

        Assert.Equal((1025, 3), (probed.Servers.Count, probed.NotProbed));
        Assert.Equal(("addresses_not_probed", "two: 3 more addresses are not probed: the limit for a name is 1,024"), (Assert.Single(probed.Warnings).Code, probed.Warnings[0].Message));
    }

    private async Task<ProbedServers> ProbeAsync(params Target[] targets)
    {
        var survey = new ServerSurvey(new Survey(Probe, Resolve, (_, _) => CredentialHandle.Broken(new MaterialFault(Reasons.NotFound, "")), TimeProvider.System));
        return await survey.ProbeAsync(targets, await survey.PlanAsync(targets, default), null, null, default);
    }

    private async Task<ProbeResult> Probe(ProbeJob job, ProbeRun run, CancellationToken stop)
    {
        await _probing(job.Key.Address);
        return _down.Contains(job.Key.Address) ? Jobs.Unreached(job, TestPki.Now) : Jobs.Accepted(job, TestPki.Now);
    }

    private Task<IPAddress[]> Resolve(string name, CancellationToken stop) => _names.TryGetValue(name, out var addresses)
        ? Task.FromResult(addresses.Select(IPAddress.Parse).ToArray())
        : Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound));
}

using System.Net;
using System.Net.Sockets;
using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>Faults before there is a connection to a server.</summary>
public sealed class NetworkFaultTests : IDisposable
{
    private readonly Workspace _workspace = new("network");

    [Fact]
    public async Task A_port_where_nothing_listens_is_a_refused_connection()
    {
        var record = await Probe(new TargetEntry("closed-port", Ports.Free()));
        Assert.Equal("failed network connection_refused", record.Verdict);
        Assert.Equal("connect", record.Phase);
    }

    [Fact]
    public async Task A_black_hole_is_a_connection_that_times_out()
    {
        using var hole = await BlackHole.Open();
        var record = await Probe(new TargetEntry("black-hole", hole.Port) { More = ["timeout: 2s"] });
        Assert.Equal("failed network connect_timeout", record.Verdict);
        Assert.Equal("connect", record.Phase);
    }

    [Fact]
    public async Task A_server_that_does_not_accept_its_connections_is_a_handshake_that_times_out()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(16);
        var record = await Probe(new TargetEntry("hung", ((IPEndPoint)listener.LocalEndPoint!).Port) { More = ["timeout: 2s"] });
        Assert.Equal("failed protocol handshake_timeout", record.Verdict);
        Assert.Equal("handshake", record.Phase);
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_a_fault_of_the_network()
    {
        var record = await Probe(new TargetEntry("no-such-name", 443) { Host = "no-such-host.invalid", More = ["timeout: 5s"] });
        Assert.Contains(record.Verdict, (string[])["failed network dns_not_found", "failed network dns_failed"]); // the machine can lack a resolver
        Assert.Equal("dns", record.Phase);
    }

    public void Dispose() => _workspace.Dispose();

    private async Task<ProbeRecord> Probe(TargetEntry target)
    {
        var files = new PkiFiles(_workspace, TestPki.Shared);
        return (await Mtlsprobe.Probe(new ConfigFile(files, [target]), _workspace))[target.Name];
    }
}

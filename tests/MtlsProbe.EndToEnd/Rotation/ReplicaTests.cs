using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Rotation;

/// <summary>A name with several addresses: one serves the old leaf, one accepts every client, one refuses the next credential.</summary>
public sealed class ReplicaTests : IAsyncLifetime
{
    private const string Name = "replicas.test";
    private const string Old = "127.0.0.2";
    private const string Open = "127.0.0.3";
    private const string Behind = "127.0.0.4";

    /// <summary>An address of the other family, if this machine has one.</summary>
    private static readonly string Good = HasV6() ? "[::1]" : "127.0.0.5";

    private readonly Workspace _workspace = new("replicas");
    private readonly int _port = Ports.Free();
    private readonly ServerCredential _oldLeaf = TestPki.Shared.NewServer("old");
    private readonly ServerCredential _newLeaf = TestPki.Shared.NewServer("new");
    private PkiFiles _files = null!;
    private HostsFile _hosts = null!;
    private LiveServers _servers = null!;
    private string _configuration = "";

    public async Task InitializeAsync()
    {
        if (RealServers.Missing is not null) return;
        var files = _files = new PkiFiles(_workspace, TestPki.Shared);
        files.Write(_oldLeaf);
        files.Write(_newLeaf);
        var root = Authority.Root("New Clients");
        var (current, next) = (new CredentialFiles(_workspace, "current", CredentialForm.TwoFiles), new CredentialFiles(_workspace, "next", CredentialForm.Secret));
        await current.Put(TestPki.Shared.NewClient("client"));
        await next.Put(root.Issue(Template.Client("client")));
        var both = new ClientCheck(_workspace.Write("both.pem", TestPki.Shared.Root.CertificatePem + root.CertificatePem));
        _servers = await LiveServers.Start(_workspace, files,
            [
                At(Old, "old", both),
                At(Open, "new", both with { Enforcement = Enforcement.Ignored }),
                At(Behind, "new", new ClientCheck(files.Root)),
                At(Good, "new", both),
            ]);
        _hosts = new HostsFile(_workspace);
        var target = new TargetEntry("replicas", _port)
        {
            Host = Name, Protocol = "https", Identity = "rotating",
            More = ["addresses: all", "must_reject: [none]", $"expect: {{ server_certificate: {files.ServerLeaf("new")} }}"],
        };
        _configuration = new ConfigFile(files, [target])
        {
            Interval = "4s",
            Timeout = "3900ms",
            MoreIdentities = $"  rotating:\n    current: {current.Yaml}\n    next: {next.Yaml}\n",
        }.WriteTo(_workspace);
    }

    public async Task DisposeAsync()
    {
        if (RealServers.Missing is null) await _servers.DisposeAsync();
        _workspace.Dispose();
    }

    [ReplicasFact]
    public async Task Each_replica_has_its_own_series_while_the_name_has_its_address()
    {
        Resolve(Old, Open, Behind);
        await using var exporter = await Exporter.Start(_hosts, _configuration);
        await exporter.Says([.. Replica(Old), .. Replica(Open), .. Replica(Behind), Gone(Good)], "three replicas");

        var before = await exporter.Scrape();
        Resolve(Old, Good, Open);
        await exporter.Says([.. Replica(Old), .. Replica(Open), .. Replica(Good), Gone(Behind)], "one moved");
        var after = await exporter.Scrape();
        foreach (var address in (string[])[Old, Open])
            Assert.True(Accepted(after, address) >= Accepted(before, address), $"the counter of {address} restarted");

        Resolve();
        await exporter.Says(
            [.. ((string[])[Old, Open, Good]).Select(Gone), Is($"{Name}:{_port}", "current", 1, "mtlsprobe_failure_info", ("reason", "dns_not_found"), ("class", "network"))],
            "the name is gone");

        Resolve(Open);
        await exporter.Says([.. Replica(Open), Gone(Old), Gone(Good), Gone(Name)], "the name is back");
    }

    [ReplicasFact]
    public async Task A_probe_names_the_replicas_that_differ()
    {
        Resolve(Old, Open, Behind, Good);
        string[] arguments = ["probe", "replicas", "--config.file", _configuration];

        var records = Mtlsprobe.Records(await Mtlsprobe.Run(_hosts, [.. arguments, "--output", "json"]));
        Assert.Equal(12, records.Count);
        Assert.Equal(
            [$"{Old} current accept", $"{Old} next accept", $"{Open} none reject", $"{Behind} next accept"],
            records.Where(record => !record.Success).Select(record => $"{record.Address[..record.Address.LastIndexOf(':')]} {(record.Identity == "none" ? "none" : record.Slot)} {record.Expect}"));
        Assert.Equal(["not_expected", "not_expected", "not_refused", "http_status"], records.Where(record => !record.Success).Select(record => record.Reason));

        var text = await Mtlsprobe.Run(_hosts, arguments);
        Assert.Equal(1, text.ExitCode);
        foreach (var address in (string[])[Old, Open, Behind, Good]) Assert.Contains(At(address), text.StandardOutput, StringComparison.Ordinal);
        Assert.Contains(_oldLeaf.Leaf.Serial, text.StandardOutput, StringComparison.Ordinal);
        Assert.Contains(_newLeaf.Leaf.Serial, text.StandardOutput, StringComparison.Ordinal);
    }

    [RealServersFact]
    public async Task Replicas_that_alternate_behind_one_address_are_distinguished_from_a_rotation()
    {
        var (balancer, port) = await Haproxy.StartBalancer(_workspace, [At(Old), At(Open)]);
        await using var balancing = balancer;
        var target = new TargetEntry("replicas", port) { Protocol = "https" };
        await using var exporter = await Exporter.Start(
            new ConfigFile(_files, [target]) { Interval = "2s", Timeout = "1900ms", FileName = "balanced.yml" }.WriteTo(_workspace));

        var at = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        await exporter.Says(
            [
                new Truth("replicas", "good", "current", "six handshakes", metrics => metrics.Sum("mtlsprobe_handshakes_total", ("outcome", "accepted")) >= 6),
                Server(at, 2, "mtlsprobe_server_certificate_leaves"),
                Server(at, 1, "mtlsprobe_server_certificate_changes_total"), // the first time; after that, both are known
                new Truth("replicas", "good", "current", "a line with both serials", _ => exporter.Process.Output.Split('\n').Count(line =>
                    line.Contains("serves several certificates in turn", StringComparison.Ordinal)
                    && line.Contains(_oldLeaf.Leaf.Serial, StringComparison.Ordinal) && line.Contains(_newLeaf.Leaf.Serial, StringComparison.Ordinal)) == 1),
            ], "in turn");
    }

    internal static string? Missing => RealServers.Missing ?? HostsFile.Missing;

    /// <summary>All claims about one replica.</summary>
    private IEnumerable<Truth> Replica(string address)
    {
        var leaf = address == Old ? _oldLeaf : _newLeaf;
        var at = At(address);
        return
        [
            Is(at, "current", 1, "mtlsprobe_client_certificate_accepted"),
            Is(at, "current", address == Old ? 0 : 1, "mtlsprobe_success"),
            Is(at, "next", address == Behind ? 0 : 1, "mtlsprobe_client_certificate_accepted"),
            Is(at, "current", 1, "mtlsprobe_presented_serial_info", ("side", "server"), ("serial", leaf.Leaf.Serial)),
            Server(at, address == Open ? 0 : 1, "mtlsprobe_rejection_enforced", ("identity", "none")),
            Server(at, address == Old ? 0 : 1, "mtlsprobe_server_certificate_expected"),
            Server(at, 1, "mtlsprobe_server_certificate_info", ("position", "leaf"), ("serial", leaf.Leaf.Serial)),
            Server(at, 1, "mtlsprobe_server_certificate_leaves"),
            Server(at, 0, "mtlsprobe_server_certificate_changes_total"),
            Server(at, 1, "mtlsprobe_chain_valid"),
        ];
    }

    private static Truth Is(string at, string slot, double value, string name, params ReadOnlySpan<(string, string)> labels) =>
        Truth.Value("replicas", "rotating", slot, value, name, [("address", at), ("identity", "rotating"), ("slot", slot), .. labels]);

    private static Truth Server(string at, double value, string name, params ReadOnlySpan<(string, string)> labels) =>
        Truth.Value("replicas", "rotating", "current", value, name, [("address", at), .. labels]);

    /// <summary>No series has this address.</summary>
    private static Truth Gone(string address) => new(
        "replicas", "rotating", "current", $"nothing of {address}", metrics => !metrics.Text.Contains($"address=\"{address}:", StringComparison.Ordinal));

    private double Accepted(MetricsText metrics, string address) =>
        metrics.Sum("mtlsprobe_handshakes_total", ("address", At(address)), ("slot", "current"), ("outcome", "accepted"));

    private void Resolve(params IEnumerable<string> addresses) => _hosts.Write(addresses.Select(address => $"{address.Trim('[', ']')} {Name}"));

    private static bool HasV6()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string At(string address) => string.Create(CultureInfo.InvariantCulture, $"{address}:{_port}");

    private Endpoint At(string address, string certificate, ClientCheck check) =>
        new("nginx-http", certificate, _port, "https") { Host = address, Check = check };
}

/// <summary>A fact about replicas, for which names must resolve as the test defines.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReplicasFactAttribute : FactAttribute
{
    public ReplicasFactAttribute() => Skip = ReplicaTests.Missing;
}

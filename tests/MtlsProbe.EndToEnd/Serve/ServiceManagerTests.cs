using System.Net.Sockets;
using System.Text;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>The messages to a service manager on the socket that systemd gives to a service of <c>Type=notify</c>.</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Workspace _workspace = new("notify");
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public ServiceManagerTests() => _manager.Bind(new UnixDomainSocketEndPoint(_workspace.PathOf("notify")));

    public void Dispose()
    {
        _manager.Dispose();
        _workspace.Dispose();
    }

    [Fact]
    public async Task It_learns_when_the_process_serves_reloads_and_stops()
    {
        var file = _workspace.Write("mtlsprobe.yml", "targets: []\n");
        await using var exporter = await Exporter.Start(file, Environment("notify"));

        var serving = await Receive();
        Assert.Equal(["READY=1", $"STATUS=Serving on http://127.0.0.1:{exporter.Port}"], serving);

        await exporter.Process.Signal("HUP");
        var reloading = await Receive();
        Assert.Equal("RELOADING=1", reloading[0]);
        Assert.InRange(long.Parse(reloading[1].Split("MONOTONIC_USEC=")[1], null), 1, Uptime() * 1_000_000 + 1_000_000);
        Assert.Equal(serving, await Receive());

        await exporter.Process.Signal("TERM");
        Assert.Equal(["STOPPING=1"], await Receive());
        Assert.Equal(0, await exporter.Process.Exit(Patience));
    }

    [Fact]
    public async Task It_receives_keep_alive_messages_with_the_current_status()
    {
        var file = _workspace.Write("mtlsprobe.yml", "targets: []\n");
        await using var exporter = await Exporter.Start(file, Environment("notify", ("WATCHDOG_USEC", "200000")));
        await Until(message => message[0] == "READY=1");

        _workspace.Write("mtlsprobe.yml", "targets: nonsense\n");
        await exporter.Process.Signal("HUP");
        var refused = await Until(message => message[0] == "READY=1");
        Assert.StartsWith(
            $"STATUS=Serving on http://127.0.0.1:{exporter.Port}. The configuration file has errors, the last good version is in use: {file}:1:10: targets",
            refused[1], StringComparison.Ordinal);

        _workspace.Write("mtlsprobe.yml", "targets: []\n"); // the process follows the file, without a signal
        await Until(message => message is ["WATCHDOG=1", var status] && status == $"STATUS=Serving on http://127.0.0.1:{exporter.Port}");
    }

    [Fact]
    public async Task The_process_serves_without_a_manager_that_listens()
    {
        var file = _workspace.Write("mtlsprobe.yml", "targets: []\n");
        await using var exporter = await Exporter.Start(file, Environment("nobody", ("WATCHDOG_USEC", "nonsense")));

        await exporter.Ready();

        await exporter.Process.Signal("TERM");
        Assert.Equal(0, await exporter.Process.Exit(Patience));
    }

    private Dictionary<string, string> Environment(string socket, params IEnumerable<(string Name, string Value)> more) =>
        new(more.Select(variable => KeyValuePair.Create(variable.Name, variable.Value))) { ["NOTIFY_SOCKET"] = _workspace.PathOf(socket) };

    private async Task<string[]> Until(Func<string[], bool> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            if (await Receive(limit.Token) is var message && condition(message)) return message;
        }
    }

    private async Task<string[]> Receive()
    {
        using var limit = new CancellationTokenSource(Patience);
        return await Receive(limit.Token);
    }

    /// <summary>The lines of the next message.</summary>
    private async Task<string[]> Receive(CancellationToken limit)
    {
        var buffer = new byte[4096]; // systemd drops longer messages
        var length = await _manager.ReceiveAsync(buffer, limit);
        return Encoding.UTF8.GetString(buffer.AsSpan(0, length)).Split('\n');
    }

    /// <summary>In seconds, of the clock in the message.</summary>
    private static long Uptime() => long.Parse(File.ReadAllText("/proc/uptime").Split('.')[0], null);
}

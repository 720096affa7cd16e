using System.Net;
using System.Net.Sockets;

namespace MtlsProbe.Benchmarks;

/// <summary>
/// The memory of a probe in progress: 1,000 handshakes with servers that accept the connection and send nothing, beside 1,000 targets that refuse the
/// connection at once.
/// </summary>
internal sealed class StalledHandshakes : IBenchmark
{
    private const int Targets = 1000;
    private const int Addresses = 250; // times four, the most connections of a prober to one endpoint at a time

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var port = Workshop.FreePort();
        var refused = await ResidentAsync(workshop, port, inFlight: 0, cancellation).ConfigureAwait(false);
        double stalled;
        using (new Unanswered(port)) stalled = await ResidentAsync(workshop, port, inFlight: Targets, cancellation).ConfigureAwait(false);

        var table = new Table($"{Targets} targets", "resident MB");
        table.Add("refused, nothing in flight", Table.Number(refused / 1e6, "0.0"));
        table.Add("stalled, all in flight", Table.Number(stalled / 1e6, "0.0"));
        table.Add("kB for each of them", Table.Number((stalled - refused) / 1000 / Targets, "0.0"));
        table.Print("Stalled handshakes");
    }

    private static async Task<double> ResidentAsync(Workshop workshop, int port, int inFlight, CancellationToken cancellation)
    {
        var configuration = ProbeServer.Configuration(workshop, workshop.Pki(KeyKind.Ecdsa), Targets, "1h", "1h", i => $"{Unanswered.Address(i)}:{port}");
        using var server = await ProbeServer.StartAsync(workshop, workshop.Variants[0], workshop.AllCores, configuration, cancellation).ConfigureAwait(false);
        await server.UntilAsync(
            scrape => inFlight > 0 ? scrape.InFlight >= inFlight : scrape.Probes >= Targets, TimeSpan.FromMinutes(1), cancellation).ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromSeconds(2), cancellation).ConfigureAwait(false);
        return ProcFile.Memory(server.Pid, "VmRSS");
    }

    /// <summary>Sockets that listen and are never accepted: the kernel completes the connections.</summary>
    private sealed class Unanswered : IDisposable
    {
        private readonly List<Socket> _sockets = [];

        public Unanswered(int port)
        {
            for (var i = 0; i < Addresses; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                _sockets.Add(socket);
                socket.Bind(new IPEndPoint(IPAddress.Parse(Address(i)), port));
                socket.Listen(64);
            }
        }

        public static string Address(int i) => $"127.0.2.{(i % Addresses) + 1}";

        public void Dispose() => _sockets.ForEach(socket => socket.Dispose());
    }
}

using System.Globalization;
using System.Security.Authentication;
using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Something on the path delays the server's data, one piece after the other, about as long as a probe is silent. A close then arrives just after the
/// probe's own, and does not answer it.
/// </summary>
[Collection(TimedFaultsTests.Name)]
public sealed class HeldUpTests(TimedFaults faults)
{
    private static readonly IReadOnlyList<(int Number, int Milliseconds, string Version, string Timeout)> Ways =
    [
        .. Enumerable.Range(0, 50).Select(i => (i, 700, i % 2 == 0 ? "1.2" : "1.3", i % 4 < 2 ? "5s" : "20s")),
        .. Enumerable.Range(0, 100).Select(i => (100 + i, 650 + i, "1.3", "3s")),
    ];

    [Fact]
    public void A_delayed_refusal_by_a_bare_close_never_reads_as_acceptance()
    {
        var wrong = Ways.Where(way => faults.HeldUp.Records[Name(way.Number)].Outcome == "accepted").ToList();
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {Ways.Count} are wrong: {string.Join(", ", wrong)}\n{(wrong.Count > 0 ? faults.HeldUp.Records[Name(wrong[0].Number)] : null)}");

        // If there was time for a second handshake, they are refusals, not doubts.
        var doubtful = Ways.Where(way => way.Timeout == "20s").Select(way => faults.HeldUp.Records[Name(way.Number)])
            .Where(record => record.Verdict != "rejected client_certificate closed_without_alert").ToList();
        Assert.True(doubtful.Count == 0, $"{doubtful.Count} are in doubt, among them:\n{doubtful.FirstOrDefault()}");
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"held-up-{number}");

    /// <summary>One run of the program probes all ways, all at once.</summary>
    public sealed class Round : IAsyncLifetime
    {
        private readonly Workspace _workspace = new("held-up");
        private readonly List<IAsyncDisposable> _running = [];

        internal IReadOnlyDictionary<string, ProbeRecord> Records { get; private set; } = new Dictionary<string, ProbeRecord>();

        public async Task InitializeAsync()
        {
            List<TargetEntry> targets = [];
            foreach (var version in (string[])["1.2", "1.3"])
            {
                var server = FaultServer.Start(async client =>
                {
                    await client.Handshake(version == "1.2" ? SslProtocols.Tls12 : SslProtocols.Tls13);
                    await client.Close();
                });
                _running.Add(server);
                foreach (var way in Ways.Where(way => way.Version == version))
                {
                    var relay = Relay.HeldUp(server.Port, TimeSpan.FromMilliseconds(way.Milliseconds));
                    _running.Add(relay);
                    targets.Add(new TargetEntry(Name(way.Number), relay.Port) { Version = version, More = [$"timeout: {way.Timeout}"] });
                }
            }

            Records = await Mtlsprobe.Probe(new ConfigFile(new PkiFiles(_workspace, TestPki.Shared), targets), _workspace);
        }

        public async Task DisposeAsync()
        {
            foreach (var server in _running) await server.DisposeAsync();
            _workspace.Dispose();
        }
    }
}

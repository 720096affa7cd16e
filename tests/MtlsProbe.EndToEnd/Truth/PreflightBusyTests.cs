using System.Globalization;
using System.Text.Json;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>While other processes take the processors, a new process finds that a server is ready for a credential that it accepts.</summary>
[Collection(BusyRoundsTests.Name)]
public sealed class PreflightBusyTests(BusyRounds rounds)
{
    [RealServersFact]
    public void Preflight_in_a_new_process_beside_two_busy_loops_is_ready_every_time()
    {
        var wrong = rounds.Preflights.Summaries.Where(result => !result.Ready).Select(result => result.Summary).ToList();
        Assert.Equal(Round.Times, rounds.Preflights.Summaries.Count);
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {Round.Times} are wrong:\n{string.Join("\n", wrong)}");
    }

    /// <summary>Preflights of one server, some in parallel.</summary>
    internal sealed class Round : IAsyncDisposable
    {
        public const int Times = 17;

        private const int AtATime = 3;

        private readonly Workspace _workspace = new("preflights");
        private readonly Sink _sink = new();
        private readonly List<(bool Ready, string Summary)> _summaries = [];
        private ServerGroup? _stunnel; // null if it is not available: the test is skipped
        private IReadOnlyList<string> _words = [];

        public IReadOnlyList<(bool Ready, string Summary)> Summaries => _summaries;

        public async Task Start()
        {
            if (RealServers.Missing is not null) return;
            var files = new PkiFiles(_workspace, TestPki.Shared);
            _stunnel = await Stunnel.Start(_workspace, files, ["good"], _sink.Port);
            var targets = Enumerable.Range(0, 4).Select(i => new TargetEntry(string.Create(CultureInfo.InvariantCulture, $"healthy-{i}"), _stunnel.Endpoints[0].Port));
            var file = new ConfigFile(files, [.. targets]) { Timeout = "5s" }.WriteTo(_workspace);
            _words = ["preflight", "--identity", "good", "--cert", files.ClientCertificate("rsa"), "--key", files.ClientKey("rsa"), "--config.file", file, "--output", "json"];
        }

        public async Task Run()
        {
            if (_stunnel is null) return;
            foreach (var together in Enumerable.Repeat(_words, Times).Chunk(AtATime))
            {
                foreach (var result in await Task.WhenAll(together.Select(words => Mtlsprobe.Run(words))))
                {
                    using var report = JsonDocument.Parse(result.StandardOutput);
                    _summaries.Add((report.RootElement.GetProperty("ready").GetBoolean(), report.RootElement.GetProperty("summary").GetString()!));
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_stunnel is not null) await _stunnel.DisposeAsync();
            await _sink.DisposeAsync();
            _workspace.Dispose();
        }
    }
}

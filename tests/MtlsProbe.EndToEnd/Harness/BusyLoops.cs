using System.Globalization;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>Processes that keep the cores busy until this is disposed of.</summary>
internal sealed class BusyLoops : IAsyncDisposable
{
    /// <summary>A few share a session: where Linux shares the processors among sessions, one alone would take as much as the program with all its threads.</summary>
    private const int PerSession = 3;

    private readonly IReadOnlyList<ChildProcess> _sessions;

    public BusyLoops(int count) => _sessions = [.. Enumerable.Repeat(0, count).Chunk(PerSession).Select(loops => Session(loops.Length))];

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions) await session.DisposeAsync();
    }

    private static ChildProcess Session(int loops) =>
        ChildProcess.StartGroup("busy loops", "bash", ["-c", string.Create(CultureInfo.InvariantCulture, $"for i in {{1..{loops}}}; do while :; do :; done & done; wait")]);
}

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>Processes that keep the cores busy until this is disposed of.</summary>
internal sealed class BusyLoops : IAsyncDisposable
{
    private readonly IReadOnlyList<ChildProcess> _loops;

    public BusyLoops(int count) =>
        _loops = [.. Enumerable.Range(0, count).Select(_ => ChildProcess.Start("busy loop", "bash", ["-c", "while :; do :; done"]))];

    public async ValueTask DisposeAsync()
    {
        foreach (var loop in _loops) await loop.DisposeAsync();
    }
}

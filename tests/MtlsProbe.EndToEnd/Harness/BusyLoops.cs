namespace MtlsProbe.EndToEnd.Harness;

/// <summary>Processes that do nothing but keep the cores busy, for as long as this is not disposed of.</summary>
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

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>Processes that take all the time of the processors that they get.</summary>
internal sealed class BusyLoops : IAsyncDisposable
{
    private readonly List<ChildProcess> _processes;

    private BusyLoops(int count) =>
        _processes = [.. Enumerable.Range(0, count).Select(_ => ChildProcess.Start("busy loop", "bash", ["-c", "while :; do :; done"]))];

    public static BusyLoops Start(int count) => new(count);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes) await process.DisposeAsync();
    }
}

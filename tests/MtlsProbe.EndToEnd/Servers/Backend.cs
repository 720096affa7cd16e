using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>The service behind a proxy, at its own port; it is down at first.</summary>
internal sealed class Backend : IAsyncDisposable
{
    private Sink? _sink;

    public int Port { get; } = Ports.Free();

    public void Start() => _sink ??= new Sink(Port);

    public async Task Stop()
    {
        if (_sink is { } sink) await sink.DisposeAsync();
        _sink = null;
    }

    public async ValueTask DisposeAsync() => await Stop();
}

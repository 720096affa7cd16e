using System.Threading.Channels;
using MtlsProbe.Credentials;
using MtlsProbe.Metrics;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Credentials;

/// <summary>A store that follows sources which are no files, by a clock of the test.</summary>
public abstract class FollowedRemotes : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Channel<MaterialChange> _changes = Channel.CreateUnbounded<MaterialChange>();
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    private protected FollowedRemotes() => Store = new MaterialStore(Time, Log);

    private protected TempFiles Files { get; } = new();

    private protected ManualTime Time { get; } = new();

    private protected RecordingLogger<MaterialStore> Log { get; } = new();

    private protected MaterialStore Store { get; }

    private protected LoadedCredential Current => Store.Credential("checkout", Slot.Current);

    private protected SourceState State => Assert.Single(Store.Sources());

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        await CloseAsync();
        Files.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what a test has opened in addition.</summary>
    private protected abstract ValueTask CloseAsync();

    /// <summary>Follows the sources until the end of the test; returns when all have answered.</summary>
    private protected async Task FollowAsync(CredentialSource current, CredentialSource? next = null, params ValueList<TrustSource> trusts)
    {
        Follow(current, next, trusts);
        using var patience = new CancellationTokenSource(s_patience, TimeProvider.System);
        while (Store.Sources().Any(source => source is { LastUpdate: null, Fault: null, Connected: false }) || Current.Fault?.Detail.EndsWith("has not been read yet", StringComparison.Ordinal) is true) await Task.Delay(1, patience.Token);
    }

    /// <summary>Follows the sources until the end of the test.</summary>
    private protected void Follow(CredentialSource current, CredentialSource? next = null, params ValueList<TrustSource> trusts)
    {
        Store.Follow(new Configuration { Targets = [], Trusts = trusts, Identities = [new Identity("checkout", current) { Next = next }] });
        _running = Store.RunAsync(change => _changes.Writer.TryWrite(change), _stop.Token);
    }

    /// <summary>Moves the clock by a second at a time until the condition is true: other threads need time of their own.</summary>
    private protected async Task Until(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(s_patience, TimeProvider.System);
        while (!holds())
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1, patience.Token);
        }
    }

    /// <summary>The next change that the store reports.</summary>
    private protected async Task<MaterialChange> Told()
    {
        var next = _changes.Reader.ReadAsync().AsTask();
        await Until(() => next.IsCompleted);
        return await next;
    }

    /// <summary>What the metrics say now.</summary>
    private protected ReadExposition Metrics() => ReadExposition.Of(Samples.Snapshot() with
    {
        Credentials = Store.Snapshot(), Trusts = Store.Trusts(), Sources = Store.Sources(),
    });
}

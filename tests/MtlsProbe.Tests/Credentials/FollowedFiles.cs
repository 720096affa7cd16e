using System.Collections.Concurrent;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Credentials;

/// <summary>A store that follows files of the test, by a clock of the test.</summary>
public abstract class FollowedFiles : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<MaterialChange> _changes = [];
    private Task _running = Task.CompletedTask;

    private protected FollowedFiles()
        : this((clock, once) => MaterialSources.Configured(clock, once))
    {
    }

    private protected FollowedFiles(Func<TimeProvider, bool, MaterialSources> sources) => Store = new MaterialStore(Time, Log, sources: sources(Time, false));

    private protected TempFiles Files { get; } = new();

    private protected ManualTime Time { get; } = new();

    private protected RecordingLogger<MaterialStore> Log { get; } = new();

    private protected TestCertificate Authority { get; } = TestPki.Root("Authority");

    private protected MaterialStore Store { get; }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _stop.Dispose();
        Files.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static Configuration Configuration(ValueList<Identity> identities, ValueList<TrustSource> trusts) =>
        new() { Targets = [], Identities = identities, Trusts = trusts };

    private protected PemFiles Pem() => new(Files.Path("a.crt"), Files.Path("a.key"), null);

    private protected LoadedCredential Current() => Store.Credential("checkout", Slot.Current);

    private protected LoadedCredential Next() => Store.Credential("checkout", Slot.Next);

    private protected void WritePair(TestCertificate certificate)
    {
        Files.Write("a.crt", TestPki.Pem(certificate));
        Files.Write("a.key", certificate.KeyPem);
    }

    private protected void WriteSecret(string directory, TestCertificate certificate)
    {
        Files.Write(directory + "/tls.crt", TestPki.Pem(certificate));
        Files.Write(directory + "/tls.key", certificate.KeyPem);
    }

    private protected Task Follow(CredentialSource source) => Run(Configuration([new Identity("checkout", source)], []));

    /// <summary>Stops the store, and waits until it has stopped.</summary>
    private protected async Task Stop()
    {
        await _stop.CancelAsync();
        await _running;
    }

    private protected async Task Run(Configuration configuration)
    {
        Store.Follow(configuration);
        _running = Store.RunAsync(_changes.Enqueue, _stop.Token);
        await Time.TimersArmed();
    }

    /// <summary>Lets time pass, second by second, and waits for every poll that falls due.</summary>
    private protected async Task Pass(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            await Time.TimersArmed();
        }
    }

    /// <summary>The changes that the store reported since the last call.</summary>
    private protected IReadOnlyList<MaterialChange> TakeChanges()
    {
        var changes = new List<MaterialChange>();
        while (_changes.TryDequeue(out var change)) changes.Add(change);
        return changes;
    }
}

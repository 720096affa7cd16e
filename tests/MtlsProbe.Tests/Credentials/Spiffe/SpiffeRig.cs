using System.Threading.Channels;
using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials.Spiffe;

/// <summary>A store with a credential and a trust bundle from Workload APIs, and its reports.</summary>
internal sealed class SpiffeRig : IAsyncDisposable
{
    public const string Id = "spiffe://prod.example/checkout";

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<MaterialChange> _changes = Channel.CreateUnbounded<MaterialChange>();
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public SpiffeRig(TimeProvider? time = null, string? workloadApi = null)
    {
        var clock = time ?? TimeProvider.System;
        Store = new MaterialStore(clock, Log, sources: MaterialSources.Configured(clock, environment: name => name == SpiffeEndpoint.Variable ? workloadApi : null));
    }

    /// <summary>The trust domain of <see cref="Id"/>.</summary>
    public static TestCertificate Authority { get; } = WorkloadApi.Authority("prod.example");

    public static SpiffeRig Open() => new();

    public RecordingLogger<MaterialStore> Log { get; } = new();

    public MaterialStore Store { get; }

    public LoadedCredential Current => Store.Credential("mesh", Slot.Current);

    public LoadedTrust Trust => Store.Trust("mesh");

    /// <summary>Like <see cref="Begin"/>, and waits until each source has delivered something.</summary>
    public async Task Follow(CredentialSource? current, TrustOrigin? trust = null, CredentialSource? next = null)
    {
        Begin(current, trust, next);
        await Until(() => !Waits(Current.Fault) && !Waits(Store.Credential("mesh", Slot.Next).Fault) && !Waits(Trust.Fault));

        static bool Waits(MaterialFault? fault) => fault?.Detail.EndsWith("has delivered nothing yet", StringComparison.Ordinal) is true;
    }

    /// <summary>An identity of these sources, a trust bundle of that one; either may be absent.</summary>
    public void Begin(CredentialSource? current, TrustOrigin? trust = null, CredentialSource? next = null)
    {
        Store.Follow(new Configuration
        {
            Targets = [],
            Identities = current is null ? [] : [new Identity("mesh", current) { Next = next }],
            Trusts = trust is null ? [] : [new TrustSource("mesh", []) { Origin = trust }],
        });
        if (_running.IsCompleted) _running = Store.RunAsync(change => _changes.Writer.TryWrite(change), _stop.Token);
    }

    /// <summary>Waits until this is the fault of the credential.</summary>
    public async Task UntilTold(string fault)
    {
        try
        {
            await Until(() => Current.Fault?.Detail == fault);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{fault}\n{Current.Fault?.Detail}");
        }
    }

    /// <summary>Waits until the condition is true, and checks it at each change.</summary>
    public async Task Until(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        while (!isSo()) await _changes.Reader.ReadAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }
}

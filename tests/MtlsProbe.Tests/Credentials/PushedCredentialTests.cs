using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Handshake;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Credentials;

/// <summary>
/// A kind of source that is added from outside, and pushes: the rules for files apply to it too. No time passes in these tests, so nothing is polled.
/// </summary>
public sealed class PushedCredentialTests : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly TestCertificate _authority = TestPki.Root("Authority");
    private readonly ManualTime _time = new();
    private readonly RecordingLogger<MaterialStore> _log = new();
    private readonly PushSource _current = new("stream:current");
    private readonly PushSource _next = new("stream:next");
    private readonly TempFiles _files = new();
    private readonly Channel<MaterialChange> _changes = Channel.CreateUnbounded<MaterialChange>();
    private readonly CancellationTokenSource _stop = new();
    private readonly MaterialStore _store;
    private Task _running = Task.CompletedTask;

    public PushedCredentialTests()
    {
        var configured = MaterialSources.Configured(_time);
        _store = new MaterialStore(_time, _log, sources: configured with
        {
            Credential = (source, replaces) => source switch
            {
                PushedCredential { Stream: "current" } => _current,
                PushedCredential => _next,
                _ => configured.Credential(source, replaces),
            },
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void A_source_that_has_given_nothing_yet_is_not_loaded_and_says_so()
    {
        Follow();

        Assert.Equal((null, "stream:current has delivered nothing yet"), (Current.Credential, Current.Fault!.Detail));
        Assert.Equal("Credential of checkout (current) is broken, unreadable: stream:current has delivered nothing yet. In use: serial none", _log.Take()[0].Text);
        Assert.Equal(0, Loaded());
    }

    [Fact]
    public async Task The_first_good_one_is_in_use_at_once_and_is_reported()
    {
        Follow();
        _log.Take();
        var client = _authority.Client("checkout");

        _current.Push(client);

        Assert.Equal((client.Certificate, null), (Current.Credential!.Leaf, Current.Fault));
        Assert.Equal(1, Loaded());
        Assert.Equal([("checkout", Slot.Current)], (await Told()).Credentials);
        Assert.StartsWith($"Credential of checkout (current) loaded: serial {client.Certificate.Serial},", Assert.Single(_log.Take()).Text);
    }

    [Fact]
    public async Task The_next_handshake_of_a_job_presents_the_newer_one()
    {
        var servers = TestPki.Root("Servers");
        var server = servers.Leaf("server.test");
        var trust = new TrustSource("servers", [_files.Write("servers.crt", TestPki.Pem(servers))]);
        Follow(trust);
        await using var peer = Peer.Tls(
            new ServerParameters
            {
                Chain = [server.Certificate.Der], Key = PrivateKey.Of(server.Key),
                ClientAuthentication = ClientAuthentication.Required, ClientAnchors = [_authority.Certificate.Der],
            },
            async connection =>
            {
                if (!await connection.HandshakeAsync()) return;
                await connection.ReadAsync();
                await connection.CloseTlsAsync();
            });
        var target = new Target { Name = "t", Address = new HostPort("127.0.0.1", peer.Port), ServerName = "server.test", Protocol = new Tls(), Identity = "checkout", Trust = "servers", Control = false };
        var job = ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).Single().With(_store.Handle);
        var prober = new ProbeStack(TimeProvider.System, NullLoggerFactory.Instance, _store, isFleet: false).Prober;
        var (first, newer) = (_authority.Client("checkout"), _authority.Client("checkout"));

        var without = await prober.ProbeAsync(job, ProbeTime.Strict(s_patience), default);
        _current.Push(first);
        var before = await prober.ProbeAsync(job, ProbeTime.Strict(s_patience), default);
        _current.Push(newer);
        var after = await prober.ProbeAsync(job, ProbeTime.Strict(s_patience), default);

        Assert.Equal((Reasons.Unreadable, Phase.Identity), (without.Failure!.Reason, without.Failure.Phase));
        Assert.Equal((Outcome.Accepted, first.Certificate.Serial), (before.Outcome, before.ClientCertificate?.Presented?.Serial));
        Assert.Equal((Outcome.Accepted, newer.Certificate.Serial), (after.Outcome, after.ClientCertificate?.Presented?.Serial));
    }

    [Fact]
    public async Task A_fault_leaves_the_last_good_one_in_use()
    {
        Follow();
        var client = _authority.Client("checkout");
        _current.Push(client);
        await Told();
        _log.Take();

        _current.Break(Reasons.KeyMismatch);
        await Told();

        Assert.Equal((client.Certificate, Reasons.KeyMismatch), (Current.Credential!.Leaf, Current.Fault!.Reason));
        Assert.Equal(0, Loaded());
        var (level, line) = Assert.Single(_log.Take());
        Assert.Equal(LogLevel.Warning, level);
        Assert.EndsWith($"is broken, key_mismatch: stream:current is broken. In use: serial {client.Certificate.Serial}", line);
    }

    [Fact]
    public async Task A_credential_that_was_staged_as_next_and_is_pushed_as_current_is_reported_as_promoted()
    {
        Follow();
        var (old, replacement) = (_authority.Client("checkout"), _authority.Client("checkout"));
        _current.Push(old);
        await Told();
        _next.Push(replacement);
        Assert.Equal([("checkout", Slot.Next)], (await Told()).Credentials);
        _log.Take();

        _current.Push(replacement);
        await Told();

        Assert.StartsWith($"Credential of checkout promoted: the staged credential, serial {replacement.Certificate.Serial},", Assert.Single(_log.Take()).Text);
    }

    [Fact]
    public async Task A_credential_after_the_first_faults_of_a_source_can_have_been_there_for_long()
    {
        Follow();
        foreach (var source in (PushSource[])[_current, _next])
        {
            source.Break(Reasons.KeyMismatch);
            await Told();
            source.Push(_authority.Client("checkout"));
            await Told();
        }

        Assert.Equal([(Slot.Current, null, null), (Slot.Next, null, null)], _store.Snapshot().Select(state => (state.Slot, state.Since, state.Previous)));
    }

    [Fact]
    public async Task A_credential_after_an_empty_answer_of_a_source_appears_then()
    {
        Follow();
        _next.Clear();
        await Told();
        _next.Push(_authority.Client("checkout"));
        await Told();

        Assert.Equal(_time.GetUtcNow(), _store.Snapshot().Single(state => state.Slot == Slot.Next).Since);
    }

    [Fact]
    public async Task An_empty_answer_of_a_source_is_not_staged()
    {
        Follow();
        _next.Push(_authority.Client("checkout"));
        await Told();
        Assert.True(_store.NextIsStaged("checkout"));

        _next.Clear();

        Assert.False(_store.NextIsStaged("checkout"));
        Assert.Equal([Slot.Current], _store.Snapshot().Select(state => state.Slot));
    }

    [Fact]
    public void A_source_that_the_configuration_no_longer_names_is_closed_and_the_others_are_not()
    {
        Follow();

        _store.Follow(new Configuration { Targets = [], Trusts = [], Identities = [new Identity("checkout", new PushedCredential("current"))] });

        Assert.Equal((false, true), (_current.IsClosed, _next.IsClosed));
    }

    private LoadedCredential Current => _store.Credential("checkout", Slot.Current);

    private void Follow(params TrustSource[] trusts)
    {
        var identity = new Identity("checkout", new PushedCredential("current")) { Next = new PushedCredential("next") };
        _store.Follow(new Configuration { Targets = [], Trusts = [.. trusts], Identities = [identity] });
        _running = _store.RunAsync(change => _changes.Writer.TryWrite(change), _stop.Token);
    }

    private async Task<MaterialChange> Told() => await _changes.Reader.ReadAsync().AsTask().WaitAsync(s_patience);

    /// <summary>What <c>mtlsprobe_identity_loaded</c> says of the current credential.</summary>
    private double Loaded() => Assert.Single(
        ReadExposition.Of(Samples.Snapshot() with { Credentials = _store.Snapshot() }).Of("mtlsprobe_identity_loaded"),
        sample => sample.Labels["slot"] == "current").Value;
}

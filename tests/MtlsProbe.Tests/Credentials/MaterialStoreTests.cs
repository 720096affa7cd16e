using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials;

public sealed class MaterialStoreTests : IAsyncDisposable
{
    private readonly TempFiles _files = new();
    private readonly ManualTime _time = new();
    private readonly RecordingLogger<MaterialStore> _log = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TestCertificate _authority = TestPki.Root("Authority");
    private readonly MaterialStore _store;
    private readonly ConcurrentQueue<MaterialChange> _changes = [];
    private Task _running = Task.CompletedTask;

    public MaterialStoreTests() => _store = new MaterialStore(_time, _log);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _files.Dispose();
    }

    [Fact]
    public async Task A_renewed_pair_is_in_use_within_ten_seconds_and_logged_once()
    {
        var (before, after) = (_authority.Client("checkout"), _authority.Client("checkout"));
        WritePair(before);
        await Follow(Pem());
        Assert.Equal(before.Certificate, Current().Credential!.Leaf);
        Assert.Empty(_log.Take());

        WritePair(after);
        await Pass(10);

        Assert.Equal(after.Certificate, Current().Credential!.Leaf);
        var (level, line) = Assert.Single(_log.Take());
        Assert.Equal(LogLevel.Information, level);
        Assert.Contains(after.Certificate.Serial, line, StringComparison.Ordinal);
        Assert.Contains(before.Certificate.Serial, line, StringComparison.Ordinal);
        Assert.Contains(after.Certificate.NotAfter.ToString("yyyy-MM-ddTHH:mm:ssZ", null), line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renewal_that_keeps_its_key_is_noticed()
    {
        var before = _authority.Client("checkout");
        var after = _authority.CrossSign(before, template => template with { Serial = [0x01, 0x02] });
        WritePair(before);
        await Follow(Pem());

        _files.Write("a.crt", TestPki.Pem(after));
        await Pass(10);

        Assert.Equal(after.Certificate, Current().Credential!.Leaf);
        Assert.True(Assert.Single(_store.Snapshot()).Usable);
    }

    [Fact]
    public async Task A_pair_of_which_only_half_is_new_leaves_the_last_good_one_in_use()
    {
        var (before, after) = (_authority.Client("checkout"), _authority.Client("checkout"));
        WritePair(before);
        await Follow(Pem());
        var inUse = Current().Credential;

        _files.Write("a.crt", TestPki.Pem(after));
        await Pass(60);

        Assert.Same(inUse, Current().Credential);
        Assert.Same(Reasons.KeyMismatch, Current().Fault!.Reason);
        var state = Assert.Single(_store.Snapshot());
        Assert.False(state.Usable);
        Assert.Equal([before.Certificate], state.Chain);
        var (level, line) = Assert.Single(_log.Take()); // not once for each poll
        Assert.Equal(LogLevel.Warning, level);
        Assert.Contains("key_mismatch", line, StringComparison.Ordinal);

        _files.Write("a.key", after.KeyPem);
        await Pass(10);

        Assert.Equal(after.Certificate, Current().Credential!.Leaf);
        Assert.Null(Current().Fault);
        Assert.True(Assert.Single(_store.Snapshot()).Usable);
        Assert.Equal(LogLevel.Information, Assert.Single(_log.Take()).Level);
    }

    [Fact]
    public async Task Files_that_are_being_written_are_not_judged()
    {
        var (before, after) = (_authority.Client("checkout"), _authority.Client("checkout"));
        WritePair(before);
        await Follow(Pem());

        _files.Write("a.crt", TestPki.Pem(after)); // the writer is slow: one poll falls between the two files
        await Pass(2);
        Assert.Equal(before.Certificate, Current().Credential!.Leaf);
        Assert.Null(Current().Fault);
        _files.Write("a.key", after.KeyPem);
        await Pass(8);

        Assert.Equal(after.Certificate, Current().Credential!.Leaf);
        Assert.Equal(LogLevel.Information, Assert.Single(_log.Take()).Level);
    }

    [Fact]
    public async Task The_symlink_swap_of_Kubernetes_is_followed()
    {
        var (before, after) = (_authority.Client("checkout"), _authority.Client("checkout"));
        WriteSecret("secret/..2026_11_20", before);
        File.CreateSymbolicLink(_files.Path("secret/..data"), "..2026_11_20");
        File.CreateSymbolicLink(_files.Path("secret/tls.crt"), "..data/tls.crt");
        File.CreateSymbolicLink(_files.Path("secret/tls.key"), "..data/tls.key");
        await Follow(new SecretDirectory(_files.Path("secret")));
        Assert.Equal(before.Certificate, Current().Credential!.Leaf);

        WriteSecret("secret/..2026_11_21", after);
        File.CreateSymbolicLink(_files.Path("secret/..data_tmp"), "..2026_11_21");
        using (var rename = Process.Start("mv", ["-T", _files.Path("secret/..data_tmp"), _files.Path("secret/..data")]))
            await rename.WaitForExitAsync();
        Directory.Delete(_files.Path("secret/..2026_11_20"), recursive: true);
        await Pass(10);

        Assert.Equal(after.Certificate, Current().Credential!.Leaf);
        Assert.Null(Current().Fault);
    }

    [Fact]
    public async Task Files_that_vanish_leave_the_last_good_pair_in_use_until_they_are_back()
    {
        var client = _authority.Client("checkout");
        WritePair(client);
        await Follow(Pem());

        File.Delete(_files.Path("a.key"));
        await Pass(10);
        Assert.Same(Reasons.NotFound, Current().Fault!.Reason);
        Assert.Equal(client.Certificate, Current().Credential!.Leaf);

        _files.Write("a.key", client.KeyPem);
        await Pass(10);
        Assert.Null(Current().Fault);
        Assert.Equal([LogLevel.Warning, LogLevel.Information], _log.Take().Select(line => line.Level));
    }

    [Fact]
    public async Task What_is_broken_at_the_start_is_reported_and_taken_once_it_is_mended()
    {
        var client = _authority.Client("checkout");
        await Follow(Pem());
        Assert.Null(Current().Credential);
        Assert.Same(Reasons.NotFound, Current().Fault!.Reason);
        Assert.Equal(new CredentialState("checkout", Slot.Current, [], Usable: false), Assert.Single(_store.Snapshot()));
        Assert.Equal(LogLevel.Warning, Assert.Single(_log.Take()).Level);

        WritePair(client);
        await Pass(10);

        Assert.Equal(client.Certificate, Current().Credential!.Leaf);
    }

    [Fact]
    public async Task Files_that_stay_the_same_are_not_decoded_again()
    {
        _files.Write("a.p12", TempFiles.Pkcs12("sesame", _authority.Client("checkout")));
        _files.Write("a.pass", "sesame");
        await Follow(new Pkcs12File(_files.Path("a.p12"), _files.Path("a.pass")));
        var inUse = Current().Credential;

        File.SetLastWriteTimeUtc(_files.Path("a.p12"), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await Pass(60);

        Assert.Same(inUse, Current().Credential);
        Assert.NotNull(inUse);
    }

    [Fact]
    public async Task A_corrected_passphrase_file_opens_the_key()
    {
        _files.Write("a.p12", TempFiles.Pkcs12("sesame", _authority.Client("checkout")));
        _files.Write("a.pass", "simsalabim");
        await Follow(new Pkcs12File(_files.Path("a.p12"), _files.Path("a.pass")));
        Assert.Same(Reasons.WrongPassphrase, Current().Fault!.Reason);

        _files.Write("a.pass", "sesame");
        await Pass(10);

        Assert.Null(Current().Fault);
    }

    [Fact]
    public async Task A_trust_bundle_is_followed_like_a_credential()
    {
        var newRoot = TestPki.Root("New");
        _files.Write("root.crt", TestPki.Pem(_authority));
        await Run(Configuration([], [new TrustSource("internal", [_files.Path("root.crt")])]));

        _files.Write("root.crt", TestPki.Pem(_authority, newRoot));
        await Pass(10);
        Assert.Equal([_authority.Certificate, newRoot.Certificate], _store.Trust("internal").Bundle!.Anchors);

        _files.Write("root.crt", "");
        await Pass(10);
        Assert.Equal(2, _store.Trust("internal").Bundle!.Anchors.Count);
        Assert.Same(Reasons.BadFormat, _store.Trust("internal").Fault!.Reason);
        Assert.Equal([LogLevel.Information, LogLevel.Warning], _log.Take().Select(line => line.Level));
    }

    [Fact]
    public void A_new_configuration_keeps_what_it_shares_with_the_old_one()
    {
        WritePair(_authority.Client("checkout"));
        _files.Write("root.crt", TestPki.Pem(_authority));
        var trust = new TrustSource("internal", [_files.Path("root.crt")]);
        _store.Follow(Configuration([new Identity("kept", Pem()), new Identity("dropped", Pem())], [trust]));
        var (credential, bundle) = (_store.Credential("kept", Slot.Current).Credential, _store.Trust("internal").Bundle);

        _store.Follow(Configuration([new Identity("new", Pem()), new Identity("kept", Pem())], [trust]));

        Assert.Same(credential, _store.Credential("kept", Slot.Current).Credential);
        Assert.Same(bundle, _store.Trust("internal").Bundle);
        Assert.NotNull(_store.Credential("new", Slot.Current).Credential);
        Assert.NotNull(_store.Credential("dropped", Slot.Current).Fault);
        Assert.Equal(["new", "kept"], _store.Snapshot().Select(state => state.Identity));
    }

    [Fact]
    public async Task A_replacement_that_is_not_staged_is_no_fault()
    {
        WritePair(_authority.Client("checkout"));
        var next = new SecretDirectory(_files.Path("next"));
        await Run(Configuration([new Identity("checkout", Pem()) { Next = next }], []));
        Assert.Equal(new LoadedCredential(null, null), _store.Credential("checkout", Slot.Next));
        Assert.Equal([Slot.Current], _store.Snapshot().Select(state => state.Slot));

        var replacement = _authority.Client("checkout");
        WriteSecret("next", replacement);
        await Pass(10);
        Assert.Equal(replacement.Certificate, _store.Credential("checkout", Slot.Next).Credential!.Leaf);
        Assert.Equal([Slot.Current, Slot.Next], _store.Snapshot().Select(state => state.Slot));

        Directory.Delete(_files.Path("next"), recursive: true);
        await Pass(10);
        Assert.Equal(new LoadedCredential(null, null), _store.Credential("checkout", Slot.Next));
    }

    [Fact]
    public void The_machines_anchors_are_loaded_where_a_probe_may_need_them()
    {
        var system = new TrustSource(TrustSource.System, [_files.Write("system.pem", TestPki.Pem(_authority))]);
        var store = new MaterialStore(_time, _log, system);
        var target = new Target { Name = "a", Address = new HostPort("a", 1), ServerName = "a" };

        store.Follow(Configuration([], []) with { Targets = [target with { Trust = "internal" }] });
        Assert.Null(store.Trust(TrustSource.System).Bundle);
        store.Follow(Configuration([], []) with { Targets = [target] });
        Assert.Equal([_authority.Certificate], store.Trust(TrustSource.System).Bundle!.Anchors);
        store.Follow(Configuration([], []) with { AllowFreeTargets = true });
        Assert.Equal([_authority.Certificate], store.Trust(TrustSource.System).Bundle!.Anchors);
    }

    [Fact]
    public void The_identity_none_has_no_credential_and_no_fault()
    {
        _store.Follow(Configuration([], []));

        Assert.Equal(new LoadedCredential(null, null), _store.Credential("none", Slot.Current));
        Assert.Same(Reasons.NotFound, _store.Credential("gone", Slot.Current).Fault!.Reason);
        Assert.Same(Reasons.NotFound, _store.Trust("gone").Fault!.Reason);
    }

    private static Configuration Configuration(ValueList<Identity> identities, ValueList<TrustSource> trusts) =>
        new() { Targets = [], Identities = identities, Trusts = trusts };

    private PemFiles Pem() => new(_files.Path("a.crt"), _files.Path("a.key"), null);

    private LoadedCredential Current() => _store.Credential("checkout", Slot.Current);

    private void WritePair(TestCertificate certificate)
    {
        _files.Write("a.crt", TestPki.Pem(certificate));
        _files.Write("a.key", certificate.KeyPem);
    }

    private void WriteSecret(string directory, TestCertificate certificate)
    {
        _files.Write(directory + "/tls.crt", TestPki.Pem(certificate));
        _files.Write(directory + "/tls.key", certificate.KeyPem);
    }

    private Task Follow(CredentialSource source) => Run(Configuration([new Identity("checkout", source)], []));

    private async Task Run(Configuration configuration)
    {
        _store.Follow(configuration);
        _running = _store.RunAsync(_changes.Enqueue, _stop.Token);
        await _time.TimersArmed();
    }

    /// <summary>Lets time pass, second by second, and every poll that falls due come to its end.</summary>
    private async Task Pass(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await _time.TimersArmed();
        }
    }
}

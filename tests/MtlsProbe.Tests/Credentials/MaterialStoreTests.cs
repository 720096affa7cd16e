using System.Diagnostics;
using Microsoft.Extensions.Logging;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials;

public sealed class MaterialStoreTests : FollowedFiles
{
    [Fact]
    public async Task A_renewed_pair_is_in_use_within_ten_seconds_and_logged_once()
    {
        var (before, after) = (Authority.Client("checkout"), Authority.Client("checkout"));
        WritePair(before);
        await Follow(Pem());
        Assert.Equal(before.Certificate, Current().Credential!.Leaf);
        Assert.Empty(Log.Take());

        WritePair(after);
        await Pass(10);

        Assert.Equal(after.Certificate, Current().Credential!.Leaf);
        var (level, line) = Assert.Single(Log.Take());
        Assert.Equal(LogLevel.Information, level);
        Assert.Contains(after.Certificate.Serial, line, StringComparison.Ordinal);
        Assert.Contains(before.Certificate.Serial, line, StringComparison.Ordinal);
        Assert.Contains(after.Certificate.NotAfter.ToString("yyyy-MM-ddTHH:mm:ssZ", null), line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unused_parts_of_a_file_are_logged_when_it_is_read_and_again_only_if_they_change()
    {
        var (client, extra, another) = (Authority.Client("checkout"), TestPki.Root("Extra"), TestPki.Root("Another"));
        WritePair(client);
        Files.Write("a.crt", TestPki.Pem(client, extra));
        Files.Write("trust.crt", TestPki.Pem(Authority, Authority));
        var configuration = Configuration([new Identity("checkout", Pem())], [new TrustSource("internal", [Files.Path("trust.crt")])]);
        await Run(configuration);
        Assert.Equal(
            [
                (LogLevel.Warning, $"Credential of checkout (current): {Files.Path("a.crt")}: {extra.Certificate} is not part of the chain of {client.Certificate}, but is sent with it"),
                (LogLevel.Information, $"Trust bundle internal: {Files.Path("trust.crt")} repeats 1 anchor, each of which counts once: {Authority.Certificate}"),
            ],
            Log.Take().Select(line => (line.Level, line.Text)));

        await Pass(60);
        Store.Follow(configuration);
        Assert.Empty(Log.Take());

        Files.Write("a.crt", TestPki.Pem(client, extra, another));
        await Pass(10);
        var lines = Log.Take();
        Assert.Equal(2, lines.Count); // one line for the read itself, and one for the other unrelated certificate
        Assert.Contains(another.Certificate.ToString(), lines[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renewal_that_keeps_its_key_is_noticed()
    {
        var before = Authority.Client("checkout");
        var after = Authority.CrossSign(before, template => template with { Serial = [0x01, 0x02] });
        WritePair(before);
        await Follow(Pem());

        Files.Write("a.crt", TestPki.Pem(after));
        await Pass(10);

        Assert.Equal(after.Certificate, Current().Credential!.Leaf);
        Assert.True(Assert.Single(Store.Snapshot()).Usable);
    }

    [Fact]
    public async Task A_half_replaced_pair_leaves_the_last_good_one_in_use()
    {
        var (before, after) = (Authority.Client("checkout"), Authority.Client("checkout"));
        WritePair(before);
        await Follow(Pem());
        var inUse = Current().Credential;

        Files.Write("a.crt", TestPki.Pem(after));
        await Pass(60);

        Assert.Same(inUse, Current().Credential);
        Assert.Same(Reasons.KeyMismatch, Current().Fault!.Reason);
        var state = Assert.Single(Store.Snapshot());
        Assert.False(state.Usable);
        Assert.Equal([before.Certificate], state.Chain);
        var (level, line) = Assert.Single(Log.Take()); // not once for each poll
        Assert.Equal(LogLevel.Warning, level);
        Assert.Contains("key_mismatch", line, StringComparison.Ordinal);

        Files.Write("a.key", after.KeyPem);
        await Pass(10);

        Assert.Equal(after.Certificate, Current().Credential!.Leaf);
        Assert.Null(Current().Fault);
        Assert.True(Assert.Single(Store.Snapshot()).Usable);
        Assert.Equal(LogLevel.Information, Assert.Single(Log.Take()).Level);
    }

    [Fact]
    public async Task Files_that_are_being_written_are_not_judged()
    {
        var (before, after) = (Authority.Client("checkout"), Authority.Client("checkout"));
        WritePair(before);
        await Follow(Pem());

        Files.Write("a.crt", TestPki.Pem(after)); // the writer is slow: one poll falls between the two files
        await Pass(2);
        Assert.Equal(before.Certificate, Current().Credential!.Leaf);
        Assert.Null(Current().Fault);
        Files.Write("a.key", after.KeyPem);
        await Pass(8);

        Assert.Equal(after.Certificate, Current().Credential!.Leaf);
        Assert.Equal(LogLevel.Information, Assert.Single(Log.Take()).Level);
    }

    [Fact]
    public async Task The_symlink_swap_of_Kubernetes_is_followed()
    {
        var (before, after) = (Authority.Client("checkout"), Authority.Client("checkout"));
        WriteSecret("secret/..2026_11_20", before);
        File.CreateSymbolicLink(Files.Path("secret/..data"), "..2026_11_20");
        File.CreateSymbolicLink(Files.Path("secret/tls.crt"), "..data/tls.crt");
        File.CreateSymbolicLink(Files.Path("secret/tls.key"), "..data/tls.key");
        await Follow(new SecretDirectory(Files.Path("secret")));
        Assert.Equal(before.Certificate, Current().Credential!.Leaf);

        WriteSecret("secret/..2026_11_21", after);
        File.CreateSymbolicLink(Files.Path("secret/..data_tmp"), "..2026_11_21");
        using (var rename = Process.Start("mv", ["-T", Files.Path("secret/..data_tmp"), Files.Path("secret/..data")]))
            await rename.WaitForExitAsync();
        Directory.Delete(Files.Path("secret/..2026_11_20"), recursive: true);
        await Pass(10);

        Assert.Equal(after.Certificate, Current().Credential!.Leaf);
        Assert.Null(Current().Fault);
    }

    [Fact]
    public async Task Files_that_vanish_leave_the_last_good_pair_in_use_until_they_are_back()
    {
        var client = Authority.Client("checkout");
        WritePair(client);
        await Follow(Pem());

        File.Delete(Files.Path("a.key"));
        await Pass(10);
        Assert.Same(Reasons.NotFound, Current().Fault!.Reason);
        Assert.Equal(client.Certificate, Current().Credential!.Leaf);

        Files.Write("a.key", client.KeyPem);
        await Pass(10);
        Assert.Null(Current().Fault);
        Assert.Equal([LogLevel.Warning, LogLevel.Information], Log.Take().Select(line => line.Level));
    }

    [Fact]
    public async Task A_file_that_is_broken_at_the_start_is_reported_and_read_once_it_is_repaired()
    {
        var client = Authority.Client("checkout");
        await Follow(Pem());
        Assert.Null(Current().Credential);
        Assert.Same(Reasons.NotFound, Current().Fault!.Reason);
        Assert.Equal(new CredentialState("checkout", Slot.Current, [], Usable: false) { Fault = Current().Fault!.Detail }, Assert.Single(Store.Snapshot()));
        Assert.Equal(LogLevel.Warning, Assert.Single(Log.Take()).Level);

        WritePair(client);
        await Pass(10);

        Assert.Equal(client.Certificate, Current().Credential!.Leaf);
    }

    [Fact]
    public async Task Files_that_stay_the_same_are_not_decoded_again()
    {
        Files.Write("a.p12", TempFiles.Pkcs12("sesame", Authority.Client("checkout")));
        Files.Write("a.pass", "sesame");
        await Follow(new Pkcs12File(Files.Path("a.p12"), Files.Path("a.pass")));
        var inUse = Current().Credential;

        File.SetLastWriteTimeUtc(Files.Path("a.p12"), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await Pass(60);

        Assert.Same(inUse, Current().Credential);
        Assert.NotNull(inUse);
    }

    [Fact]
    public async Task A_corrected_passphrase_file_opens_the_key()
    {
        Files.Write("a.p12", TempFiles.Pkcs12("sesame", Authority.Client("checkout")));
        Files.Write("a.pass", "simsalabim");
        await Follow(new Pkcs12File(Files.Path("a.p12"), Files.Path("a.pass")));
        Assert.Same(Reasons.WrongPassphrase, Current().Fault!.Reason);

        Files.Write("a.pass", "sesame");
        await Pass(10);

        Assert.Null(Current().Fault);
    }

    [Fact]
    public async Task A_trust_bundle_is_followed_like_a_credential()
    {
        var newRoot = TestPki.Root("New");
        Files.Write("root.crt", TestPki.Pem(Authority));
        await Run(Configuration([], [new TrustSource("internal", [Files.Path("root.crt")])]));

        Files.Write("root.crt", TestPki.Pem(Authority, newRoot));
        await Pass(10);
        Assert.Equal([Authority.Certificate, newRoot.Certificate], Store.Trust("internal").Bundle!.Anchors);

        Files.Write("root.crt", "");
        await Pass(10);
        Assert.Equal(2, Store.Trust("internal").Bundle!.Anchors.Count);
        Assert.Same(Reasons.BadFormat, Store.Trust("internal").Fault!.Reason);
        Assert.Equal([LogLevel.Information, LogLevel.Warning], Log.Take().Select(line => line.Level));
    }

    [Fact]
    public void A_new_configuration_keeps_what_it_shares_with_the_old_one()
    {
        WritePair(Authority.Client("checkout"));
        Files.Write("root.crt", TestPki.Pem(Authority));
        var trust = new TrustSource("internal", [Files.Path("root.crt")]);
        Store.Follow(Configuration([new Identity("kept", Pem()), new Identity("dropped", Pem())], [trust]));
        var (credential, bundle) = (Store.Credential("kept", Slot.Current).Credential, Store.Trust("internal").Bundle);

        Store.Follow(Configuration([new Identity("new", Pem()), new Identity("kept", Pem())], [trust]));

        Assert.Same(credential, Store.Credential("kept", Slot.Current).Credential);
        Assert.Same(bundle, Store.Trust("internal").Bundle);
        Assert.NotNull(Store.Credential("new", Slot.Current).Credential);
        Assert.NotNull(Store.Credential("dropped", Slot.Current).Fault);
        Assert.Equal(["new", "kept"], Store.Snapshot().Select(state => state.Identity));
    }

    [Fact]
    public async Task A_replacement_that_is_not_staged_is_no_fault()
    {
        WritePair(Authority.Client("checkout"));
        var next = new SecretDirectory(Files.Path("next"));
        await Run(Configuration([new Identity("checkout", Pem()) { Next = next }], []));
        Assert.Equal(new LoadedCredential(null, null), Store.Credential("checkout", Slot.Next));
        Assert.Equal([Slot.Current], Store.Snapshot().Select(state => state.Slot));

        var replacement = Authority.Client("checkout");
        WriteSecret("next", replacement);
        await Pass(10);
        Assert.Equal(replacement.Certificate, Store.Credential("checkout", Slot.Next).Credential!.Leaf);
        Assert.Equal([Slot.Current, Slot.Next], Store.Snapshot().Select(state => state.Slot));

        Directory.Delete(Files.Path("next"), recursive: true);
        await Pass(10);
        Assert.Equal(new LoadedCredential(null, null), Store.Credential("checkout", Slot.Next));
    }

    [Fact]
    public void The_anchors_of_the_machine_are_loaded_if_a_probe_can_need_them()
    {
        var system = new TrustSource(TrustSource.System, [Files.Write("system.pem", TestPki.Pem(Authority))]);
        var store = new MaterialStore(Time, Log, system);
        var target = new Target { Name = "a", Address = new HostPort("a", 1), ServerName = "a", Protocol = new Https() };

        store.Follow(Configuration([], []) with { Targets = [target with { Trust = "internal" }] });
        Assert.Null(store.Trust(TrustSource.System).Bundle);
        store.Follow(Configuration([], []) with { Targets = [target] });
        Assert.Equal([Authority.Certificate], store.Trust(TrustSource.System).Bundle!.Anchors);
        store.Follow(Configuration([], []) with { AllowFreeTargets = true });
        Assert.Equal([Authority.Certificate], store.Trust(TrustSource.System).Bundle!.Anchors);
    }

    [Fact]
    public void The_identity_none_has_no_credential_and_no_fault()
    {
        Store.Follow(Configuration([], []));

        Assert.Equal(new LoadedCredential(null, null), Store.Credential("none", Slot.Current));
        Assert.Same(Reasons.NotFound, Store.Credential("gone", Slot.Current).Fault!.Reason);
        Assert.Same(Reasons.NotFound, Store.Trust("gone").Fault!.Reason);
    }
}

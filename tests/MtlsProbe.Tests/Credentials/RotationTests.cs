using Microsoft.Extensions.Logging;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials;

/// <summary>The slot next: when it counts as staged, and how its promotion to current is recognized.</summary>
public sealed class RotationTests : FollowedFiles
{
    private readonly TestCertificate _old;
    private readonly TestCertificate _new;

    public RotationTests() => (_old, _new) = (Authority.Client("checkout"), Authority.Client("checkout"));

    [Fact]
    public async Task Next_is_staged_while_its_files_are_there()
    {
        await Stage();
        Assert.False(Store.NextIsStaged("checkout"));
        Assert.False(Store.NextIsStaged("none"));
        Assert.False(Store.NextIsStaged("gone"));

        WriteSecret("next", _new);
        await Pass(10);
        Assert.True(Store.NextIsStaged("checkout"));
        Assert.Equal([("checkout", Slot.Next)], Assert.Single(TakeChanges()).Credentials);

        Directory.Delete(Files.Path("next"), recursive: true);
        await Pass(10);
        Assert.False(Store.NextIsStaged("checkout"));
        Assert.Equal([("checkout", Slot.Next)], Assert.Single(TakeChanges()).Credentials);
        var lines = Log.TakeShown();
        Assert.Equal(2, lines.Count);
        Assert.Contains("(next) loaded: serial " + _new.Certificate.Serial, lines[0].Text, StringComparison.Ordinal);
        Assert.Contains("(next) is no longer staged", lines[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_replacement_is_staged_and_says_so()
    {
        await Stage();

        WriteSecret("next", _new);
        Files.Write("next/tls.key", _old.KeyPem);
        await Pass(10);

        Assert.True(Store.NextIsStaged("checkout"));
        Assert.Null(Next().Credential);
        Assert.Same(Reasons.KeyMismatch, Next().Fault!.Reason);
        Assert.Equal([("checkout", Slot.Next)], Assert.Single(TakeChanges()).Credentials);
        Assert.Equal([(Slot.Current, true), (Slot.Next, false)], Store.Snapshot().Select(state => (state.Slot, state.Usable)));
        Assert.Equal(LogLevel.Warning, Assert.Single(Log.TakeShown()).Level);

        Files.Write("next/tls.key", _new.KeyPem);
        await Pass(10);
        Assert.Equal(_new.Certificate, Next().Credential!.Leaf);
        Assert.Equal([("checkout", Slot.Next)], Assert.Single(TakeChanges()).Credentials);

        File.Delete(Files.Path("next/tls.crt"));
        await Pass(10);
        Assert.True(Store.NextIsStaged("checkout")); // only half of it exists: that is a fault, and the last good pair stays in use
        Assert.Same(Reasons.NotFound, Next().Fault!.Reason);
        Assert.Equal(_new.Certificate, Next().Credential!.Leaf);
    }

    [Fact]
    public async Task A_key_shared_with_current_or_a_passphrase_alone_stages_nothing()
    {
        WritePair(_old);
        Files.Write("a.pass", "sesame");
        await Run(Configuration(
            [
                new Identity("same-key", Pem()) { Next = Pem() with { Certificate = Files.Path("b.crt") } },
                new Identity("passphrase", Pem()) { Next = new Pkcs12File(Files.Path("b.p12"), Files.Path("a.pass")) },
            ],
            []));
        Assert.False(Store.NextIsStaged("same-key"));
        Assert.False(Store.NextIsStaged("passphrase"));
        Assert.Empty(Log.Take());

        Files.Write("b.crt", TestPki.Pem(Authority.CrossSign(_old)));
        Files.Write("b.p12", TempFiles.Pkcs12("sesame", _new));
        await Pass(10);

        Assert.NotNull(Store.Credential("same-key", Slot.Next).Credential);
        Assert.NotNull(Store.Credential("passphrase", Slot.Next).Credential);
    }

    [Fact]
    public async Task A_renewal_is_counted_with_the_used_share_of_the_lifetime_of_the_previous_one()
    {
        var renewed = Authority.Client("checkout", template => template with { NotBefore = template.NotBefore.AddHours(1) });
        await Stage();
        Assert.Equal((0, null), (Current().Renewals, Current().RenewedAt));

        WritePair(renewed);
        await Pass(10);
        var life = _old.Certificate.NotAfter - _old.Certificate.NotBefore;
        Assert.Equal(1, Current().Renewals);
        Assert.InRange(((Time.GetUtcNow() - _old.Certificate.NotBefore) / life) - Current().RenewedAt!.Value, 0, 1e-5); // it was seen during these seconds

        WritePair(_old); // back to the older one: no renewal
        await Pass(10);
        Assert.Equal(1, Current().Renewals);

        CredentialState Current() => Store.Snapshot().Single(state => state.Slot == Slot.Current);
    }

    [Fact]
    public async Task The_times_of_staging_and_promotion_and_the_previous_credential_are_known()
    {
        await Stage();
        Assert.Equal((null, null, null), Times(Slot.Current));

        WriteSecret("next", _new);
        await Pass(10);
        var staged = Times(Slot.Next).Since;
        Assert.InRange(staged!.Value, Time.GetUtcNow().AddSeconds(-10), Time.GetUtcNow());
        Assert.Null(Times(Slot.Current).Since);

        await Pass(60);
        WritePair(_new);
        Directory.Delete(Files.Path("next"), recursive: true);
        await Pass(10);
        var (promoted, stagedAt, before) = Times(Slot.Current);
        Assert.Equal((staged, _old.Certificate), (stagedAt, before));
        Assert.InRange(promoted!.Value, Time.GetUtcNow().AddSeconds(-10), Time.GetUtcNow());

        (DateTimeOffset? Since, DateTimeOffset? Staged, MtlsProbe.Certificates.Certificate? Before) Times(Slot slot) =>
            Store.Snapshot().Single(state => state.Slot == slot) is var state ? (state.Since, state.Staged, state.Previous) : default;
    }

    [Fact]
    public async Task A_copy_to_current_while_next_stays_is_a_promotion()
    {
        WriteSecret("next", _new);
        await Stage();

        WritePair(_new);
        await Pass(60);

        AssertPromoted(Assert.Single(Log.TakeShown()));
        Assert.True(Store.NextIsStaged("checkout"));
        Assert.Equal([("checkout", Slot.Current)], Assert.Single(TakeChanges()).Credentials);
    }

    [Fact]
    public async Task A_move_to_current_is_a_promotion_and_one_line()
    {
        WriteSecret("next", _new);
        await Stage();

        WritePair(_new);
        Directory.Delete(Files.Path("next"), recursive: true);
        await Pass(60);

        AssertPromoted(Assert.Single(Log.TakeShown()));
        Assert.False(Store.NextIsStaged("checkout"));
        Assert.Equal([("checkout", Slot.Current), ("checkout", Slot.Next)], Assert.Single(TakeChanges()).Credentials);
    }

    [Fact]
    public async Task A_replacement_that_vanishes_before_it_is_in_use_is_promoted_nevertheless()
    {
        WriteSecret("next", _new);
        await Stage();

        Directory.Delete(Files.Path("next"), recursive: true);
        await Pass(4);
        Assert.False(Store.NextIsStaged("checkout"));
        WritePair(_new);
        await Pass(60);

        var lines = Log.TakeShown();
        Assert.Equal(2, lines.Count);
        Assert.Contains("no longer staged", lines[0].Text, StringComparison.Ordinal);
        AssertPromoted(lines[1]);
    }

    [Fact]
    public async Task A_promotion_is_recognised_although_the_one_after_it_is_staged_already()
    {
        WriteSecret("next", _new);
        await Stage();

        WriteSecret("next", Authority.Client("checkout"));
        await Pass(6);
        Log.Take();
        WritePair(_new);
        await Pass(60);

        AssertPromoted(Assert.Single(Log.TakeShown()));
    }

    [Fact]
    public async Task A_promotion_whose_files_arrive_one_by_one_is_reported_once()
    {
        WriteSecret("next", _new);
        await Stage();

        Files.Write("a.crt", TestPki.Pem(_new));
        await Pass(10);
        Assert.Contains("key_mismatch", Assert.Single(Log.TakeShown()).Text, StringComparison.Ordinal);
        Files.Write("a.key", _new.KeyPem);
        await Pass(10);

        AssertPromoted(Assert.Single(Log.TakeShown()));
    }

    [Fact]
    public async Task A_replacement_that_was_never_staged_is_no_promotion()
    {
        WriteSecret("next", _new);
        await Stage();

        var unrelated = Authority.Client("checkout");
        WritePair(unrelated);
        await Pass(10);

        var line = Assert.Single(Log.TakeShown());
        Assert.DoesNotContain("promoted", line.Text, StringComparison.Ordinal);
        Assert.Contains(unrelated.Certificate.Serial, line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repaired_file_is_no_promotion()
    {
        WriteSecret("next", _new);
        await Stage();
        WritePair(_new);
        await Pass(10);
        Log.Take();

        Files.Write("a.key", "");
        await Pass(10);
        WritePair(_new);
        await Pass(10);

        Assert.DoesNotContain(Log.TakeShown(), line => line.Text.Contains("promoted", StringComparison.Ordinal));
    }

    [Fact]
    public void A_configuration_that_names_next_as_current_promotes_it()
    {
        WritePair(_old);
        WriteSecret("next", _new);
        var next = new SecretDirectory(Files.Path("next"));
        Store.Follow(Configuration([new Identity("checkout", Pem()) { Next = next }], []));
        Assert.Empty(Log.Take());

        Store.Follow(Configuration([new Identity("checkout", next)], []));
        AssertPromoted(Assert.Single(Log.TakeShown()));

        Store.Follow(Configuration([new Identity("checkout", next) { Next = new SecretDirectory(Files.Path("later")) }], []));
        Assert.Empty(Log.TakeShown());
    }

    private async Task Stage()
    {
        WritePair(_old);
        await Run(Configuration([new Identity("checkout", Pem()) { Next = new SecretDirectory(Files.Path("next")) }], []));
        Assert.Equal(_old.Certificate, Current().Credential!.Leaf);
        Log.Take();
    }

    private void AssertPromoted(LogLine line)
    {
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.StartsWith("Credential of checkout promoted", line.Text, StringComparison.Ordinal);
        Assert.Equal((_new.Certificate.Serial, _old.Certificate.Serial), (line.Fields["Serial"], line.Fields["OldSerial"]));
        Assert.Equal(_new.Certificate, Current().Credential!.Leaf);
    }
}

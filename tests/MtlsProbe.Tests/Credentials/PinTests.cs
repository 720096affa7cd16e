using System.Diagnostics;
using Microsoft.Extensions.Logging;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Credentials;

/// <summary>The certificates that should be served, and the files that contain them.</summary>
public sealed class PinTests : FollowedFiles
{
    private static readonly DateTime s_written = new(2026, 11, 20, 18, 30, 0, DateTimeKind.Utc);
    private readonly TestCertificate _old;
    private readonly TestCertificate _new;

    public PinTests() => (_old, _new) = (Authority.Leaf("payments.test"), Authority.Leaf("payments.test"));

    [Fact]
    public async Task A_pinned_file_is_read_again_when_it_is_replaced()
    {
        var pin = await FollowPin(TestPki.Pem(_old, Authority));
        Assert.Equal((_old.Certificate, null), (Store.Pin(pin).Certificate!.Certificate, Store.Pin(pin).Certificate!.ChangedAt)); // the first of the file
        Assert.Equal(
            (LogLevel.Information, $"Expected certificate: {Files.Path("payments.crt")} holds 2 certificates: the first is the expected one; the others are ignored"),
            Assert.Single(Log.Take().Select(logged => (logged.Level, logged.Text))));

        Files.Write("payments.crt", TestPki.Pem(_new, Authority));
        await Pass(10);

        Assert.Equal((_new.Certificate.Sha256, null), (Store.Pin(pin).Certificate!.Sha256, Store.Pin(pin).Fault));
        Assert.InRange(Time.GetUtcNow() - Store.Pin(pin).Certificate!.ChangedAt!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        var change = Assert.Single(TakeChanges());
        Assert.Equal(([pin], 0, 0), ((ValueList<CertificatePin>)change.Pins, change.Credentials.Count, change.Trusts.Count));
        var line = Assert.Single(Log.Take()); // the note about two certificates is not repeated
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.Equal((_new.Certificate.Serial, _old.Certificate.Serial), (line.Fields["Serial"], line.Fields["OldSerial"]));
    }

    [Fact]
    public async Task A_broken_file_leaves_the_last_good_certificate_in_use()
    {
        var pin = await FollowPin(TestPki.Pem(_old));

        Files.Write("payments.crt", TestPki.Pem(_new)[..200]);
        await Pass(10);
        Assert.Equal((_old.Certificate, Reasons.BadFormat), (Store.Pin(pin).Certificate!.Certificate, Store.Pin(pin).Fault!.Reason));
        Assert.Equal([pin], Assert.Single(TakeChanges()).Pins);

        File.Delete(Files.Path("payments.crt"));
        await Pass(10);
        Assert.Equal((_old.Certificate, Reasons.NotFound), (Store.Pin(pin).Certificate!.Certificate, Store.Pin(pin).Fault!.Reason));

        Files.Write("payments.crt", TestPki.Pem(_new));
        await Pass(10);
        Assert.Equal((_new.Certificate, null), (Store.Pin(pin).Certificate!.Certificate, Store.Pin(pin).Fault));
        Assert.Equal([LogLevel.Warning, LogLevel.Warning, LogLevel.Information], Log.Take().Select(line => line.Level));
    }

    [Fact]
    public async Task A_file_that_is_missing_from_the_start_is_a_fault_until_it_is_there()
    {
        var pin = await FollowPin(null);
        Assert.Null(Store.Pin(pin).Certificate);
        Assert.Same(Reasons.NotFound, Store.Pin(pin).Fault!.Reason);
        Assert.Equal(LogLevel.Warning, Assert.Single(Log.Take()).Level);

        Files.Write("payments.crt", TestPki.Pem(_new));
        await Pass(10);
        Assert.Equal(_new.Certificate, Store.Pin(pin).Certificate!.Certificate);
    }

    [Fact]
    public async Task The_description_has_the_serial_and_since_when()
    {
        Files.Write("payments.crt", TestPki.Pem(_old));
        File.SetLastWriteTimeUtc(Files.Path("payments.crt"), s_written);
        var pin = await FollowPin(null);

        Assert.Equal($"the expected serial is {_old.Certificate.Serial}, in {Files.Path("payments.crt")} since 2026-11-20 18:30:00Z", Store.Pin(pin).Certificate!.Description);
    }

    [Fact]
    public async Task The_time_of_a_file_is_seen_through_fixed_links_and_through_swapped_links()
    {
        foreach (var (directory, certificate, written) in new[] { ("v1", _old, s_written), ("v2", _new, s_written.AddDays(1)) })
        {
            Files.Write(directory + "/payments.crt", TestPki.Pem(certificate));
            File.SetLastWriteTimeUtc(Files.Path(directory + "/payments.crt"), written);
        }

        File.CreateSymbolicLink(Files.Path("..data"), "v1");
        File.CreateSymbolicLink(Files.Path("payments.crt"), "..data/payments.crt");
        await Touch("payments.crt", s_written.AddHours(-1));
        var pin = await FollowPin(null);
        Assert.EndsWith("since 2026-11-20 18:30:00Z", Store.Pin(pin).Certificate!.Description, StringComparison.Ordinal);

        File.Delete(Files.Path("..data")); // as Kubernetes does: the link to the file stays as it is
        File.CreateSymbolicLink(Files.Path("..data"), "v2");
        await Pass(10);
        Assert.EndsWith("since 2026-11-21 18:30:00Z", Store.Pin(pin).Certificate!.Description, StringComparison.Ordinal);

        File.Delete(Files.Path("payments.crt")); // back to an older file: the time when the link was made counts
        File.CreateSymbolicLink(Files.Path("payments.crt"), "v1/payments.crt");
        await Touch("payments.crt", s_written.AddDays(2));
        await Pass(10);
        Assert.EndsWith("since 2026-11-22 18:30:00Z", Store.Pin(pin).Certificate!.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fingerprint_needs_no_file()
    {
        await Run(Configuration([], []));

        var pin = Store.Pin(new PinnedFingerprint(_old.Certificate.Sha256));

        Assert.Equal((_old.Certificate.Sha256, null, null), (pin.Certificate!.Sha256, pin.Certificate.Certificate, pin.Fault));
        Assert.True(pin.Certificate.Names(_old.Certificate));
        Assert.False(pin.Certificate.Names(_new.Certificate));
        Assert.Contains(_old.Certificate.Sha256, pin.Certificate.Description, StringComparison.Ordinal);
        Assert.Same(Reasons.NotFound, Store.Pin(new PinnedFile("/nowhere.crt")).Fault!.Reason);
    }

    [Fact]
    public async Task A_pinned_authority_names_its_cross_signed_variants_too()
    {
        var intermediate = Authority.Intermediate("Issuing");
        var crossSigned = TestPki.Root("Other").CrossSign(intermediate);
        var pin = await FollowPin(TestPki.Pem(intermediate));

        Assert.True(Store.Pin(pin).Certificate!.Names(crossSigned.Certificate));
        Assert.False(Store.Pin(pin).Certificate!.Names(Authority.Intermediate("Issuing").Certificate)); // another key
        Assert.False(Store.Pin(pin).Certificate!.Names(Authority.Certificate));
    }

    private async Task<CertificatePin> FollowPin(string? content)
    {
        if (content is not null) Files.Write("payments.crt", content);
        var pin = new PinnedFile(Files.Path("payments.crt"));
        var target = new Target
        {
            Name = "payments", Address = new HostPort("payments.test", 443), ServerName = "payments.test", Protocol = new Https(), Trust = "internal",
            ExpectedCertificates = new ExpectedCertificates(pin, pin),
        };
        await Run(Configuration([], []) with { Targets = [target, target with { Name = "again" }] });
        return pin;
    }

    /// <summary>The time of the link itself, which the base class library does not set everywhere.</summary>
    private async Task Touch(string link, DateTime time)
    {
        using var touch = Process.Start("touch", ["-h", "-d", time.ToString("yyyy-MM-ddTHH:mm:ssZ", null), Files.Path(link)]);
        await touch.WaitForExitAsync();
    }
}

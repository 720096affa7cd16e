using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Tests.Probing;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Verdicts;

/// <summary>The served certificate compared with the issued one.</summary>
public class PinsTests
{
    private static readonly TestCertificate Root = TestPki.Root("Root");
    private static readonly TestCertificate Issuing = Root.Intermediate("Issuing");
    private static readonly Certificate Client = Root.Client("checkout").Certificate;
    private static readonly Certificate Old = Issuing.Leaf("a.test").Certificate;
    private static readonly Certificate New = Issuing.Leaf("a.test").Certificate;

    [Fact]
    public void The_expected_leaf_succeeds()
    {
        var result = Judged(Old, new Pins(Pin(Old), null));
        Assert.True(result.Success);
        Assert.Equal(new ExpectedCertificateFacts(true, null), result.Expected);
    }

    [Fact]
    public void Another_leaf_is_not_expected_with_both_serials_and_the_acceptance_stays()
    {
        var result = Judged(Old, new Pins(Pin(New), null));
        Assert.False(result.Success);
        Assert.Equal((Outcome.Accepted, Reasons.NotExpected), (result.Outcome, result.Failure?.Reason));
        Assert.Contains(Old.Serial, result.Failure!.Detail, StringComparison.Ordinal);
        Assert.Contains(New.Serial, result.Failure.Detail, StringComparison.Ordinal);
        Assert.Equal(new ExpectedCertificateFacts(false, null), result.Expected);
        Assert.True(result.Chain!.Valid);
    }

    [Fact]
    public void A_refusal_precedes_a_failed_expectation()
    {
        var refused = new FinalEvent(Phase.Confirm, FinalEventKind.Alert, "alert") { Alert = new Alert(48) };
        var result = Judged(Old, new Pins(Pin(New), null), refused);
        Assert.Equal((Outcome.Rejected, Reasons.UnknownCa), (result.Outcome, result.Failure?.Reason));
        Assert.Equal(new ExpectedCertificateFacts(false, null), result.Expected);
    }

    [Fact]
    public void A_missing_file_fails_the_probe_as_our_own_fault_and_leaves_the_answer_open()
    {
        var result = Judged(Old, new Pins(new LoadedPin(null, new MaterialFault(Reasons.NotFound, "a.crt does not exist")), null));
        Assert.Equal((Outcome.Accepted, false, Phase.Identity), (result.Outcome, result.Success, result.Failure?.Phase));
        Assert.Equal(new ExpectedCertificateFacts(null, null), result.Expected);
    }

    [Fact]
    public void A_file_that_breaks_later_leaves_the_last_good_one_in_use()
    {
        var pin = Pin(Old) with { Fault = new MaterialFault(Reasons.BadFormat, "a.crt holds no certificate") };
        Assert.True(Judged(Old, new Pins(pin, null)).Success);
    }

    [Fact]
    public void The_issuer_is_the_certificate_on_the_path_or_one_of_its_name_and_key()
    {
        Assert.Equal(new ExpectedCertificateFacts(null, true), Judged(Old, new Pins(null, Pin(Issuing.Certificate))).Expected);

        var other = TestPki.Root("Root").Intermediate("Issuing").Certificate; // the same name, another key
        var result = Judged(Old, new Pins(null, Pin(other)));
        Assert.Equal(new ExpectedCertificateFacts(null, false), result.Expected);
        Assert.Equal(Reasons.NotExpected, result.Failure?.Reason);
        Assert.Contains("CN=Issuing", result.Failure!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_issuer_by_its_fingerprint_is_searched_on_the_path()
    {
        Assert.True(Judged(Old, new Pins(null, Fingerprint(Issuing.Certificate))).Expected.Issuer);
        Assert.False(Judged(Old, new Pins(null, Fingerprint(Root.Certificate))).Expected.Issuer);
    }

    [Fact]
    public void Nothing_presented_leaves_both_open()
    {
        var unreached = new Observation
        {
            At = DateTimeOffset.UnixEpoch,
            FinalEvent = new FinalEvent(Phase.Connect, FinalEventKind.ConnectFailed, "") { SocketError = System.Net.Sockets.SocketError.ConnectionRefused },
            Timings = new Timings { Total = 1 },
        };
        var result = Judge.Result(Jobs.Job("a"), unreached, new Pins(Pin(Old), Pin(Issuing.Certificate)));
        Assert.Equal(new ExpectedCertificateFacts(null, null), result.Expected);
        Assert.Equal(Reasons.ConnectionRefused, result.Failure?.Reason);
    }

    private static LoadedPin Pin(Certificate certificate) => new(new PinnedCertificate(certificate.Sha256, certificate, $"the expected serial is {certificate.Serial}"), null);

    private static LoadedPin Fingerprint(Certificate certificate) => new(new PinnedCertificate(certificate.Sha256, null, "expected is another"), null);

    private static ProbeResult Judged(Certificate leaf, Pins expected, FinalEvent? ending = null) => Judge.Result(Jobs.Job("a"), new Observation
    {
        At = DateTimeOffset.UnixEpoch,
        FinalEvent = ending ?? new FinalEvent(Phase.Confirm, FinalEventKind.CloseAnswered, ""),
        Tls = new TlsFacts("1.3", "TLS_AES_256_GCM_SHA384", null),
        ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = Client },
        CertificateAnswered = true,
        ServerCertificates = [leaf, Issuing.Certificate],
        Chain = new ChainVerdict { Path = [leaf, Issuing.Certificate, Root.Certificate] },
        Timings = new Timings { Total = 1 },
    }, expected);
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Verdicts;

/// <summary>The table of hints, line by line: the known facts and the hint.</summary>
public sealed class AdviceTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Client Root");
    private static readonly Certificate s_good = s_root.Client("checkout", valid => valid with { NotBefore = TestPki.Now.AddDays(-30) }).Certificate;

    private static readonly Certificate s_expired = Client(template => template with { NotAfter = TestPki.Now.AddDays(-3) });
    private static readonly Certificate s_early = Client(template => template with { NotBefore = TestPki.Now.AddHours(5) });
    private static readonly Certificate s_serverOnly = Client(template => template with { ExtendedKeyUsage = ["1.3.6.1.5.5.7.3.1"] });
    private static readonly Certificate s_notSigning = Client(template => template with { KeyUsage = X509KeyUsageFlags.KeyEncipherment });

    /// <summary>Faults of a credential that was presented, in the order in which they are reported.</summary>
    public static TheoryData<string, string> Faults => new()
    {
        { "no_issuer", "Our chain does not lead to any of the 2 issuers that the server named: it ends at CN=Client Root. If that is an intermediate, our file lacks its certificate: put it after the leaf. Add the issuing root" },
        { "expired", $"Our certificate expired at {TestPki.Now.AddDays(-3).UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} by this machine's clock. Renew it" },
        { "not_yet_valid", $"Our certificate is not valid before {TestPki.Now.AddHours(5).UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} by this machine's clock" },
        { "no_client_auth", "Our certificate may not be used by a TLS client: its extended key usage lacks clientAuth." },
        { "no_digital_signature", "The key of our certificate may not sign a handshake: its key usage lacks digitalSignature." },
        { "key_not_allowed", "The server's request does not allow a key like ours (EC P-256). It allows RSA." },
        { "hash_not_allowed", "Our certificate is signed with SHA-512, which is not among the signature algorithms of the server's request." },
        { "weak_key", "The key of our certificate, RSA 1024, is weaker than most servers accept." },
        { "weak_hash", "Our certificate is signed with SHA-1, which most servers do not accept." },
        { "just_valid", "Our certificate became valid only at " },
        { "about_to_expire", "Our certificate expires at " },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_refusal_names_the_known_faults_of_the_credential_whatever_reason_the_server_gives(string fault, string sentence)
    {
        foreach (var reason in new[] { Reasons.UnknownCa, Reasons.BadCertificate, Reasons.CertificateUnknown, Reasons.CertificateExpired, Reasons.ClosedWithoutAlert, Reasons.ClientHttpStatus, Reasons.AccessDenied, Reasons.HandshakeFailure })
            Assert.StartsWith(sentence, Advice.Of(With(fault, Refused(reason))), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_faults_the_first_is_explained_and_the_second_is_short()
    {
        var hint = Advice.Of(With("expired", Refused(Reasons.BadCertificate)) with { Issuers = 2, IssuerAcceptable = false });
        Assert.StartsWith("Our chain does not lead to any of the 2 issuers that the server named", hint, StringComparison.Ordinal);
        Assert.EndsWith($" Also, our certificate expired at {TestPki.Now.AddDays(-3).UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}.", hint, StringComparison.Ordinal);

        var all = Client(template => template with { NotAfter = TestPki.Now.AddDays(-3), ExtendedKeyUsage = ["1.3.6.1.5.5.7.3.1"], KeyUsage = X509KeyUsageFlags.KeyEncipherment });
        var facts = Refused(Reasons.UnknownCa) with { Credential = [all], Issuers = 1, IssuerAcceptable = false, Allowed = new([0x0804], isTls13: true) };
        Assert.Collection(
            CredentialFaults.Of(facts).Select(fact => fact.Short).Take(5),
            first => Assert.Equal("our chain does not lead to the one issuer that the server named", first),
            second => Assert.StartsWith("our certificate expired at ", second, StringComparison.Ordinal),
            third => Assert.Equal("the extended key usage of our certificate lacks clientAuth", third),
            fourth => Assert.Equal("the key usage of our certificate lacks digitalSignature", fourth),
            fifth => Assert.Equal("the server's request does not allow a key like ours, EC P-256", fifth));
    }

    [Fact]
    public void A_known_root_as_issuer_is_no_missing_intermediate()
    {
        var hint = Advice.Of(With("no_issuer", Refused(Reasons.UnknownCa)) with { IsIssuedByRoot = true });
        Assert.StartsWith("Our chain does not lead to any of the 2 issuers that the server named: it ends at CN=Client Root. Add the issuing root", hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guess_about_clocks_is_not_added_to_an_issuer_that_the_server_does_not_name()
    {
        foreach (var guess in new[] { "just_valid", "about_to_expire" })
            Assert.DoesNotContain("Also,", Advice.Of(With(guess, Refused(Reasons.UnknownCa)) with { Issuers = 1, IssuerAcceptable = false }), StringComparison.Ordinal);
    }

    [Fact]
    public void Advice_about_a_credential_that_was_let_in_depends_on_what_the_server_asked_and_was_shown()
    {
        var open = Refused(Reasons.NotRefused) with { Outcome = Outcome.Accepted, Credential = [], Answered = false, Presented = false };
        Assert.Equal(Reasons.NotRefused.Hint, Advice.Of(open));
        Assert.Equal("The server asks for a client certificate, but does not require one: make client authentication required.", Advice.Of(open with { Answered = true }));

        var named = open with { Answered = true, Presented = true, LetIn = [s_good] };
        Assert.StartsWith("The server accepts a certificate issued by CN=Client Root. If clients that it must accept have the same issuer, keep that issuer: revoke this certificate", Advice.Of(named), StringComparison.Ordinal);
        var revoked = named with { Revocation = [new() { Depth = 0, Subject = s_good.Subject, Serial = s_good.Serial, Source = EvidenceSource.Crl, Status = RevocationStatus.Revoked }] };
        Assert.StartsWith("This certificate, or an intermediate sent with it, was revoked, but the server does not know it", Advice.Of(revoked), StringComparison.Ordinal);
    }

    [Fact]
    public void An_expired_intermediate_is_distinguished_from_the_leaf()
    {
        var intermediate = s_root.Intermediate("Issuing CA", template => template with { NotAfter = TestPki.Now.AddDays(-1) });
        var leaf = intermediate.Client("checkout", template => template with { NotBefore = TestPki.Now.AddDays(-30) }).Certificate;
        var hint = Advice.Of(Refused(Reasons.CertificateExpired) with { Credential = [leaf, intermediate.Certificate] });
        Assert.StartsWith("The intermediate CN=Issuing CA that we send expired at ", hint, StringComparison.Ordinal);
        Assert.Contains("Replace it in our file, after the leaf, with its successor.", hint, StringComparison.Ordinal);
    }

    /// <summary>Nothing is wrong with this credential: the general sentence, unless the reason contradicts the known facts.</summary>
    [Fact]
    public void The_general_sentence_comes_only_if_nothing_is_known()
    {
        foreach (var reason in Reasons.All.Where(reason => reason.Class == FailureClass.ClientCertificate && reason != Reasons.CertificateExpired && reason != Reasons.CertificateRequired && reason != Reasons.DecryptError))
            Assert.Equal(reason.Hint, Advice.Of(Refused(reason)));
    }

    [Fact]
    public void Evidence_against_the_usual_causes_of_a_reason_is_stated()
    {
        Assert.StartsWith("By this machine's clock, everything that we sent is valid. Check the server's clock", Advice.Of(Refused(Reasons.CertificateExpired)), StringComparison.Ordinal);
        Assert.StartsWith("We sent a certificate, but the server says that it received none", Advice.Of(Refused(Reasons.CertificateRequired)), StringComparison.Ordinal);
        Assert.StartsWith("Our key matches our certificate", Advice.Of(Refused(Reasons.DecryptError)), StringComparison.Ordinal);
        Assert.StartsWith("The server lists an authority that our chain leads to, but does not trust our certificate", Advice.Of(Refused(Reasons.UnknownCa) with { Issuers = 3, IssuerAcceptable = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_for_revocation_or_the_signature_says_that_first()
    {
        Assert.Equal($"{Reasons.CertificateRevoked.Hint} Also, the extended key usage of our certificate lacks clientAuth.", Advice.Of(With("no_client_auth", Refused(Reasons.CertificateRevoked))));
        Assert.EndsWith("Also, the key usage of our certificate lacks digitalSignature.", Advice.Of(With("no_digital_signature", Refused(Reasons.DecryptError))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_without_a_certificate_is_advised_to_configure_an_identity_and_nothing_else()
    {
        var none = Refused(Reasons.ClientHttpStatus) with { Presented = false, Credential = [] };
        Assert.Equal("The server asked for a certificate, and the probe had none to send. " + Reasons.CertificateRequired.Hint, Advice.Of(none));
        Assert.Equal(Reasons.CertificateRequired.Hint, Advice.Of(none with { Failure = Failure(Reasons.CertificateRequired) }));
    }

    [Fact]
    public void A_key_that_the_request_does_not_allow_is_named_with_those_that_it_allows()
    {
        var withheld = Refused(Reasons.CertificateRequired) with { Presented = false, IsWithheld = true, Failure = Failure(Reasons.CertificateRequired) with { Hint = Reasons.WithheldHint } };
        Assert.Equal(Reasons.WithheldHint, Advice.Of(withheld));
        Assert.StartsWith(
            "The server's request allows keys of the kind RSA, Ed25519 only, and ours is EC P-256, so our certificate was not sent.",
            Advice.Of(withheld with { Allowed = new([0x0804, 0x0805, 0x0807, 0x0401], isTls13: true) }), StringComparison.Ordinal);
        Assert.Equal(Reasons.WithheldHint, Advice.Of(withheld with { Allowed = new([0x0403], isTls13: true) })); // allowed: it was withheld for another cause
    }

    [Fact]
    public void An_internal_error_after_our_answer_can_be_a_refusal_and_one_before_it_cannot()
    {
        var alert = new AdviceFacts { Failure = new Failure(Phase.Confirm, Reasons.TlsError, new Alert(80), ""), Outcome = Outcome.Failed, At = TestPki.Now, Protocol = new Https(), Answered = true };
        Assert.Contains("Some servers (monit) refuse a certificate like this", Advice.Of(alert), StringComparison.Ordinal);
        Assert.EndsWith("Also, the extended key usage of our certificate lacks clientAuth.", Advice.Of(With("no_client_auth", alert with { Presented = true })), StringComparison.Ordinal);
        Assert.Equal(Reasons.TlsError.Hint, Advice.Of(alert with { Answered = false }));
        Assert.Equal(Reasons.TlsError.Hint, Advice.Of(alert with { Failure = alert.Failure with { Alert = new Alert(47) } }));
    }

    [Fact]
    public void No_application_protocol_recommends_only_what_the_grammar_of_the_protocol_allows()
    {
        var facts = new AdviceFacts { Failure = new Failure(Phase.Handshake, Reasons.NoApplicationProtocol, new Alert(120), ""), Outcome = Outcome.Failed, At = TestPki.Now, Protocol = new Https() };
        Assert.Contains("set http: { version: \"2\" } for this target", Advice.Of(facts with { Protocol = new Https() }), StringComparison.Ordinal);
        Assert.StartsWith("This target offers no ALPN protocol, and the server requires one: set tls.alpn", Advice.Of(facts with { Protocol = new Tls() }), StringComparison.Ordinal);
        Assert.StartsWith("This target offers mqtt, h2: set tls.alpn", Advice.Of(facts with { Protocol = new Tls(), Alpn = ["mqtt", "h2"] }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_deadline_in_our_own_silence_is_no_silence_of_the_server()
    {
        var facts = new AdviceFacts { Failure = Failure(Reasons.NoConfirmation), Outcome = Outcome.Unconfirmed, At = TestPki.Now, Protocol = new Tls() };
        Assert.StartsWith("The time ran out while the probe was still waiting", Advice.Of(facts with { InOurSilence = true }), StringComparison.Ordinal);
        Assert.Contains("Raise the timeout of this target", Advice.Of(facts with { InOurSilence = true }), StringComparison.Ordinal);
        Assert.Equal(Reasons.NoConfirmation.Hint, Advice.Of(facts));
        Assert.StartsWith("Set http.method of this target to GET", Advice.Of(facts with { Protocol = new Https(), HowToSee = new Https().Answered(400, null, "").Hint }), StringComparison.Ordinal);
        Assert.DoesNotContain("use protocol https", Advice.Of(facts with { Protocol = new Https() }), StringComparison.Ordinal);
        Assert.EndsWith($"Also, our certificate expired at {TestPki.Now.AddDays(-3).UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}.", Advice.Of(With("expired", facts with { Presented = true })), StringComparison.Ordinal);
    }

    /// <summary>The control has shown that strangers get an alert.</summary>
    [Fact]
    public void A_close_that_is_no_refusal_points_behind_the_TLS_of_the_server_and_not_to_the_certificate()
    {
        var facts = With("no_client_auth", new AdviceFacts { Failure = Failure(Reasons.ApplicationClosed), Outcome = Outcome.Unconfirmed, At = TestPki.Now, Protocol = new Https(), Answered = true, Presented = true });
        Assert.StartsWith("First check what is behind the TLS endpoint", Advice.Of(facts), StringComparison.Ordinal);
        Assert.DoesNotContain("clientAuth", Advice.Of(facts), StringComparison.Ordinal);
        Assert.Equal(
            $"{Reasons.ApplicationClosed.Hint} Also, the extended key usage of our certificate lacks clientAuth.",
            Advice.Of(facts with { Failure = facts.Failure with { Phase = Phase.Application } })); // after a request it may be a refusal
    }

    [Fact]
    public void Advice_of_the_judge_stays_and_other_classes_keep_their_sentence()
    {
        var told = Failure(Reasons.UnknownCa) with { Hint = "Something that only the judge knows." };
        Assert.Equal("Something that only the judge knows.", Advice.Of(With("expired", Refused(Reasons.UnknownCa)) with { Failure = told }));
        foreach (var reason in Reasons.All.Where(reason => reason.Class is FailureClass.Network or FailureClass.ServerCertificate or FailureClass.Identity or FailureClass.Internal))
            Assert.Equal(reason.Hint, Advice.Of(With("expired", Refused(reason)) with { Outcome = Outcome.Failed }));
    }

    private static AdviceFacts Refused(Reason reason) => new()
    {
        Failure = Failure(reason),
        Outcome = Outcome.Rejected,
        At = TestPki.Now,
        Protocol = new Https(),
        Credential = [s_good],
        Answered = true,
        Presented = true,
    };

    private static AdviceFacts With(string fault, AdviceFacts facts) => fault switch
    {
        "no_issuer" => facts with { Credential = [s_good], Issuers = 2, IssuerAcceptable = false },
        "expired" => facts with { Credential = [s_expired] },
        "not_yet_valid" => facts with { Credential = [s_early] },
        "no_client_auth" => facts with { Credential = [s_serverOnly] },
        "no_digital_signature" => facts with { Credential = [s_notSigning] },
        "key_not_allowed" => facts with { Credential = [s_good], Allowed = new([0x0804, 0x0401], isTls13: true) },
        "hash_not_allowed" => facts with { Credential = [Client(template => template with { Hash = HashAlgorithmName.SHA512 })], Allowed = new([0x0403], isTls13: true) },
        "weak_key" => facts with { Credential = [Client(template => template with { KeyKind = TestKeyKind.Rsa1024 })] },
        "weak_hash" => facts with { Credential = [Client(template => template with { Hash = HashAlgorithmName.SHA1 })] },
        "just_valid" => facts with { Credential = [Client(template => template with { NotBefore = TestPki.Now.AddMinutes(-2) })] },
        "about_to_expire" => facts with { Credential = [Client(template => template with { NotAfter = TestPki.Now.AddMinutes(2) })] },
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null),
    };

    private static Certificate Client(Func<TestTemplate, TestTemplate> change) =>
        s_root.Client("checkout", template => change(template with { NotBefore = TestPki.Now.AddDays(-30) })).Certificate;

    private static Failure Failure(Reason reason) => new(Phase.Confirm, reason, null, "");
}

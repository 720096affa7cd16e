using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Tests.OpenSsl;
using MtlsProbe.Trust;
using static MtlsProbe.Tests.Trust.Judged;

namespace MtlsProbe.Tests.Trust;

/// <summary>Real responses, made by the openssl command line.</summary>
public sealed class StapledOcspTests : IDisposable
{
    private const string OcspSigning = "1.3.6.1.5.5.7.3.9";
    private readonly OpensslTool _tool = new();

    /// <summary>The start of the test: responses have the time of the machine's clock, and <see cref="TestPki.Now"/> may be minutes ago.</summary>
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    private readonly TestCertificate _root = TestPki.Root("Root");
    private readonly TestCertificate _issuer;
    private readonly TestCertificate _leaf;

    public StapledOcspTests()
    {
        _issuer = _root.Intermediate("Intermediate");
        _leaf = _issuer.Leaf(Name);
    }

    public void Dispose() => _tool.Dispose();

    [NeedsFact("openssl")]
    public void A_good_response_is_used()
    {
        var verdict = Verdict(Response("V"));
        Assert.True(verdict.Valid);
        Assert.Equal("good", verdict.Ocsp);
        Assert.Empty(verdict.Notes);
    }

    [NeedsTheory("openssl")]
    [InlineData("sha1")]
    [InlineData("sha256")]
    [InlineData("sha512")]
    public void The_certificate_can_be_identified_by_any_hash(string hash) => Assert.Equal("good", Verdict(Response("V", hash: hash)).Ocsp);

    [NeedsFact("openssl")]
    public void A_revoked_leaf_is_the_first_error_with_time_and_reason()
    {
        var response = Response("R", revoked: "250102030405Z,keyCompromise");
        var verdict = Verdict(response);
        AssertErrors(verdict, Reasons.Revoked);
        Assert.Equal("revoked", verdict.Ocsp);
        var leaf = $"CN=a.test (serial {_leaf.Certificate.Serial})";
        Assert.Equal($"{leaf} was revoked at 2025-01-02T03:04:05Z (keyCompromise), says the stapled OCSP response", verdict.Faults[0].Detail);
        verdict = By(TestPki.Trust(TestPki.Root("Other")), [_leaf, _issuer], "b.test", now: _now, ocsp: response);
        AssertErrors(verdict, Reasons.UntrustedIssuer, Reasons.NameMismatch);
    }

    [Fact]
    public void A_response_under_an_issuer_without_an_anchor_is_ignored()
    {
        foreach (var status in (int[])[0, 1])
        {
            var verdict = By(TestPki.Trust(TestPki.Root("Other")), [_leaf, _issuer], ocsp: TestOcsp.Response(_leaf, _issuer, status));
            AssertErrors(verdict, Reasons.UntrustedIssuer);
            Assert.Equal("invalid", verdict.Ocsp);
            Assert.All(verdict.Revocation, line => Assert.Equal(RevocationStatus.Unknown, line.Status));
            Assert.NotNull(verdict.Staple);
        }
    }

    [Fact]
    public void A_response_without_an_end_is_used_for_a_day()
    {
        var response = TestOcsp.Response(_leaf, _issuer, status: 1, period: Timeout.InfiniteTimeSpan);
        AssertErrors(Verdict(response, TestPki.Now.AddHours(22)), Reasons.Revoked);
        AssertInvalid(Verdict(response, TestPki.Now.AddHours(24)), "has no nextUpdate");
    }

    [Fact]
    public void A_response_that_can_be_forged_is_not_used()
    {
        AssertInvalid(Verdict(TestOcsp.Response(_leaf, _issuer, status: 1, hash: HashAlgorithmName.SHA1), TestPki.Now), "is signed with SHA-1, which can be forged");
        var responder = Responder(_issuer, t => t with { Hash = HashAlgorithmName.SHA1 });
        AssertInvalid(Verdict(TestOcsp.Response(_leaf, _issuer, status: 1, responder), TestPki.Now), "a responder whose certificate has a weak signature");
    }

    [Fact]
    public void A_delegated_responder_that_a_list_revokes_is_not_used()
    {
        var responder = Responder(_issuer, t => t);
        foreach (var isRevoked in (bool[])[false, true])
        {
            var list = RevocationList.Read(new TestList { Entries = isRevoked ? [TestEntry.Of(responder)] : [] }.SignedBy(_issuer)).List!;
            var evidence = new RevocationEvidence(WhenUnknown.Accept, [new ListEvidence([new KnownList(list, "list")])]);
            var verdict = new ChainJudge(evidence: _ => evidence).Judge(
                [_leaf.Certificate, _issuer.Certificate], TestPki.Trust(_root), new(Name), TestPki.Now, TestOcsp.Response(_leaf, _issuer, status: 0, responder));

            Assert.Equal(isRevoked ? "invalid" : "good", verdict.Ocsp);
            if (isRevoked) Assert.Contains("a responder that is revoked itself, says list", Assert.Single(verdict.Notes), StringComparison.Ordinal);
        }
    }

    [NeedsFact("openssl")]
    public void A_revoked_leaf_is_found_even_if_it_is_expired_or_an_anchor_itself()
    {
        var response = Response("R", revoked: "250102030405Z", days: 4000);
        AssertErrors(Verdict(response, TestPki.Now.AddDays(91)), Reasons.Revoked, Reasons.Expired);
        AssertErrors(By(TestPki.Trust(_leaf), [_leaf, _issuer], now: _now, ocsp: response), Reasons.Revoked);
    }

    [NeedsFact("openssl")]
    public void A_certificate_that_the_responder_does_not_know_is_noted()
    {
        var verdict = Verdict(Response(null));
        Assert.True(verdict.Valid);
        Assert.Equal("unknown", verdict.Ocsp);
        Assert.Contains("does not know", Assert.Single(verdict.Notes), StringComparison.Ordinal);
    }

    [NeedsFact("openssl")]
    public void A_response_is_used_until_its_next_update_with_some_leeway()
    {
        var response = Response("R", revoked: "250102030405Z", days: 2);
        AssertErrors(Verdict(response, _now.AddDays(2).AddMinutes(2)), Reasons.Revoked);
        AssertInvalid(Verdict(response, _now.AddDays(3)), "out of date: it says revoked");
        AssertErrors(Verdict(response, _now.AddMinutes(-2)), Reasons.Revoked);
        AssertInvalid(Verdict(response, _now.AddHours(-1)), "from the future");
    }

    [NeedsFact("openssl")]
    public void A_response_from_another_signer_is_not_used()
    {
        AssertInvalid(Verdict(Response("R", "250102030405Z", signer: TestPki.Root("Intermediate"))), "not signed by the issuer");
        AssertInvalid(Verdict(Response("R", "250102030405Z", signer: _root)), "not signed by the issuer");
        AssertInvalid(Verdict(Response("R", "250102030405Z", signer: _leaf)), "not signed by the issuer");
    }

    [NeedsFact("openssl")]
    public void A_delegated_responder_is_used()
    {
        var responder = Responder(_issuer, t => t);
        AssertErrors(Verdict(Response("R", "250102030405Z", signer: responder)), Reasons.Revoked);
        Assert.Equal("good", Verdict(Response("V", signer: responder)).Ocsp);
    }

    [NeedsFact("openssl")]
    public void A_responder_without_its_usage_or_of_another_issuer_is_not_used()
    {
        var withoutUsage = Responder(_issuer, t => t with { ExtendedKeyUsage = null });
        var forged = Responder(_issuer, t => t with { BreakSignature = true });
        foreach (var signer in new[] { withoutUsage, forged, Responder(_root, t => t) })
            AssertInvalid(Verdict(Response("R", "250102030405Z", signer: signer)), "not signed by the issuer");
    }

    [NeedsFact("openssl")]
    public void A_delegated_responder_must_be_valid_by_the_clock_of_the_probe()
    {
        var responder = Responder(_issuer, t => t with { NotAfter = TestPki.Now.AddDays(1) });
        var response = Response("R", "250102030405Z", signer: responder, days: 9);
        AssertErrors(Verdict(response), Reasons.Revoked);
        AssertInvalid(Verdict(response, TestPki.Now.AddDays(2)), "a responder that is not current");
    }

    [NeedsFact("openssl")]
    public void A_response_about_another_certificate_is_not_used()
    {
        var other = _issuer.Leaf(Name);
        AssertInvalid(By(TestPki.Trust(_root), [other, _issuer], now: _now, ocsp: Response("R", "250102030405Z")), "not about the server's certificate");
    }

    [NeedsFact("openssl")]
    public void Without_the_issuer_a_response_cannot_be_verified()
    {
        var verdict = By(TestPki.Trust(_root), [_leaf], now: _now, ocsp: Response("V"));
        AssertErrors(verdict, Reasons.UntrustedIssuer);
        Assert.Equal("invalid", verdict.Ocsp);
    }

    [NeedsFact("openssl")]
    public void Garbage_is_noted_and_does_no_harm()
    {
        var good = Response("V");
        AssertInvalid(Verdict([1, 2, 3]), "is not an OCSP response");
        AssertInvalid(Verdict([0x30, 0x03, 0x0a, 0x01, 0x03]), "tryLater");
        AssertInvalid(Verdict(new byte[70_000]), "too large");
        for (var length = 1; length < good.Length; length += 7) Assert.Equal("invalid", Verdict(good[..length]).Ocsp);
        for (var position = 0; position < good.Length; position += 3)
        {
            var broken = good.ToArray();
            broken[position] ^= 0x15;
            Assert.True(Verdict(broken).Valid);
        }

        Assert.Equal("good", Verdict(good).Ocsp);
    }

    [NeedsFact("openssl")]
    public void A_response_that_is_not_used_leaves_no_error_behind_for_the_next_call_on_this_thread()
    {
        foreach (var response in (byte[][])[[1, 2, 3], Response("V", signer: _root)])
        {
            Assert.Equal("invalid", Verdict(response).Ocsp);
            Assert.Equal(0UL, LibCrypto.ERR_peek_error());
        }
    }

    [NeedsFact("openssl")]
    public void An_authority_that_only_has_the_name_of_the_issuer_cannot_revoke_its_certificates()
    {
        var rekeyed = TestPki.Root("Intermediate");
        var leaf = rekeyed.Leaf(Name, t => t with { Serial = Convert.FromHexString(_leaf.Certificate.Serial) });
        var verdict = By(TestPki.Trust(_root), [leaf, _issuer], now: _now, ocsp: Response("R", "250102030405Z"));
        AssertErrors(verdict, Reasons.BadSignature);
        Assert.Equal("invalid", verdict.Ocsp);
    }

    [NeedsFact("openssl")]
    public void No_byte_of_a_response_can_be_changed_to_another_statement()
    {
        var good = Response("V");
        for (var position = 0; position < good.Length; position++)
        {
            var broken = good.ToArray();
            broken[position] ^= 0x01;
            Assert.NotEqual("revoked", Verdict(broken).Ocsp);
        }
    }

    [NeedsFact("openssl")]
    public void A_missing_response_that_is_required_is_noted()
    {
        var mustStaple = new X509Extension("1.3.6.1.5.5.7.1.24", [0x30, 3, 2, 1, 5], critical: false);
        var leaf = _issuer.Leaf(Name, t => t with { More = [mustStaple] });
        var verdict = By(TestPki.Trust(_root), [leaf, _issuer]);
        Assert.True(verdict.Valid);
        Assert.StartsWith("not_stapled: the certificate requires a stapled OCSP response", Assert.Single(verdict.Notes), StringComparison.Ordinal);
        Assert.Equal(["not_stapled"], verdict.NoteNames);
        Assert.Empty(By(TestPki.Trust(_root), [_leaf, _issuer]).NoteNames);
    }

    [NeedsFact("openssl")]
    public void The_period_of_a_response_is_known_even_when_it_has_ended_but_not_of_one_from_another_signer()
    {
        var response = Response("V", days: 2);
        foreach (var at in new[] { _now, _now.AddDays(3) })
        {
            var period = Verdict(response, at).Staple!;
            Assert.InRange((period.ThisUpdate - _now).TotalMinutes, -2, 2);
            Assert.Equal(TimeSpan.FromDays(2), period.NextUpdate - period.ThisUpdate);
        }

        Assert.Equal(["staple_invalid"], Verdict(response, _now.AddDays(3)).NoteNames);
        Assert.Equal(["staple_unknown"], Verdict(Response(null)).NoteNames);
        Assert.Null(Verdict(Response("V", signer: _root)).Staple);
    }

    private ChainVerdict Verdict(byte[] response, DateTimeOffset? now = null) =>
        By(TestPki.Trust(_root), [_leaf, _issuer], now: now ?? _now, ocsp: response);

    private static void AssertInvalid(ChainVerdict verdict, string why)
    {
        Assert.True(verdict.Valid);
        Assert.Equal("invalid", verdict.Ocsp);
        Assert.Contains(why, Assert.Single(verdict.Notes), StringComparison.Ordinal);
    }

    private static TestCertificate Responder(TestCertificate issuer, Func<TestTemplate, TestTemplate> change) =>
        issuer.Leaf("ocsp.test", t => change(t with { ExtendedKeyUsage = [OcspSigning] }));

    /// <param name="state">V or R, as in the index of a certificate authority; null: the certificate is not in it.</param>
    private byte[] Response(string? state, string revoked = "", TestCertificate? signer = null, int days = 30, string hash = "sha1")
    {
        signer ??= _issuer;
        File.WriteAllText(_tool.Path("issuer.pem"), _issuer.CertificatePem);
        File.WriteAllText(_tool.Path("leaf.pem"), _leaf.CertificatePem);
        File.WriteAllText(_tool.Path("signer.pem"), signer.CertificatePem);
        File.WriteAllText(_tool.Path("signer.key"), signer.KeyPem);
        var entry = $"{state}\t350101000000Z\t{revoked}\t{_leaf.Certificate.Serial.ToUpperInvariant()}\tunknown\t/CN=a.test\n";
        File.WriteAllText(_tool.Path("index.txt"), state is null ? "" : entry);
        _tool.Run($"ocsp -{hash} -no_nonce -issuer issuer.pem -cert leaf.pem -reqout request.der");
        _tool.Run("ocsp -index index.txt -CA issuer.pem -rsigner signer.pem -rkey signer.key -reqin request.der"
            + $" -ndays {days} -respout response.der -noverify");
        return _tool.Read("response.der");
    }
}

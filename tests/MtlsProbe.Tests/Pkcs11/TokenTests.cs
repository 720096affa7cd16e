using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Tests.Handshake;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Pkcs11;

/// <summary>Keys in tokens of SoftHSM: loaded from a configuration, and presented to real TLS servers by real probes.</summary>
public sealed class TokenTests(SoftHsm hsm) : FollowedFiles, IClassFixture<SoftHsm>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TestCertificate s_servers = TestPki.Root("Servers");
    private static readonly TestCertificate s_server = s_servers.Leaf("server.test");

    private readonly TestModule _module = hsm.NewModule();

    [SoftHsmTheory]
    [InlineData("ec", "1.2")]
    [InlineData("ec", "1.3")]
    [InlineData("rsa", "1.2")]
    [InlineData("rsa", "1.3")]
    public async Task A_server_accepts_a_credential_whose_key_is_in_a_token(string token, string version)
    {
        await Load(token);

        await using var server = Server();
        var result = await Probe(server, s_patience, version == "1.2" ? TlsVersion.Tls12 : TlsVersion.Tls13);

        Assert.Equal((Outcome.Accepted, hsm.Clients[token].Certificate.Serial), (result.Outcome, result.ClientCertificate?.Presented?.Serial));
        Assert.Equal(version, result.Tls?.Version);
    }

    [SoftHsmFact]
    public async Task The_module_comes_from_the_environment_if_the_URI_names_none()
    {
        var sources = MaterialSources.Configured(Time, environment: name => name == "PKCS11_MODULE_PATH" ? _module.File : null);
        var source = new TokenFiles(WriteCertificate("ec"), Uri("pkcs11:token=ec;id=%a1"), WritePin(SoftHsm.Pin));

        using var opened = sources.Credential(source, null);
        Assert.Null(opened.Look().Found.Fault);
        Assert.Single(_module.Logins);
        await Task.CompletedTask;
    }

    [SoftHsmFact]
    public async Task A_wrong_PIN_is_tried_once_and_the_right_one_as_soon_as_it_is_available()
    {
        await Load("pin", pin: "000001");

        Assert.Equal(Reasons.WrongPin, Current().Fault?.Reason);
        Assert.Equal(["0xa0"], _module.Logins);
        Assert.Equal($"the token \"pin\" refuses the PIN in {Files.Path("pin")} (PIN incorrect, CKR 0xa0); it is not tried again until the file contains another one or this program restarts, because a token locks after a few attempts", Current().Fault?.Detail);
        await Pass(120);
        WriteCertificate("pin", TestPki.Pem(hsm.Clients["pin"], hsm.Authority)); // another reason to load
        await Pass(10);
        Assert.Equal(["0xa0"], _module.Logins);
        Assert.Equal(Reasons.WrongPin, Current().Fault?.Reason);

        var another = hsm.NewModule(); // that leads to the same token
        using var elsewhere = MaterialSources.Configured(Time).Credential(new TokenFiles(Files.Path("a.crt"), Uri("pin", another), Files.Path("pin")), null);
        Assert.Equal(Current().Fault, elsewhere.Look().Found.Fault);
        Assert.Empty(another.Logins);

        WritePin(SoftHsm.Pin);
        await Pass(10);
        Assert.Null(Current().Fault);
        Assert.Equal(["0xa0", "0x0"], _module.Logins);
        Assert.Equal(2, Current().Credential?.Chain.Count);
        Assert.DoesNotContain(Log.Take(), line => line.Text.Contains("000001", StringComparison.Ordinal) || line.Text.Contains(SoftHsm.Pin, StringComparison.Ordinal));
    }

    [SoftHsmTheory]
    [InlineData("final", "locks after one more wrong PIN")]
    [InlineData("locked", "is locked")]
    public async Task The_last_attempt_is_left_to_the_owner_of_the_token(string state, string words)
    {
        _module.Say(state);

        await Load("ec");

        Assert.Equal((Reasons.WrongPin, 0), (Current().Fault?.Reason, _module.Logins.Count));
        Assert.Contains(words, Current().Fault?.Detail);
        await Pass(60);
        Assert.Empty(_module.Logins);

        _module.Unsay(state); // the owner has logged in, or unlocked it
        await Pass(45);
        Assert.Equal((hsm.Clients["ec"].Certificate, null), (Current().Credential?.Leaf, Current().Fault));
    }

    [SoftHsmFact]
    public async Task A_login_that_fails_with_a_code_for_a_possibly_wrong_PIN_is_not_repeated()
    {
        _module.Say("login", "30");
        await Load("pin", pin: "000002");
        await Pass(60);

        Assert.Equal(["0x30"], _module.Logins);
        Assert.Equal((Reasons.WrongPin, $"the token \"pin\" did not accept the PIN in {Files.Path("pin")} (device error, CKR 0x30), which may mean that the PIN is wrong; it is not tried again until the file contains another one or this program restarts, because a token locks after a few attempts"), (Current().Fault?.Reason, Current().Fault?.Detail));
    }

    [SoftHsmFact]
    public async Task A_login_that_found_no_token_is_repeated()
    {
        _module.Say("login", "e0");
        await Load("ec");
        Assert.Equal(Reasons.TokenUnavailable, Current().Fault?.Reason);

        _module.Unsay("login");
        await Pass(10);
        Assert.Equal((hsm.Clients["ec"].Certificate, null), (Current().Credential?.Leaf, Current().Fault));
    }

    [SoftHsmFact]
    public async Task A_key_that_requires_its_PIN_for_each_signature_is_not_used()
    {
        _module.Say("each");
        await Load("ec");

        Assert.Equal((null, Reasons.TokenUnavailable), (Current().Credential, Current().Fault?.Reason));
        Assert.StartsWith("the key \"client\" (id a1) in the token \"ec\" requires the PIN for each signature (CKA_ALWAYS_AUTHENTICATE), which is not supported", Current().Fault?.Detail);
    }

    [SoftHsmTheory]
    [InlineData("ec", "1.3")]
    [InlineData("rsa", "1.3")]
    [InlineData("rsa", "1.2")]
    public async Task Another_key_with_the_name_of_ours_is_reported_before_a_server_sees_its_signature(string token, string version)
    {
        await Load(token);
        await using var server = Server();
        var only = version == "1.2" ? TlsVersion.Tls12 : TlsVersion.Tls13;
        Assert.Equal(Outcome.Accepted, (await Probe(server, only: only)).Outcome);

        _module.Say("other");
        var failure = (await Probe(server, only: only)).Failure;
        Assert.Equal((Reasons.KeyMismatch, Phase.Handshake), (failure?.Reason, failure?.Phase));
        Assert.StartsWith($"{Uri(token)} is not the key of {Files.Path("a.crt")}, whose first certificate is ", failure?.Detail);
        Assert.Equal(Reasons.KeyMismatch, Current().Fault?.Reason);
        await Pass(60);
        Assert.Equal(Reasons.KeyMismatch, Current().Fault?.Reason);

        _module.Unsay("other");
        await Pass(45);
        Assert.Null(Current().Fault);
        Assert.Equal(Outcome.Accepted, (await Probe(server, only: only)).Outcome);
    }

    [SoftHsmFact]
    public async Task A_probe_that_is_cancelled_while_the_token_signs_has_no_verdict()
    {
        await Load("slow");
        await using var server = Server();
        using var stop = new CancellationTokenSource();
        _module.Say("slow", "600000");

        var probe = Probe(server, cancellation: stop.Token);
        await Until(() => _module.IsStuck);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe);

        _module.Unsay("slow");
        Assert.Null(Current().Fault);
    }

    [SoftHsmFact]
    public async Task A_token_whose_login_hangs_delays_no_other_token_of_its_module()
    {
        using var stuck = Open("slow", "stuck.pin");
        using var other = Open("ec", "pin");
        _module.Say("stuck");

        var looking = Task.Run(stuck.Look);
        await Until(() => _module.IsStuck);
        Assert.Null(other.Look().Found.Fault);

        _module.Unsay("stuck");
        Assert.Null((await looking).Found.Fault);
    }

    [SoftHsmFact]
    public void A_source_that_is_closed_before_it_loads_keeps_no_session()
    {
        var source = Open("ec", "pin");
        source.Dispose();

        Assert.Null(source.Look().Found.Fault);
        Assert.Equal((1, 0), (_module.SessionsOpened, _module.OpenSessions));
    }

    [SoftHsmFact]
    public async Task A_removed_token_is_a_fault_that_recovers_when_it_is_back()
    {
        await Load("ec");
        var credential = Current().Credential;
        await using var server = Server();

        _module.Say("gone");
        var without = await Probe(server);
        Assert.Equal((FailureClass.Identity, Reasons.TokenUnavailable), (without.Failure?.Reason.Class, without.Failure?.Reason));
        Assert.Equal("our own key did not sign, so the server decided nothing", VerdictText.Meaning(without));
        Assert.Equal($"{_module.File} has no token that is a token with label \"ec\": there is none", without.Failure?.Detail);
        Assert.Equal(Reasons.TokenUnavailable, Current().Fault?.Reason);
        await Pass(60);
        Assert.Equal((credential, Reasons.TokenUnavailable), (Current().Credential, Current().Fault?.Reason));

        _module.Unsay("gone");
        await Pass(45);
        Assert.Equal((credential, null), (Current().Credential, Current().Fault));
        Assert.Equal(Outcome.Accepted, (await Probe(server)).Outcome);
        Assert.Equal(1, _module.OpenSessions);
    }

    [SoftHsmFact]
    public async Task A_token_that_is_added_later_is_found()
    {
        _module.Say("gone");
        await Load("ec");
        Assert.Equal((null, Reasons.TokenUnavailable), (Current().Credential, Current().Fault?.Reason));

        _module.Unsay("gone");
        await Pass(10);
        Assert.Equal((hsm.Clients["ec"].Certificate, null), (Current().Credential?.Leaf, Current().Fault));
    }

    [SoftHsmFact]
    public async Task A_slow_token_delays_only_its_own_probes_and_each_of_them_ends_in_time()
    {
        await Load("slow");
        var slow = Current().Credential!;
        var quick = new Credential([hsm.Clients["rsa"].Certificate], PrivateKey.Of(hsm.Clients["rsa"].Key));
        await using var server = Server();
        Assert.Equal(Outcome.Accepted, (await Probe(server, s_patience, credential: slow)).Outcome);

        _module.Say("slow", "600000");
        using var atToken = new CountdownEvent(12);
        var waiting = Enumerable.Range(0, 12).Select(_ => Probe(server, TimeSpan.FromSeconds(6), credential: slow, handshakeOver: () => atToken.Signal())).ToList();
        await Task.Run(() => atToken.Wait(s_patience)); // their slots at the server are free for others
        for (var i = 0; i < 10; i++) Assert.Equal(Outcome.Accepted, (await Probe(server, s_patience, credential: quick)).Outcome);
        Assert.DoesNotContain(waiting, probe => probe.IsCompleted);

        var failures = (await Task.WhenAll(waiting)).Select(result => result.Failure!).ToList();
        Assert.All(failures, failure => Assert.Equal((Reasons.TokenUnavailable, Phase.Handshake), (failure.Reason, failure.Phase)));
        Assert.Contains(failures, failure => failure.Detail == $"{Uri("slow")} did not sign in time: the token was still working on it");
        Assert.Contains(failures, failure => failure.Detail.EndsWith("was still working on other signatures", StringComparison.Ordinal));
        Assert.All(failures, failure => Assert.Matches($"^{System.Text.RegularExpressions.Regex.Escape(Uri("slow").Text)} did not (sign|reach our signature) in time: (the token|it) was still working on (it|other signatures)$", failure.Detail));

        _module.Unsay("slow");
        Assert.Equal(Outcome.Accepted, (await Probe(server, s_patience, credential: slow)).Outcome);
        Assert.InRange(_module.OpenSessions, 1, 5);
    }

    [SoftHsmFact]
    public async Task Many_handshakes_use_no_more_sessions_and_no_more_descriptors()
    {
        await Load("ec");
        await using var server = Server();
        await Probes(server, 20);
        var descriptors = Descriptors();

        await Probes(server, 400);

        Assert.InRange(_module.SessionsOpened, 1, 4);
        Assert.Equal(_module.SessionsOpened, _module.OpenSessions);
        Assert.InRange(Descriptors(), 0, descriptors + 200); // other tests of this process open some; each handshake would leave one
        Assert.All(_module.Logins, result => Assert.Contains(result, (string[])["0x0", "0x100"])); // once for all sessions
    }

    [SoftHsmFact]
    public async Task A_token_with_one_session_signs_one_after_the_other()
    {
        _module.Say("one");
        await Load("ec");
        await using var server = Server();

        await Probes(server, 20);

        Assert.Equal(1, _module.SessionsOpened);

        var rsa = new TokenFiles(Files.Write("rsa.crt", TestPki.Pem(hsm.Clients["rsa"])), Uri("rsa"), Files.Path("pin"));
        using var other = MaterialSources.Configured(Time).Credential(rsa, null); // another key takes the idle session
        Assert.Null(other.Look().Found.Fault);
        await Probes(server, 2);
        Assert.Equal(1, _module.OpenSessions);
    }

    [SoftHsmTheory]
    [InlineData("pkcs11:token=none", "MODULE has no token that is a token with label \"none\": there are \"")]
    [InlineData("pkcs11:token=ec;object=other", "the token \"ec\" has no private key with label \"other\": it has \"client\" (id a1)")]
    [InlineData("pkcs11:token=ec;id=%01", "the token \"ec\" has no private key with id 01: it has \"client\" (id a1)")]
    [InlineData("pkcs11:token=ec?module-path=/nowhere/module.so", "/nowhere/module.so cannot be loaded as a PKCS#11 module: it does not exist; install the package of the token's vendor")]
    [InlineData("pkcs11:token=ec?module-path=/etc/passwd", "/etc/passwd cannot be loaded as a PKCS#11 module: ")]
    [InlineData("pkcs11:token=ec?module-path=libm", "libm is not a PKCS#11 module: it has no C_GetFunctionList")]
    [InlineData("pkcs11:token=ec?module-name=nosuch", "no PKCS#11 module nosuch.so is in /usr/local/lib/")]
    public async Task A_missing_object_is_named_with_the_existing_ones(string uri, string words)
    {
        var libm = "/lib/" + (System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "aarch64" : "x86_64") + "-linux-gnu/libm.so.6";
        await Load("ec", uri.Replace("libm", libm, StringComparison.Ordinal));

        Assert.Equal(Reasons.TokenUnavailable, Current().Fault?.Reason);
        Assert.StartsWith(words.Replace("MODULE", _module.File, StringComparison.Ordinal).Replace("libm", libm, StringComparison.Ordinal), Current().Fault?.Detail);
    }

    [SoftHsmFact]
    public async Task A_key_that_needs_a_login_is_not_found_and_the_hint_says_why()
    {
        Files.Write("a.crt", TestPki.Pem(hsm.Clients["shy"]));
        await Follow(new TokenFiles(Files.Path("a.crt"), Uri("shy"), null));

        Assert.Equal("the token \"shy\" has no private key with label \"client\": it shows none; it shows its private keys only after a login: set pin_file", Current().Fault?.Detail);
    }

    [SoftHsmFact]
    public async Task The_key_of_another_certificate_is_known_by_its_signature()
    {
        Files.Write("a.crt", TestPki.Pem(hsm.Clients["slow"]));
        await Follow(new TokenFiles(Files.Path("a.crt"), Uri("ec"), WritePin(SoftHsm.Pin)));

        Assert.Equal(Reasons.KeyMismatch, Current().Fault?.Reason);
        Assert.StartsWith($"{Uri("ec")} is not the key of {Files.Path("a.crt")}, whose first certificate is ", Current().Fault?.Detail);
    }

    [SoftHsmTheory]
    [InlineData("nopss")]
    [InlineData("late")]
    public async Task A_token_without_PSS_works_for_TLS_1_2_and_has_a_warning(string state)
    {
        _module.Say(state);
        await Load("rsa");
        Assert.Null(Current().Fault);
        Assert.Contains(Log.Take(), line => line.Text.Contains("makes no RSA-PSS signature (mechanism invalid, CKR 0x70), which TLS 1.3 requires", StringComparison.Ordinal));
    }

    [SoftHsmFact]
    public async Task A_replacement_is_not_staged_before_its_certificate_is_there()
    {
        var current = new TokenFiles(WriteCertificate("ec"), Uri("ec"), WritePin(SoftHsm.Pin));
        var next = current with { Certificate = Files.Path("next.crt") };
        await Run(Configuration([new Identity("checkout", current) { Next = next }], []));
        Assert.Equal(new LoadedCredential(null, null), Next());

        Files.Write("next.crt", TestPki.Pem(hsm.Authority.Client("ec", template => template with { Key = hsm.Clients["ec"].Key })));
        await Pass(6);
        Assert.Null(Next().Fault);
        Assert.NotNull(Next().Credential);
    }

    private async Task Load(string token, string? uri = null, string pin = SoftHsm.Pin) =>
        await Follow(new TokenFiles(WriteCertificate(token), uri is null ? Uri(token) : Uri(uri), WritePin(pin)));

    private IMaterialSource<Credential> Open(string token, string pin) =>
        MaterialSources.Configured(Time).Credential(new TokenFiles(Files.Write(token + ".crt", TestPki.Pem(hsm.Clients[token])), Uri(token), Files.Write(pin, SoftHsm.Pin)), null);

    private static async Task Until(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (!isSo()) await Task.Delay(10, patience.Token);
    }

    private TokenUri Uri(string tokenOrUri, TestModule? module = null)
    {
        var text = TokenUri.IsOne(tokenOrUri) ? tokenOrUri : $"pkcs11:token={tokenOrUri};object=client";
        return TokenUri.Parse(text.Contains('?', StringComparison.Ordinal) || text.Contains("%a1", StringComparison.Ordinal) ? text : $"{text}?module-path={(module ?? _module).File}").Uri!;
    }

    private string WriteCertificate(string token, string? pem = null) => Files.Write("a.crt", pem ?? TestPki.Pem(hsm.Clients[token]));

    private string WritePin(string pin) => Files.Write("pin", pin + "\n");

    private Peer Server() => Peer.Tls(
        new ServerParameters
        {
            Chain = [s_server.Certificate.Der], Key = PrivateKey.Of(s_server.Key),
            ClientAuthentication = ClientAuthentication.Required, ClientAnchors = [hsm.Authority.Certificate.Der],
        },
        async connection =>
        {
            if (!await connection.HandshakeAsync()) return;
            if (await connection.ReadAsync() is null) return;
            await connection.WriteAsync("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            await connection.CloseTlsAsync();
        });

    private async Task Probes(Peer server, int count)
    {
        for (var i = 0; i < count; i += 10)
            Assert.All(await Task.WhenAll(Enumerable.Range(0, Math.Min(10, count)).Select(_ => Probe(server))), result => Assert.Equal(Outcome.Accepted, result.Outcome));
    }

    private async Task<ProbeResult> Probe(Peer server, TimeSpan? timeout = null, TlsVersion? only = null, Credential? credential = null, Action? handshakeOver = null, CancellationToken cancellation = default)
    {
        var target = new Target
        {
            Name = "t", Address = new HostPort("127.0.0.1", server.Port), ServerName = "server.test", Protocol = new Https(), Identity = "checkout", Trust = "servers", Control = false,
            Tls = only is { } version ? new TlsOptions { MinVersion = version, MaxVersion = version } : new TlsOptions(),
        };
        _trusting ??= Trusting();
        var job = ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).Single()
            .With((_, _) => credential is null ? Store.Handle("checkout", Slot.Current) : new CredentialHandle(() => new LoadedCredential(credential, null)));
        return await _trusting.ProbeAsync(job, new ProbeRun(ProbeTime.Strict(timeout ?? s_patience)) { Before = Outcome.Accepted, HandshakeOver = handshakeOver }, cancellation);
    }

    private Prober? _trusting;

    private Prober Trusting()
    {
        var trust = new MaterialStore(TimeProvider.System, NullLogger<MaterialStore>.Instance);
        trust.Follow(Configuration([], [new TrustSource("servers", [Files.Write("servers.crt", TestPki.Pem(s_servers))])]));
        return new ProbeStack(TimeProvider.System, NullLoggerFactory.Instance, trust, isFleet: false).Prober;
    }

    private static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;
}

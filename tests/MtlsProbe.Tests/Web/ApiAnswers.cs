using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using MtlsProbe.Certificates;
using MtlsProbe.Feed;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Web;

/// <summary>A response of the API.</summary>
/// <param name="Path">As in the description: with <c>{name}</c>.</param>
internal sealed record ApiAnswer(string Method, string Path, string Request, Answered Answer);

/// <summary>
/// Responses of every kind, for a fleet with a value for every field of the API: credentials that are accepted, refused, staged and broken; servers
/// that are not reached, not trusted, not enforcing, that disagree and that have a history.
/// </summary>
internal sealed class ApiAnswers
{
    private static readonly Lazy<Task<IReadOnlyList<ApiAnswer>>> s_all = new(() => new ApiAnswers().CollectAsync());

    private static readonly (string, string) s_header = ("X-MtlsProbe", "1");

    private static readonly string[] s_paths =
    [
        "/api/v1/summary", "/api/v1/fleet", "/api/v1/groups", "/api/v1/events", "/api/v1/handshakes", "/api/v1/targets", "/api/v1/targets?limit=3", "/api/v1/identities", "/api/v1/certificates",
        "/api/v1/certificates?format=csv", "/api/v1/matrix", "/api/v1/forecast", "/api/v1/openapi.yaml", "/api/v1/identities/checkout", "/api/v1/identities/broken", "/api/v1/identities/rolled",
        .. from name in (string[])["payments", "rolled", "orders", "ledger", "faults", "gap", "replicas", "silent", "status", "broken", "way", "found.internal:8443"] select $"/api/v1/targets/{name}",
    ];

    private readonly List<ApiAnswer> _answers = [];
    private readonly ConcurrentDictionary<HandshakeKey, int> _made = [];
    private readonly TestCertificate _root = Valid("Root", TestPki.Root);
    private readonly TestCertificate _issuing;
    private readonly TestCertificate _client;
    private readonly TestCertificate _next;
    private readonly TestCertificate _before;
    private readonly TestCertificate _after;
    private readonly (Certificate Before, Certificate After) _servers;
    private volatile bool _isPromoted;

    private ApiAnswers()
    {
        _issuing = Valid("Issuing", _root.Intermediate);
        _client = Valid("checkout", _issuing.Client, 10);
        _next = Valid("checkout-next", Valid("New Root", TestPki.Root).Client);
        (_before, _after) = (Valid("rolled", _issuing.Client), Valid("rolled", _issuing.Client));
        _servers = (Valid("rolled.internal", _issuing.Leaf, 60).Certificate, Valid("rolled.internal", _issuing.Leaf).Certificate);
    }

    /// <summary>Collected once for all tests.</summary>
    public static Task<IReadOnlyList<ApiAnswer>> AllAsync() => s_all.Value;

    private async Task<IReadOnlyList<ApiAnswer>> CollectAsync()
    {
        using var files = new TempFiles();
        files.Write("rolled/tls.crt", TestPki.Pem(_before));
        files.Write("rolled/tls.key", _before.KeyPem);
        var secret = System.Text.Json.JsonSerializer.Serialize(new { data = new Dictionary<string, string> { ["tls.crt"] = TestPki.Pem(_client), ["tls.key"] = _client.KeyPem } });
        await using var vault = new ApiPeer(_root, ApiPeer.Text(secret));
        await using var served = await ServedFleet.StartAsync(Configuration(files, vault.Address), shard: new Shard(1, 1));
        served.Resolve = host => host == "replicas.internal" ? [IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2")] : [IPAddress.Loopback];
        served.Probe = job => Task.FromResult(Result(job) with
        {
            Address = job.Key.Address, Identity = job.Key.Identity, Slot = job.Key.Slot, Expect = job.Key.Expect, At = served.Time.GetUtcNow(),
        });
        foreach (var path in s_paths) await AskAsync(served, HttpMethod.Get, path); // nothing is known yet

        served.Run();
        await served.ReadyAsync();
        while (!(await served.GetAsync("/api/v1/targets/orders")).Text.Contains("\"earlier_failures\":[{", StringComparison.Ordinal))
        {
            served.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await RotateAsync(served, files);
        served.Storage = new StorageState("/var/lib/mtlsprobe/events.jsonl", "no space left on device", Samples.Now);
        served.Events.Add(new FleetEvent { Topic = EventTopic.Certificate, Tone = EventTone.Neutral, Text = "serves another certificate", Target = "orders", Address = "orders.internal:8443", Identity = "checkout", Slot = Slot.Current, State = Condition.Healthy, Serial = "0a" });
        await File.AppendAllTextAsync(served.ConfigFile, "\n- { name: more, adress: \"more.internal:8443\" }\n");
        await served.PostAsync("/-/reload");
        while (!(await served.GetAsync("/api/v1/certificates?role=stored")).Text.Contains("\"use\":\"", StringComparison.Ordinal)) await Task.Delay(1);
        foreach (var path in s_paths)
        {
            // A probe that had begun can end between the two requests and change the response: then they are made again. The clock does not move, so
            // no other probe begins.
            for (var attempt = 0; attempt < 100 && (attempt == 0 || _answers[^1].Answer.Status != 304); attempt++)
            {
                await AskAsync(served, HttpMethod.Get, path);
                await AskAsync(served, HttpMethod.Get, path, ("If-None-Match", _answers[^1].Answer.Headers["ETag"]));
            }

            await AskAsync(served, HttpMethod.Get, path.Split('?')[0] + "?no-such-parameter=1");
        }

        await AskAsync(served, HttpMethod.Get, "/api/v1/targets/nobody");
        await AskAsync(served, HttpMethod.Get, "/api/v1/identities/nobody");
        await ProbeNowAsync(served);
        return _answers;
    }

    /// <summary>A replacement is staged, accepted, promoted and in use; meanwhile its server gets another certificate.</summary>
    private async Task RotateAsync(ServedFleet served, TempFiles files)
    {
        const int MostSeconds = 10_000; // of the test's clock

        files.Write("next/tls.crt", TestPki.Pem(_after));
        files.Write("next/tls.key", _after.KeyPem);
        await PassUntilAsync("\"complete\":\"");
        _isPromoted = true;
        files.Write("rolled/tls.crt", TestPki.Pem(_after));
        files.Write("rolled/tls.key", _after.KeyPem);
        Directory.Delete(files.Path("next"), recursive: true);
        await PassUntilAsync("\"kind\":\"in_use\",\"total\":1,\"before\":0,\"complete\":\"");

        async Task PassUntilAsync(string said)
        {
            var answer = "";
            for (var second = 0; second < MostSeconds; second++)
            {
                answer = (await served.GetAsync("/api/v1/identities/rolled")).Text;
                if (answer.Contains(said, StringComparison.Ordinal)) return;
                served.Time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }

            Assert.Fail($"not said: {said}; the last answer: {answer}");
        }
    }

    private async Task ProbeNowAsync(ServedFleet served)
    {
        const string Path = "/api/v1/targets/{name}/probe";
        await AskAsync(served, HttpMethod.Post, "/api/v1/targets/payments/probe");
        await AskAsync(served, HttpMethod.Post, "/api/v1/targets/nobody/probe", s_header);
        await AskAsync(served, HttpMethod.Post, "/api/v1/targets/payments/probe?no-such-parameter=1", s_header);
        _answers.Add(new("POST", Path, "payments", await served.PostAsync("/api/v1/targets/payments/probe", s_header)));
        await AskAsync(served, HttpMethod.Post, "/api/v1/targets/payments/probe", s_header);

        var silent = new TaskCompletionSource<ProbeResult>();
        var answering = served.Probe;
        served.Probe = job => job.Key.Target == "ledger" ? silent.Task : answering(job); // no other: it is not known how far the clock moves meanwhile
        var patient = served.SendAsync(HttpMethod.Post, "/api/v1/targets/ledger/probe", s_header);
        while (!patient.IsCompleted)
        {
            served.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        _answers.Add(new("POST", Path, "ledger", await patient));
        var handshakes = served.Probes.Select(probe => probe.Job.Key).Where(key => key.Target == "faults").Distinct().Count();
        var hanging = new ConcurrentDictionary<HandshakeKey, bool>();
        served.Probe = job =>
        {
            if (job.Key.Target == "faults") hanging[job.Key] = true;
            return silent.Task;
        };
        var interrupted = served.SendAsync(HttpMethod.Post, "/api/v1/targets/faults/probe", s_header);
        while (hanging.Count < handshakes && !interrupted.IsCompleted)
        {
            served.Time.Advance(TimeSpan.Zero);
            await Task.Yield();
        }

        await served.StopAsync();
        _answers.Add(new("POST", Path, "faults", await interrupted));
        silent.SetCanceled();
    }

    private async Task AskAsync(ServedFleet served, HttpMethod method, string request, params (string, string)[] headers)
    {
        var parts = request.Split('?')[0].Split('/');
        if (parts.Length > 4) parts[4] = "{name}";
        _answers.Add(new(method.Method, string.Join('/', parts), request, await served.SendAsync(method, request, headers)));
    }

    private string Configuration(TempFiles files, Uri vault) => $$"""
        defaults: { interval: 1h, identity: checkout, trust: internal }
        identities:
          checkout:
            current: { certificate: {{files.Write("a.crt", TestPki.Pem(_client, _issuing))}}, key: {{files.Write("a.key", _client.KeyPem)}} }
            next: { certificate: {{files.Write("b.crt", TestPki.Pem(_next))}}, key: {{files.Write("b.key", _next.KeyPem)}} }
          rolled: { current: { directory: {{files.Path("rolled")}} }, next: { directory: {{files.Path("next")}} } }
          retired: { current: { certificate: {{files.Write("c.crt", TestPki.Pem(_client))}}, key: {{files.Path("a.key")}} } }
          broken: { current: { certificate: {{files.Path("gone.crt")}}, key: {{files.Path("gone.key")}} } }
          vaulted: { current: { vault: { address: "{{vault}}", path: kv/vaulted, ca_file: {{files.Path("root.crt")}} } } }
          away: { current: { vault: { address: "http://127.0.0.1:1/", path: kv/away } } }
        trust:
          internal: { files: [{{files.Write("root.crt", TestPki.Pem(_root))}}], revocation: { crl: [{{files.Write("issuing.crl", Revoking(_client))}}] } }
          gone: { files: [{{files.Path("gone.pem")}}] }
        web: { links: { prometheus: "https://prometheus.internal/", grafana: "https://grafana.internal" } }
        discovery:
        - { name: catalogue, file: { files: [{{files.Write("groups.json", """[{ "targets": ["found.internal:8443", "no port"], "labels": { "team": "money" } }, { "targets": ["a.internal"], "labels": { "name": "payments" } }]""")}}] } }
        - { name: gone, file: { files: [{{files.Path("gone.json")}}] } }
        inventory: [{ name: web, files: [{{files.Path("*.crt")}}] }]
        targets:
        - name: payments
          address: "payments.internal:8443"
          must_reject: [none, retired]
          http: { path: /health, expect_status: [200-399] }
          expect: { server_certificate: "{{files.Path("a.crt")}}", issuer: "{{files.Path("root.crt")}}" }
          labels: { team: money }
        - { name: orders, address: "orders.internal:8443", server_id: spiffe://internal/service, interval: 1s, accepts: [retired], must_reject: others }
        - { name: rolled, address: "rolled.internal:8443", identity: rolled }
        - { name: ledger, address: "ledger.internal:8443", protocol: tls, timeout: 1s }
        - { name: faults, address: "faults.internal:8443" }
        - { name: gap, address: "gap.internal:8443", source_address: 127.0.0.3 }
        - { name: replicas, address: "replicas.internal:8443", addresses: all }
        - { name: silent, address: "silent.internal:8443", server_id: { trust_domain: internal } }
        - { name: status, address: "status.internal:8443" }
        - { name: broken, address: "broken.internal:8443", identity: broken, trust: gone }
        - name: way
          address: "way.internal:8443"
          proxy: { url: "http://proxy.internal:3128", username: probe, password_file: {{files.Write("proxy.pass", "hunter2\n")}} }
          proxy_protocol: v1
          source_address: 127.0.0.2
        """;

    private ProbeResult Result(ProbeJob job)
    {
        var (target, made) = (job.Target, _made.AddOrUpdate(job.Key, 1, (_, before) => before + 1));
        var (leaf, extra) = (Valid(target.ServerName, _issuing.Leaf, target.Name == "silent" ? 10 : 90).Certificate, Valid("extra.internal", _root.Leaf).Certificate);
        var good = Samples.Accepted(target) with
        {
            ServerCertificates = [leaf, _issuing.Certificate],
            Chain = new ChainVerdict { SpiffeId = "spiffe://internal/service", SpiffeIdExpected = target.ServerId is null ? null : true, Path = [leaf, _issuing.Certificate, _root.Certificate], Notes = ["a note"], NoteNames = [ChainNotes.StapleUnknown], Ocsp = "good", Staple = new StaplePeriod(Samples.Now, Samples.Now.AddDays(7)), Revocation = Revocation(leaf) },
            ServerClock = new ServerClock(Samples.Now, Samples.Now, 60, 1.5),
            Outlook = new Outlook(
            [
                new(EndCause.Crl, Samples.Now.AddDays(1), null), .. from end in (IReadOnlyList<(EndCause, Certificate)>)
                [
                    (EndCause.ServerCertificate, leaf), (EndCause.ServerIssuer, _issuing.Certificate), (EndCause.ClientCertificate, _client.Certificate), (EndCause.TrustAnchor, _root.Certificate),
                ] select OutlookEnd.Of(end.Item1, end.Item2),
            ]),
            Expected = target.Name == "payments" ? new ExpectedCertificateFacts(true, true) : new ExpectedCertificateFacts(null, null),
        };
        return target.Name switch
        {
            "payments" when job.Key.Identity == "none" => Samples.LetIn(target),
            "payments" when job.Key.Expect == Expectation.Reject => Samples.TurnedAway(target, job.Key.Identity),
            "rolled" => good with
            {
                ClientCertificate = Presented(job.Key.Slot == Slot.Next || _isPromoted ? _after.Certificate : _before.Certificate),
                ServerCertificates = [_isPromoted ? _servers.After : _servers.Before],
            },
            _ when job.Key.Slot == Slot.Next => Refused(target, Reasons.UnknownCa) with { ClientCertificate = Presented(_next.Certificate) },
            "orders" when made <= 2 => Refused(target, Reasons.CertificateExpired),
            "ledger" => Samples.Refused(target),
            "faults" => good with
            {
                Outcome = Outcome.Failed,
                Success = false,
                Failure = new Failure(Phase.Handshake, Reasons.Expired, null, "expired yesterday"),
                ServerCertificates = [leaf, _issuing.Certificate, extra],
                Chain = good.Chain with
                {
                    Faults = [new(Reasons.Expired, leaf.Subject, "expired yesterday"), new(Reasons.Weak, extra.Subject, "weak"), new(Reasons.BadSignature, "CN=nobody", "of nobody here")],
                },
            },
            "gap" => good with
            {
                Outcome = Outcome.Failed,
                Success = false,
                Failure = new Failure(Phase.Handshake, Reasons.IncompleteChain, null, "the issuer was not presented"),
                ServerCertificates = [leaf],
                Chain = new ChainVerdict { Path = [leaf], Faults = [new(Reasons.IncompleteChain, null, "the issuer was not presented")] },
            },
            "replicas" when job.Key.Address.Contains("10.0.0.2", StringComparison.Ordinal) => Refused(target, Reasons.CertificateExpired),
            "silent" => good with { Outcome = Outcome.Unconfirmed, Success = false, Evidence = null, Control = new(new(ReactionKind.Kept), new(ReactionKind.Failed), new(ReactionKind.Closed)), Failure = new Failure(Phase.Confirm, Reasons.NoConfirmation, null, "") },
            "status" => good with { ClientCertificate = Presented(_client.Certificate), Evidence = Evidence.ProtocolAnswer, Confirmed = Confirmed.Session, Success = false, Failure = new Failure(Phase.Application, Reasons.UnexpectedStatus, null, "status 500") },
            "way" => good with { Way = WayFacts.Of(target.Way, "PROXY UNKNOWN"), Timings = good.Timings with { Proxy = 0.001, Starttls = 0.001 } },
            "broken" => Samples.Refused(target) with { Failure = new Failure(Phase.Identity, Reasons.NotFound, null, "gone.crt does not exist") },
            _ => good,
        };
    }

    private static ProbeResult Refused(Target target, Reason reason) => Samples.Rejected(target) with
    {
        Failure = new Failure(Phase.Confirm, reason, new Alert(45), "the server sent an alert"),
    };

    private static ClientCertificateFacts Presented(Certificate certificate) =>
        new() { Requested = true, Presented = certificate, AcceptableIssuers = ["CN=Root"], IssuerAcceptable = false };

    /// <summary>A certificate that is valid by the clock of these tests.</summary>
    private static TestCertificate Valid(string name, Func<string, Func<TestTemplate, TestTemplate>?, TestCertificate> mint, int left = 90) =>
        mint(name, template => template with
        {
            NotBefore = Samples.Now.AddDays(left - 91), NotAfter = Samples.Now.AddDays(left), Ip = ["10.0.0.7"], Uris = ["spiffe://internal/service"],
        });

    /// <summary>A list from an hour before the clock of these responses.</summary>
    private string Revoking(TestCertificate certificate)
    {
        var list = new TestList { ThisUpdate = Samples.Now.AddHours(-1), NextUpdate = Samples.Now.AddDays(7), Entries = [TestEntry.Of(certificate)] };
        return PemEncoding.WriteString("X509 CRL", list.SignedBy(_issuing)) + "\n";
    }

    /// <summary>A line with a value for each of its fields.</summary>
    private static ValueList<CertificateRevocation> Revocation(Certificate leaf) =>
    [
        new()
        {
            Depth = 0,
            Subject = leaf.Subject,
            Serial = leaf.Serial,
            Source = EvidenceSource.Crl,
            Status = RevocationStatus.Revoked,
            Place = "http://crl.test/ca.crl",
            ThisUpdate = TestPki.Now.AddHours(-1),
            NextUpdate = TestPki.Now.AddHours(1),
            RevokedAt = TestPki.Now.AddHours(-2),
            Reason = "keyCompromise",
            Missing = "nothing is",
        },
    ];
}

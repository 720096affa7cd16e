using System.Globalization;
using System.Text;
using System.Text.Json;
using MtlsProbe.Api;
using MtlsProbe.Certificates;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Terminal;
using MtlsProbe.Tests.Api;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Handshake;

/// <summary>
/// The exact meaning of https and tls: every HTTP status with and without an expectation, a certificate request and a duty to refuse; and how a
/// target of each is shown. docs/http.md, docs/configuration.md and docs/openapi.yaml promise it.
/// </summary>
public sealed class ProtocolGoldenTests
{
    private const string Targets = """
        identities: { checkout: { current: { certificate: /pki/a.crt, key: /pki/a.key } } }
        defaults: { identity: checkout, must_reject: [none], trust: system }
        targets:
        - { name: plain, address: "plain.test:443" }
        - { name: full, address: "full.test:8443", http: { method: POST, path: "/pay?token=hunter2", expect_status: [200-299, 404] } }
        - { name: head, address: "head.test:8443", http: { method: HEAD, path: /health } }
        - { name: bare, address: "bare.test:5671", protocol: tls, tls: { alpn: [amqp] } }
        """;

    private static readonly string s_directory = Path.Combine(AppContext.BaseDirectory, "Handshake", "Golden") + "/";

    private static readonly Certificate s_shown = TestPki.SelfSignedLeaf("c").Certificate;

    private static readonly int[] s_statuses = [101, 200, 204, 301, 400, 401, 403, 404, 407, 421, 495, 496, 500, 502, 503, 504];

    [Fact]
    public void Every_HTTP_answer_has_the_same_meaning_as_before() => AssertGolden("verdicts", Verdicts());

    [Fact]
    public void Every_protocol_is_shown_as_before() => AssertGolden("shown", Shown());

    private static string Verdicts()
    {
        var text = new StringBuilder();
        foreach (var status in s_statuses)
        {
            foreach (bool? speaks in status == 400 ? new bool?[] { true, false, null } : [false])
            {
                foreach (var expected in new string[] { "", $"{status}", "200-299", "100-599" })
                {
                    var target = Read($$"""
                        identities: { checkout: { current: { certificate: /pki/a.crt, key: /pki/a.key } } }
                        targets: [{ name: t, address: "t.test:443", identity: checkout, http: { expect_status: [{{expected}}] }, must_reject: [none], expect: { client_certificate_requested: false } }]
                        """)[0];
                    foreach (var asked in new[] { true, false })
                    {
                        foreach (var job in ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured))
                        {
                            var result = Judge.Result(job, Seen(HttpAnswers.Of(status, speaks, $"the server answered with HTTP status {status}", target), asked, job.Key.Identity != Identity.None), Pins.None);
                            var body = status != 400 ? "" : speaks switch { true => " of the certificate", false => " of something else", null => " without a body" };
                            text.AppendLine(CultureInfo.InvariantCulture,
                                $"{status}{body}, expected [{expected}], {(asked ? "asked" : "not asked")}, has to {job.Key.Expect.Label()}: {Told(result)}");
                        }
                    }
                }
            }
        }

        return text.ToString();
    }

    private static string Shown()
    {
        var text = new StringBuilder();
        var configuration = ConfigurationFile.Parse(Targets, "/etc/mtlsprobe.yml", BuiltInProtocols.All).Configuration!;
        var pen = new Pen(new StringWriter(text, CultureInfo.InvariantCulture), color: false);
        new ProbedTables(configuration, _ => false, pen).Targets().Write(pen);
        foreach (var target in configuration.Targets)
        {
            text.AppendLine(JsonSerializer.Serialize(TargetFacts.Of(target), StatusJson.Default.TargetFacts));
            foreach (var job in ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured))
            {
                var commands = HandshakeCommands.Of(new HandshakeState { Key = job.Key, Target = job.Target }, Fleets.Snapshot() with { Identities = configuration.Identities });
                text.AppendLine(commands.Probe).AppendLine(commands.Openssl);
            }
        }

        return text.ToString();
    }

    private static string Told(ProbeResult result) =>
        $"{result.Outcome.Label()}, {result.Evidence?.Label() ?? "no evidence"}" +
        (result.Failure is { } failure ? $", {failure.Phase.Label()} {failure.Class.Label()} {failure.Reason.Label}: {failure.Detail} | {failure.Hint}" : "");

    private static Observation Seen(FinalEvent ending, bool asked, bool hasCredential) => new()
    {
        At = TestPki.Now,
        FinalEvent = ending,
        Tls = new TlsFacts("1.3", "TLS_AES_256_GCM_SHA384", null),
        ClientCertificate = new ClientCertificateFacts { Requested = asked, Presented = asked && hasCredential ? s_shown : null },
        CertificateAnswered = asked,
        Chain = new ChainVerdict(),
        Timings = new Timings { Total = 1 },
    };

    private static ValueList<Target> Read(string text) => ConfigurationFile.Parse(text, "/etc/mtlsprobe.yml", BuiltInProtocols.All).Configuration!.Targets;

    private static void AssertGolden(string name, string actual)
    {
        var expected = s_directory + name + ".expected";
        File.WriteAllText(s_directory + name + ".actual", actual); // to compare, and to accept if it is right
        Assert.Equal(File.Exists(expected) ? File.ReadAllText(expected) : "", actual);
    }
}

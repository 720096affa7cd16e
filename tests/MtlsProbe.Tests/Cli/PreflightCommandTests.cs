using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Cli;
using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Demo;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Tests.Rotation;

namespace MtlsProbe.Tests.Cli;

/// <summary>The command over real servers: what it says, and what it exits with.</summary>
public sealed class PreflightCommandTests : IAsyncLifetime, IDisposable
{
    private static readonly string[] s_slots = ["current", "next"];

    private readonly PreflightRig _rig = new();
    private readonly Socket _closed = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private string[] Rollout => ["--identity", "checkout", "--cert", _rig.Files.Path("new.crt"), "--key", _rig.Files.Path("new.key")];

    public Task InitializeAsync()
    {
        _closed.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound but never listening: connections are refused
        _rig.Write("new", _rig.NewRoot.Client("checkout"));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _rig.DisposeAsync();

    public void Dispose() => _closed.Dispose();

    [Fact]
    public async Task Two_hundred_servers_get_the_right_verdicts()
    {
        var leaf = _rig.OldRoot.Leaf(PreflightRig.ServerName);
        var stranger = TestPki.Root("Stranger");
        for (var i = 0; i < 200; i++)
        {
            _rig.Serve($"s{i:000}", [leaf], (i % 10) switch
            {
                0 or 1 or 2 => [_rig.OldRoot],
                3 => [stranger],
                4 => [_rig.NewRoot],
                _ => [_rig.OldRoot, _rig.NewRoot],
            });
        }

        var printed = await _rig.PreflightAsync([.. Rollout, "--output", "json"]);

        Assert.Equal((1, ""), (printed.Code, printed.Error));
        var report = JsonDocument.Parse(printed.Output).RootElement;
        Assert.Equal(["identity", "ready", "summary", "warnings", "servers", "results"], report.EnumerateObject().Select(property => property.Name));
        Assert.Equal(("checkout", false), (Text(report, "identity"), report.GetProperty("ready").GetBoolean()));
        var expected =
            from i in Enumerable.Range(0, 200)
            from slot in s_slots
            let accepted = (i % 10) switch { 0 or 1 or 2 => slot == "current", 3 => false, 4 => slot == "next", _ => true }
            select ($"s{i:000}", slot, accepted ? "accepted" : "rejected");
        Assert.Equal(expected, report.GetProperty("results").EnumerateArray().Select(record => (Text(record, "target")!, Text(record, "slot")!, Text(record, "outcome")!)));
        Assert.Equal(
            Enumerable.Range(0, 200).Select(i => ($"s{i:000}", (i % 10) switch { 0 or 1 or 2 => "breaks", 3 => "refuses_both", _ => "accepts" })),
            report.GetProperty("servers").EnumerateArray().Select(server => (Text(server, "target")!, Text(server, "effect")!)));
        Assert.Equal(["target", "address", "effect"], report.GetProperty("servers")[0].EnumerateObject().Select(property => property.Name));
        Assert.StartsWith("Not ready: 60 of 200 servers would break with the new credential of checkout: s000, s001, s002, s010, ", Text(report, "summary"));
        Assert.Contains("; 20 refuse both it and the current one: s003, s013, ", Text(report, "summary"));
        var lists = report.GetProperty("warnings").EnumerateArray().Single(warning => Text(warning, "code") == "issuer_not_listed");
        Assert.StartsWith("the CA list of 80 of 200 servers does not lead to CN=New Root: s000, ", Text(lists, "message"));
    }

    [Fact]
    public async Task When_every_server_accepts_the_new_one_it_says_so_and_exits_with_0()
    {
        Serve("a", _rig.OldRoot, _rig.NewRoot);
        Serve("b", _rig.OldRoot, _rig.NewRoot);

        var printed = await _rig.PreflightAsync(Rollout);

        Assert.Equal((0, ""), (printed.Code, printed.Error));
        Assert.EndsWith("\n✔ Ready: all 2 servers accept the new credential of checkout.\n", printed.Output);
        Assert.Contains("warning: issuer_changed: ", printed.Output);
        Assert.Matches(@"\na\s+127\.0\.0\.1:\d+\s+accepted\s+accepted\n", printed.Output);
    }

    [Fact]
    public async Task Targets_that_are_left_out_are_named_and_not_judged()
    {
        Serve("a", _rig.OldRoot, _rig.NewRoot);
        Serve("b", _rig.OldRoot, _rig.NewRoot);
        Serve("old", _rig.OldRoot);

        var printed = await _rig.PreflightAsync([.. Rollout, "--exclude", "old"]);
        var named = await _rig.PreflightAsync([.. Rollout, "--target", "old"]);
        var none = await _rig.PreflightAsync([.. Rollout, "--exclude", "old", "--exclude", "a", "--exclude", "b"]);

        Assert.Equal(0, printed.Code);
        Assert.EndsWith("\n✔ Ready: all 2 servers accept the new credential of checkout. Not probed: 1 target.\n", printed.Output);
        Assert.Contains("warning: targets_left_out: 1 target that this affects was left out and not probed: old.", printed.Output);
        Assert.Equal(1, named.Code);
        Assert.DoesNotMatch(@"\na\s+127", named.Output);
        Assert.Equal((2, ""), (none.Code, none.Output));
        Assert.Contains("is left\n  hint: use fewer of --target, --label and --exclude", none.Error);
    }

    [Fact]
    public async Task A_server_that_must_present_a_certificate_with_another_ID_is_not_ready_whatever_it_does_now()
    {
        TestCertificate With(string id) => _rig.OldRoot.Leaf(PreflightRig.ServerName, leaf => leaf with { Uris = [id] });
        _rig.Files.Write("good.crt", With("spiffe://prod.test/payments").CertificatePem);
        _rig.Files.Write("wrong.crt", With("spiffe://prod.test/orders").CertificatePem);
        _rig.MoreOfTarget = ", server_id: spiffe://prod.test/payments, expect: { server_certificate: good.crt }";
        _rig.Serve("good", [With("spiffe://prod.test/payments")], _rig.OldRoot, _rig.NewRoot);
        _rig.MoreOfTarget = _rig.MoreOfTarget.Replace("good.crt", "wrong.crt", StringComparison.Ordinal);
        _rig.Serve("wrong", [With("spiffe://prod.test/payments")], _rig.OldRoot, _rig.NewRoot);

        var rollout = await _rig.PreflightAsync(Rollout);
        var trust = await _rig.PreflightAsync("--trust", "internal", "--ca", _rig.Files.Path("root.crt"));

        Assert.All([rollout, trust], printed => Assert.Equal(1, printed.Code));
        Assert.Contains("warning: staged_id_mismatch: wrong fails when it loads the certificate that it should present: CN=", rollout.Output.Replace("\n    ", " ", StringComparison.Ordinal)); // the text is wrapped
        Assert.Contains("Not ready: 1 server is expected to present a certificate whose SPIFFE ID differs from server_id: wrong.", rollout.Output);
        Assert.Contains("warning: staged_id_mismatch: wrong fails", trust.Output);
    }

    [Fact]
    public async Task Failures_are_in_the_table_with_their_reasons_and_each_hint_is_below_it_once()
    {
        Serve("old-1", _rig.OldRoot);
        Serve("old-2", _rig.OldRoot);
        Serve("stranger", TestPki.Root("Stranger"));
        Serve("good", _rig.OldRoot, _rig.NewRoot);
        _rig.Target("down", $"127.0.0.1:{((IPEndPoint)_closed.LocalEndPoint!).Port}");

        var printed = await _rig.PreflightAsync(Rollout);

        Assert.Equal(1, printed.Code);
        Assert.Matches(@"TARGET\s+ADDRESS\s+CURRENT\s+NEW\s+REASON\s+HINT\n", printed.Output);
        Assert.Matches(@"\nold-1\s+127\.0\.0\.1:\d+\s+accepted\s+rejected\s+unknown_ca\s+\(1\)\nold-2\s.*unknown_ca\s+\(1\)\n", printed.Output);
        Assert.Matches(@"\nstranger\s+127\.0\.0\.1:\d+\s+rejected\s+rejected\s+unknown_ca, the current one too\s+\(1\)\n", printed.Output);
        Assert.Matches(@"\ndown\s+127\.0\.0\.1:\d+\s+failed\s+failed\s+connection_refused\s+\(2\)\n", printed.Output);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(printed.Output, @"Add\s+the\s+issuing\s+root")); // the line can be wrapped inside
        Assert.Contains("Not ready: 2 of 5 servers would break with the new credential of checkout: old-1, old-2;", printed.Output);
        Assert.Contains("1 not proven: down.", printed.Output);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_hint_suspects_a_missing_intermediate_unless_a_root_that_we_know_is_the_issuer(bool isKnown)
    {
        if (isKnown) _rig.Files.Write("root.crt", _rig.OldRoot.CertificatePem + _rig.NewRoot.CertificatePem);
        Serve("a", _rig.OldRoot);

        var printed = await _rig.PreflightAsync(Rollout);

        var hint = printed.Output.ReplaceLineEndings(" ").Replace("     ", " ", StringComparison.Ordinal); // it is wrapped
        Assert.Equal(!isKnown, hint.Contains("If that is an intermediate", StringComparison.Ordinal));
        Assert.Contains("Our chain does not lead to the one issuer that the server named: it ends at CN=New Root.", hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_status_that_only_the_new_one_gets_is_a_failure_although_the_server_presents_an_unexpected_certificate()
    {
        var asked = 0;
        _rig.MoreOfTarget = ", protocol: https, http: { expect_status: [200] }, expect: { server_certificate: root.crt }";
        _rig.Serve("picky", [_rig.OldRoot.Leaf(PreflightRig.ServerName)], ClientAuthentication.Required, (peer, stop) =>
            (Interlocked.Increment(ref asked) == 1 ? Behaviours.AnswerHttp(200, "OK", "") : Behaviours.AnswerHttp(500, "Oops", ""))(peer, stop), _rig.OldRoot, _rig.NewRoot);

        var printed = await _rig.PreflightAsync(Rollout);

        Assert.Equal(1, printed.Code);
        Assert.Matches(@"\npicky\s+127\.0\.0\.1:\d+\s+accepted\s+accepted\s+unexpected_status\s+\(1\)\n", printed.Output);
        Assert.Contains("1 of 1 server would break with the new credential of checkout: picky.", printed.Output);
    }

    [Fact]
    public async Task Progress_says_that_names_are_being_looked_up()
    {
        _rig.Target("down", $"localhost:{((IPEndPoint)_closed.LocalEndPoint!).Port}");
        _rig.Configure();

        var printed = await Terminal.RunAsync(TextWriter.Null, new NoPatience(), ["preflight", "--config.file", _rig.Configuration, .. Rollout]);

        Assert.StartsWith("\rlooking up the addresses of 1 name …\r\u001b[K\rprobed 0 of ", printed.Error);
    }

    [Fact]
    public async Task Without_files_the_staged_credential_is_tried()
    {
        _rig.Next = "{ certificate: new.crt, key: new.key }";
        Serve("a", _rig.OldRoot);

        var printed = await _rig.PreflightAsync("--identity", "checkout");

        Assert.Equal(1, printed.Code);
        Assert.Contains("1 of 1 server would break with the new credential of checkout: a.", printed.Output);
    }

    [Fact]
    public async Task A_pkcs12_file_with_its_passphrase_is_a_new_credential_too()
    {
        var leaf = _rig.NewRoot.Client("checkout");
        Serve("a", _rig.OldRoot, _rig.NewRoot);

        var printed = await _rig.PreflightAsync(
            "--identity", "checkout", "--pkcs12", _rig.Files.Write("new.p12", TempFiles.Pkcs12("s3cret", leaf)),
            "--key-passphrase-file", _rig.Files.Write("pass", "s3cret\n"));

        Assert.Equal(0, printed.Code);
        Assert.Contains(leaf.Certificate.Serial, printed.Output);
        Assert.DoesNotContain("s3cret", printed.Output + printed.Error);
    }

    [Fact]
    public async Task The_current_files_themselves_can_be_tried_and_are_reported_as_nothing_new()
    {
        Serve("a", _rig.OldRoot);

        var printed = await _rig.PreflightAsync("--identity", "checkout", "--cert", _rig.Files.Path("current.crt"), "--key", _rig.Files.Path("current.key"));

        Assert.Equal(0, printed.Code);
        Assert.Contains("warning: same_certificate: ", printed.Output);
        Assert.Matches(@"\na\s+127\.0\.0\.1:\d+\s+accepted\s+accepted\n", printed.Output);
    }

    [Fact]
    public async Task A_new_certificate_for_the_key_in_use_is_a_new_credential()
    {
        var current = _rig.OldRoot.Client("checkout");
        _rig.Write("current", current);
        _rig.Files.Write("renewed.crt", _rig.NewRoot.CrossSign(current).CertificatePem);
        Serve("a", _rig.OldRoot);

        var printed = await _rig.PreflightAsync("--identity", "checkout", "--cert", _rig.Files.Path("renewed.crt"), "--key", _rig.Files.Path("current.key"));

        Assert.Equal(1, printed.Code);
        Assert.Matches(@"\na\s+127\.0\.0\.1:\d+\s+accepted\s+rejected\s+unknown_ca\s+\(1\)\n", printed.Output);
    }

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task Broken_new_files_exit_with_1_and_say_what_is_broken_and_no_server_is_asked(string output)
    {
        var asked = 0;
        _rig.Serve("a", [_rig.OldRoot.Leaf(PreflightRig.ServerName)], ClientAuthentication.Required, (_, _) =>
        {
            Interlocked.Increment(ref asked);
            return Task.CompletedTask;
        });
        _rig.Files.Write("other.key", _rig.NewRoot.Client("checkout").KeyPem);

        var missing = await _rig.PreflightAsync("--identity", "checkout", "--cert", "/nonexistent/new.crt", "--output", output);
        var mixed = await _rig.PreflightAsync("--identity", "checkout", "--cert", _rig.Files.Path("new.crt"), "--key", _rig.Files.Path("other.key"), "--output", output);

        Assert.Equal((1, 1), (missing.Code, mixed.Code));
        Assert.Contains("identity/not_found: /nonexistent/new.crt does not exist", missing.Output);
        Assert.Contains("identity/key_mismatch", mixed.Output);
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task Broken_new_files_are_reported_once_and_not_also_in_the_log()
    {
        Serve("a", _rig.OldRoot);
        _rig.Files.Write("current.key", _rig.NewRoot.Client("checkout").KeyPem);
        _rig.Configure();
        var log = new RecordingLogger<MaterialStore>();
        using var output = new StringWriter();
        var request = new PreflightRequest
        {
            File = _rig.Configuration,
            Configuration = ConfigurationFile.Load(_rig.Configuration, BuiltInProtocols.All).Configuration!,
            Stack = new ProbeStack(TimeProvider.System, NullLoggerFactory.Instance, new MaterialStore(TimeProvider.System, log, once: true)),
        };
        var surroundings = new Surroundings { Output = output, Error = TextWriter.Null, Time = TimeProvider.System, Environment = _ => null };

        var code = await new RolloutCheck(request, surroundings).RunAsync("checkout", new PemFiles("/nonexistent/new.crt", "/nonexistent/new.key", null), TimeSpan.Zero, default);

        Assert.Equal(1, code);
        Assert.Contains("identity/not_found: /nonexistent/new.crt does not exist", output.ToString());
        Assert.StartsWith("Credential of checkout (current) is broken, key_mismatch", Assert.Single(log.TakeShown()).Text);
    }

    [Fact]
    public async Task Oddities_of_the_credential_are_warnings_and_decide_nothing()
    {
        _rig.Write("new", _rig.OldRoot.Client("till", t => t with { NotAfter = TestPki.Now.AddDays(2) }));
        Serve("a", _rig.OldRoot);

        var strict = await _rig.PreflightAsync(Rollout);
        var lenient = await _rig.PreflightAsync([.. Rollout, "--min-overlap", "36h"]);

        Assert.Equal((0, 0), (strict.Code, lenient.Code));
        Assert.Contains("warning: overlap_short: ", strict.Output);
        Assert.Contains("warning: subject_changed: ", strict.Output);
        Assert.DoesNotContain("overlap_short", lenient.Output);
    }

    [Theory]
    [InlineData("--identity checkot", "has no identity \"checkot\"\n  hint: did you mean checkout?")]
    [InlineData("--identity none", "the identity \"none\" presents no certificate\n  hint: ")]
    [InlineData("--identity checkout", "the identity \"checkout\" has no next credential in ")]
    [InlineData("--identity idle --cert new.crt", "uses the identity \"idle\"\n  hint: there are no servers to probe")]
    [InlineData("--trust intern --ca new.crt", "has no trust bundle \"intern\"\n  hint: did you mean internal?")]
    [InlineData("--trust system --ca new.crt", "uses the trust bundle \"system\"\n  hint: there are no servers to probe")]
    public async Task A_missing_file_exits_with_2_and_a_hint(string words, string message)
    {
        Serve("a", _rig.OldRoot);
        _rig.MoreIdentities = "  idle: { current: { certificate: current.crt, key: current.key } }";

        var printed = await _rig.PreflightAsync(words.Split(' '));

        Assert.Equal((2, ""), (printed.Code, printed.Output));
        Assert.Contains(message, printed.Error);
    }

    [Fact]
    public async Task Nothing_staged_exits_with_2_and_says_where_it_looked()
    {
        _rig.Next = "{ directory: next }";
        Serve("a", _rig.OldRoot);

        var printed = await _rig.PreflightAsync("--identity", "checkout");

        Assert.Equal((2, ""), (printed.Code, printed.Output));
        Assert.Contains($"nothing is staged as next of \"checkout\": {_rig.Files.Path("next")}/tls.crt does not exist and {_rig.Files.Path("next")}/tls.key does not exist\n  hint: ", printed.Error);
    }

    [Fact]
    public async Task The_trust_side_says_what_can_be_added_and_what_can_be_removed()
    {
        var issuer = _rig.OldRoot.Intermediate("Issuer");
        var cross = _rig.NewRoot.CrossSign(issuer);
        var leaf = issuer.Leaf(PreflightRig.ServerName);
        _rig.Serve("old", [leaf, issuer], _rig.OldRoot);
        _rig.Serve("crossed", [leaf, issuer, cross], _rig.OldRoot);
        _rig.Serve("new", [_rig.NewRoot.Leaf(PreflightRig.ServerName)], _rig.OldRoot);
        _rig.Serve("refuses-us", [leaf, cross, issuer], TestPki.Root("Stranger"));
        _rig.Target("down", $"127.0.0.1:{((IPEndPoint)_closed.LocalEndPoint!).Port}");

        var printed = await _rig.PreflightAsync("--trust", "internal", "--ca", _rig.Files.Write("new-root.crt", _rig.NewRoot.CertificatePem), "--output", "json");

        Assert.Equal((1, ""), (printed.Code, printed.Error));
        var report = JsonDocument.Parse(printed.Output).RootElement;
        Assert.Equal(["trust", "ready", "summary", "warnings", "results"], report.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            [("old", "True", "False", "True"), ("crossed", "True", "True", "True"), ("new", "False", "True", "True"), ("refuses-us", "True", "True", "True"), ("down", "", "", "")],
            report.GetProperty("results").EnumerateArray().Select(one => (Text(one, "target"), Valid(one, "now"), Valid(one, "new"), Valid(one, "both"))));
        Assert.Equal(["needs_old", "valid", "valid", "valid", "unknown"], report.GetProperty("results").EnumerateArray().Select(one => Text(one, "effect")!));
        Assert.Equal("rejected", Text(report.GetProperty("results")[3].GetProperty("record"), "outcome"));
        Assert.Contains("safe to remove the old: no, 1 of 5 would break: old; 1 presented no certificate, so nothing is known: down.", Text(report, "summary"));

        static string Valid(JsonElement element, string name) =>
            element.GetProperty(name) is { ValueKind: JsonValueKind.Object } verdict ? $"{verdict.GetProperty("valid").GetBoolean()}" : "";
    }

    [Fact]
    public async Task Unused_parts_of_the_file_of_new_anchors_are_a_warning()
    {
        _rig.Serve("a", [_rig.OldRoot.Leaf(PreflightRig.ServerName)], _rig.OldRoot);
        var file = _rig.Files.Write("new-root.crt", _rig.OldRoot.CertificatePem + "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n");

        var printed = await _rig.PreflightAsync("--trust", "internal", "--ca", file);

        Assert.Equal(0, printed.Code);
        Assert.Contains($"warning: left_out: {file} also contains 1 × X509 CRL (at line ", printed.Output);
    }

    [Fact]
    public async Task The_trust_side_exits_with_0_when_all_are_valid_with_the_new_anchors()
    {
        var issuer = _rig.OldRoot.Intermediate("Issuer");
        _rig.Serve("crossed", [issuer.Leaf(PreflightRig.ServerName), issuer, _rig.NewRoot.CrossSign(issuer)], _rig.OldRoot);

        var good = await _rig.PreflightAsync("--trust", "internal", "--ca", _rig.Files.Write("new-root.crt", _rig.NewRoot.CertificatePem));
        var broken = await _rig.PreflightAsync("--trust", "internal", "--ca", "/nonexistent/root.crt");

        Assert.Equal((0, 1), (good.Code, broken.Code));
        Assert.Matches(@"TARGET\s+ADDRESS\s+NOW\s+NEW ALONE\s+BOTH\s+REASON\s+HINT\ncrossed\s+127\.0\.0\.1:\d+\s+valid\s+valid\s+valid\n", good.Output);
        Assert.Contains("✔ safe to add: yes (all 1 stay valid with both); safe to remove the old: yes", good.Output);
        Assert.Contains("identity/not_found: /nonexistent/root.crt does not exist", broken.Output);
    }

    [Fact]
    public async Task A_new_anchor_that_has_expired_is_not_blamed_on_the_server()
    {
        var past = TestPki.Root("Past", t => t with { NotBefore = TestPki.Now.AddDays(-9), NotAfter = TestPki.Now.AddDays(-1) });
        _rig.Serve("a", [past.Leaf(PreflightRig.ServerName)], _rig.OldRoot);

        var printed = await _rig.PreflightAsync("--trust", "internal", "--ca", _rig.Files.Write("past.crt", past.CertificatePem));

        Assert.Equal(1, printed.Code);
        Assert.Contains("(1) expired: the new anchor has expired, CN=Past (serial ", printed.Output);
        Assert.DoesNotContain("Renew it", printed.Output);
    }

    private void Serve(string name, params TestCertificate[] clients) => _rig.Serve(name, [_rig.OldRoot.Leaf(PreflightRig.ServerName)], clients);

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    /// <summary>A clock on which waits end as soon as they begin.</summary>
    private sealed class NoPatience : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != TimeSpan.FromSeconds(1)) return base.CreateTimer(callback, state, dueTime, period);
            callback(state);
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        }
    }
}

using System.Runtime.Versioning;
using MtlsProbe.Cli;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Cli;

public sealed class CheckConfigTests : IDisposable
{
    private readonly TempFiles _files = new();
    private readonly TestCertificate _root = TestPki.Root("Root", template => template with { NotAfter = TestPki.Now.AddDays(90) });

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_good_configuration_is_shown_with_what_would_be_probed()
    {
        WritePair("checkout", _root.Client("checkout", template => template with { Serial = [0x0a, 0x1b] }), _root);
        _files.Write("root.crt", TestPki.Pem(_root));

        var (exit, output) = await Check(
            """
            identities: { checkout: { current: { certificate: checkout.crt, key: checkout.key } } }
            trust: { internal: { files: [root.crt] } }
            targets:
              - { name: payments, address: "payments.internal:8443", identity: checkout, trust: internal, http: { path: /health } }
              - { name: broker, address: "[2001:db8::7]:5671", trust: internal, protocol: tls, interval: 10s, timeout: 2s }
            """);

        Assert.Equal(
            """
            mtlsprobe.yml: 2 targets, 1 identity, 1 trust bundle

            TARGET    ADDRESS                 IDENTITY  TRUST     EVERY  TIMEOUT  HANDSHAKES  REQUEST
            payments  payments.internal:8443  checkout  internal  30s    5s       1           GET /health
            broker    [2001:db8::7]:5671      none      internal  10s    2s       1           tls

            IDENTITY  SLOT     SERIAL  SUBJECT      SENT            VALIDITY
            checkout  current  0a1b    CN=checkout  2 certificates  90 days left, until UNTIL

            TRUST     ANCHORS  FIRST TO EXPIRE
            internal  1        CN=Root: 90 days left, until UNTIL

            ✔ The configuration is good.

            """,
            output.Replace(TestPki.Now.AddDays(90).ToString("yyyy-MM-dd HH:mm'Z'", null), "UNTIL", StringComparison.Ordinal));
        Assert.Equal(ExitCode.Good, exit);
    }

    [Fact]
    public async Task The_targets_of_one_shard_are_listed_and_all_are_checked()
    {
        var (exit, output) = await Check(
            """
            targets:
              - { name: payments, address: "a.test:443", protocol: tls }
              - { name: broker, address: "b.test:443", protocol: tls, expect: { server_certificate: gone.crt } }
            """, ["--shard", "mtlsprobe-1/2"]);

        Assert.StartsWith("mtlsprobe.yml: 2 targets, 0 identities, 0 trust bundles\nshard 2/2: 1 target\n", output, StringComparison.Ordinal);
        Assert.Contains("payments  a.test:443", output, StringComparison.Ordinal);
        Assert.DoesNotContain("b.test:443", output, StringComparison.Ordinal);
        Assert.Contains("gone.crt does not exist", output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, exit);
    }

    [Fact]
    public async Task With_discovery_the_targets_of_each_source_are_listed_and_omitted_ones_with_the_reason()
    {
        _files.Write("targets/a.yml", "- { targets: [a.test:443, a.test, own.test:443], labels: { team: money } }\n- { targets: [b.test:443], labels: { name: own } }\n");
        const string Configuration = """
            targets: [{ name: own, address: "own.test:443", protocol: tls }]
            targets_files: [more.yml]
            discovery:
              - { name: catalogue, file: { files: [targets/*.yml] }, target: { protocol: tls } }
              - { name: away, file: { files: [gone.json] } }
              - { name: plain, http: { url: "http://plain.test/", token_file: token } }
            """;
        _files.Write("more.yml", "- { name: more, address: more.test }");

        var (exit, output) = await Check(Configuration);
        Assert.Equal(ExitCode.Good, exit);
        Assert.StartsWith("mtlsprobe.yml: 2 targets, 0 identities, 0 trust bundles\n3 discovery sources; to ask for their targets: --discovery\n", output, StringComparison.Ordinal);
        Assert.Contains("warning: discovery.plain: http://plain.test is requested without TLS", output, StringComparison.Ordinal);

        (exit, output) = await Check(Configuration, ["--discovery"]);
        Assert.Equal(ExitCode.Usage, exit);
        output = output.Replace(_files.Directory, "DIR", StringComparison.Ordinal);
        Assert.StartsWith(
            """
            mtlsprobe.yml: 4 targets, 0 identities, 0 trust bundles

            SOURCE     KIND  TARGETS  LEFT OUT  PLACE
            catalogue  file  2        2         DIR/targets/*.yml
            away       file  0        0         DIR/gone.json
            plain      http  0        0         http://plain.test/

            TARGET        ADDRESS
            """, output, StringComparison.Ordinal);
        Assert.Contains("error: discovery.away: delivers no targets: DIR/gone.json does not exist\n", output, StringComparison.Ordinal);
        Assert.Contains("error: discovery.plain: delivers no targets: DIR/token does not exist\n", output, StringComparison.Ordinal);
        Assert.Contains("warning: discovery.catalogue: a.test is left out: DIR/targets/a.yml:1:27: a.test.address: \"a.test\" has no port\n", output, StringComparison.Ordinal);
        Assert.Contains("warning: discovery.catalogue: left out, because other targets have the same names: own\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_way_to_each_target_is_shown_and_the_passwords_of_proxies_are_looked_at_once()
    {
        _files.Write("open.pass", "hunter2\n");
        _files.Mode("open.pass", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        _files.Write("root.crt", TestPki.Pem(_root));

        var (exit, output) = await Check(
            """
            trust: { internal: { files: [root.crt] } }
            defaults: { trust: internal }
            targets:
              - { name: a, address: "a.test:443", proxy: { url: "http://proxy.test:3128", username: probe, password_file: gone.pass }, proxy_protocol: v2, source_address: 10.0.0.5 }
              - { name: b, address: "b.test:443", proxy: { url: "socks5://proxy.test:1080", username: probe, password_file: gone.pass } }
              - { name: c, address: "c.test:443", proxy: { url: "socks5://proxy.test:1080", username: probe, password_file: open.pass } }
              - { name: d, address: "d.test:443" }
            """);

        Assert.Equal(ExitCode.Usage, exit);
        Assert.Equal(1, output.Split("gone.pass does not exist").Length - 1);
        Assert.Contains("error: targets.a.proxy.password_file: " + _files.Path("gone.pass") + " does not exist", output, StringComparison.Ordinal);
        Assert.Contains("warning: targets.c.proxy.password_file: " + _files.Path("open.pass") + " can be read by users other than its owner (mode 0604)", output, StringComparison.Ordinal);
        Assert.Contains("  GET /    from 10.0.0.5, http://proxy.test:3128, PROXY v2\n", output, StringComparison.Ordinal);
        Assert.Contains("  GET /    straight\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_without_an_end_has_years_left()
    {
        var endless = TestPki.Root("Endless", template => template with { Dates = ("G:20200101000000Z", "G:99991231235959Z") });
        _files.Write("endless.crt", TestPki.Pem(endless));

        var (exit, output) = await Check(
            """
            trust: { endless: { files: [endless.crt] } }
            targets: [{ name: a, address: "a.test:443", trust: endless }]
            """);

        Assert.Contains($"CN=Endless: {Math.Floor((DateTimeOffset.MaxValue - TestPki.Now).TotalDays / 365.2425):N0} years left, until 9999-12-31 23:59Z", output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Good, exit);
    }

    [Fact]
    public async Task An_expected_status_that_would_make_a_refusal_look_like_success_is_reported_once_as_a_warning()
    {
        WritePair("checkout", _root.Client("checkout"), _root);
        _files.Write("root.crt", TestPki.Pem(_root));

        var (exit, output) = await Check(
            """
            defaults: { trust: internal }
            identities: { checkout: { current: { certificate: checkout.crt, key: checkout.key } } }
            trust: { internal: { files: [root.crt] } }
            targets:
              - { name: wide, address: "a:443", identity: checkout, http: { expect_status: [200-499] } }
              - { name: wide-too, address: "b:443", identity: checkout, http: { expect_status: [200-499] } }
              - { name: never, address: "c:443", identity: checkout, http: { expect_status: [200, 421, 496] } }
              - { name: strict, address: "d:443", must_reject: [checkout], http: { expect_status: [403] } }
              - { name: fine, address: "e:443", identity: checkout, http: { expect_status: [200-399, 404] } }
              - { name: without, address: "f:443", http: { expect_status: [401] } }
            """);

        Assert.Equal(ExitCode.Good, exit);
        Assert.Contains("warning: targets.wide.http.expect_status: lists 401 and 403 (1 more likewise): a refusal of the client certificate", output, StringComparison.Ordinal);
        Assert.Contains("warning: targets.never.http.expect_status: lists 421 and 496, which never counts as success\n", output, StringComparison.Ordinal);
        Assert.Contains("warning: targets.strict.http.expect_status: lists 403: a refusal", output, StringComparison.Ordinal);
        Assert.Contains("good, with 3 warnings", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unused_parts_of_files_in_use_are_reported_and_break_nothing()
    {
        var client = _root.Client("checkout");
        WritePair("checkout", client, TestPki.Root("Stranger"));
        _files.Write("root.crt", TestPki.Pem(_root) + "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n");
        _files.Write("server.crt", TestPki.Pem(_root, client));

        var (exit, output) = await Check(
            """
            identities: { checkout: { current: { certificate: checkout.crt, key: checkout.key } } }
            trust: { internal: { files: [root.crt] } }
            targets:
              - { name: a, address: "a.internal:443", identity: checkout, trust: internal, expect: { issuer: server.crt } }
            """);

        Assert.Equal(ExitCode.Good, exit);
        Assert.Contains($"warning: identities.checkout.current: {_files.Path("checkout.crt")}: CN=Stranger (serial ", output, StringComparison.Ordinal);
        Assert.Contains($"\nnote: trust.internal: {_files.Path("root.crt")} also contains 1 × X509 CRL (at line ", output, StringComparison.Ordinal);
        Assert.Contains($"\nnote: targets.a.expect.issuer: {_files.Path("server.crt")} holds 2 certificates", output, StringComparison.Ordinal);
        Assert.EndsWith("✔ The configuration is good, with 1 warning.\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_broken_file_is_an_error()
    {
        WritePair("encrypted", _root.Client("encrypted"));
        _files.Write("encrypted.key", TempFiles.EncryptedKey(_root.Client("encrypted"), "sesame"));
        _files.Write("wrong.pass", "simsalabim");
        WritePair("mixed", _root.Client("mixed"));
        _files.Write("mixed.key", _root.Client("another").KeyPem);
        _files.Write("words.crt", "words");

        var (exit, output) = await Check(
            """
            identities:
              missing: { current: { directory: nowhere } }
              encrypted: { current: { certificate: encrypted.crt, key: encrypted.key, passphrase_file: wrong.pass } }
              mixed: { current: { certificate: mixed.crt, key: mixed.key } }
            trust:
              words: { files: [words.crt] }
            targets: []
            """);

        Assert.Equal(ExitCode.Usage, exit);
        Assert.Contains($"error: identities.missing.current: {_files.Path("nowhere/tls.crt")} does not exist\n", output, StringComparison.Ordinal);
        Assert.Contains($"error: identities.missing.current: {_files.Path("nowhere/tls.key")} does not exist\n  hint: ", output, StringComparison.Ordinal);
        Assert.Contains($"error: identities.encrypted.current: {_files.Path("encrypted.key")} is encrypted, and the passphrase", output, StringComparison.Ordinal);
        Assert.Contains($"error: identities.mixed.current: {_files.Path("mixed.key")} is not the key of", output, StringComparison.Ordinal);
        Assert.Contains($"error: trust.words: {_files.Path("words.crt")} contains no PEM certificate", output, StringComparison.Ordinal);
        Assert.Contains("warning: targets: there are none", output, StringComparison.Ordinal);
        Assert.Contains("✘ 5 errors, 1 warning", output, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", output, StringComparison.Ordinal);
        Assert.DoesNotContain("simsalabim", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Future_failures_and_careless_settings_are_warnings()
    {
        WritePair("expired", _root.Client("expired", template => template with { NotAfter = TestPki.Now.AddHours(-1) }));
        WritePair("soon", _root.Client("soon", template => template with { NotBefore = TestPki.Now.AddDays(-77), NotAfter = TestPki.Now.AddDays(13) }));
        WritePair("brief", _root.Client("brief", template => template with { NotBefore = TestPki.Now.AddHours(-1), NotAfter = TestPki.Now.AddHours(1) })); // half of its life is left
        WritePair("early", _root.Client("early", template => template with { NotBefore = TestPki.Now.AddHours(1) }));
        WritePair("server", _root.Leaf("server"));
        WritePair("open", _root.Client("open"));
        _files.Mode("open.key", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        _files.Write("old.crt", TestPki.Pem(TestPki.Root("Old", template => template with { NotAfter = TestPki.Now.AddDays(-1) })));
        _files.Write("aging.crt", TestPki.Pem(TestPki.Root("Aging", template => template with { NotBefore = TestPki.Now.AddYears(-10), NotAfter = TestPki.Now.AddDays(60) }))); // a root takes months to replace

        var (exit, output) = await Check(
            """
            identities:
              expired: { current: { certificate: expired.crt, key: expired.key } }
              soon: { current: { certificate: soon.crt, key: soon.key } }
              brief: { current: { certificate: brief.crt, key: brief.key } }
              early: { current: { certificate: early.crt, key: early.key } }
              server: { current: { certificate: server.crt, key: server.key } }
              open: { current: { certificate: open.crt, key: open.key } }
            trust: { old: { files: [old.crt, aging.crt] } }
            targets: [{ name: a, address: 'a:1', trust: old }]
            """);

        Assert.Equal(ExitCode.Good, exit);
        Assert.Contains("warning: identities.expired.current: CN=expired", output, StringComparison.Ordinal);
        Assert.Contains("warning: identities.soon.current: CN=soon", output, StringComparison.Ordinal);
        Assert.DoesNotContain("warning: identities.brief", output, StringComparison.Ordinal);
        Assert.Contains("warning: identities.early.current: CN=early", output, StringComparison.Ordinal);
        Assert.Contains("lacks clientAuth", output, StringComparison.Ordinal);
        Assert.Contains($"open.key can be read by users other than its owner (mode 0640)\n  hint: chmod go-rwx {_files.Path("open.key")}", output, StringComparison.Ordinal);
        Assert.Contains("warning: trust.old: CN=Old", output, StringComparison.Ordinal);
        Assert.Contains("warning: trust.old: CN=Aging", output, StringComparison.Ordinal);
        Assert.Contains("✔ The configuration is good, with 7 warnings.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_mistakes_of_a_configuration_are_reported()
    {
        var (exit, output) = await Check("targets:\n  - name: a b\n    adress: a.internal:443\n");

        Assert.Equal(
            """
            mtlsprobe.yml:2:11: targets[0].name: "a b" is not a valid name
              hint: a name is made of letters, digits, _ . and -, and does not begin with . or -
            mtlsprobe.yml:3:5: targets[0].adress: unknown key
              hint: did you mean address?

            ✘ 2 errors: this configuration would not be loaded.

            """,
            output);
        Assert.Equal(ExitCode.Usage, exit);
    }

    [Fact]
    public async Task The_anchors_of_the_machine_are_read_from_the_place_in_the_environment()
    {
        var (exit, output) = await Check("targets: [{ name: a, address: 'a:1' }]", ("SSL_CERT_FILE", _files.Path("gone.pem")));

        Assert.Equal(ExitCode.Usage, exit);
        Assert.Contains("error: trust.system: " + _files.Path("gone.pem"), output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rotation_is_shown_with_every_handshake_that_it_takes()
    {
        WritePair("checkout", _root.Client("checkout", template => template with { Serial = [0x01] }));
        WritePair("next", _root.Client("checkout", template => template with { Serial = [0x02] }));
        WritePair("legacy", _root.Client("legacy", template => template with { Serial = [0x03] }));
        _files.Write("root.crt", TestPki.Pem(_root));
        _files.Write("payments.crt", TestPki.Pem(_root.Leaf("payments.internal")));
        var sha256 = _root.Certificate.Sha256;

        var (exit, output) = await Check(
            $$"""
            identities:
              checkout: { current: { certificate: checkout.crt, key: checkout.key }, next: { certificate: next.crt, key: next.key } }
              legacy: { current: { certificate: legacy.crt, key: legacy.key }, next: { directory: not-there-yet } }
            trust: { internal: { files: [root.crt] } }
            defaults: { trust: internal }
            targets:
              - name: payments
                address: payments.internal:8443
                identity: checkout
                must_reject: [none, legacy]
                addresses: all
                max_addresses: 16
                expect: { server_certificate: payments.crt, issuer: root.crt }
              - { name: ledger, address: "ledger.internal:443", identity: legacy }
              - { name: broker, address: "mq.internal:5671", protocol: tls, expect: { issuer: "sha256:{{sha256}}" } }
              - { name: plain, address: "plain.internal:443" }
            """);

        var until = TestPki.Now.AddDays(90).ToString("yyyy-MM-dd HH:mm'Z'", null);
        Assert.Equal(
            $"""
            mtlsprobe.yml: 4 targets, 2 identities, 1 trust bundle

            TARGET    ADDRESS                 IDENTITY  TRUST     EVERY  TIMEOUT  HANDSHAKES     REQUEST
            payments  payments.internal:8443  checkout  internal  30s    5s       4 per address  GET /
            ledger    ledger.internal:443     legacy    internal  30s    5s       1              GET /
            broker    mq.internal:5671        none      internal  30s    5s       1              tls
            plain     plain.internal:443      none      internal  30s    5s       1              GET /

            TARGET    ADDRESSES        MUST ACCEPT                  MUST REJECT   MUST SERVE
            payments  all, at most 16  current, next                none, legacy  payments.crt, issued by root.crt
            ledger    one              current; next is not staged  -             -
            broker    one              current                      -             issued by sha256:{sha256[..16]}…

            IDENTITY  SLOT     SERIAL  SUBJECT      SENT           VALIDITY
            checkout  current  01      CN=checkout  1 certificate  90 days left, until {until}
            checkout  next     02      CN=checkout  1 certificate  90 days left, until {until}
            legacy    current  03      CN=legacy    1 certificate  90 days left, until {until}
            legacy    next                                         not staged

            TRUST     ANCHORS  FIRST TO EXPIRE
            internal  1        CN=Root: 90 days left, until {until}

            ✔ The configuration is good.

            """,
            output);
        Assert.Equal(ExitCode.Good, exit);
    }

    [Fact]
    public async Task A_broken_replacement_and_a_broken_expectation_are_errors()
    {
        WritePair("checkout", _root.Client("checkout"));
        WritePair("next", _root.Client("checkout"));
        _files.Write("next.key", _root.Client("another").KeyPem);
        _files.Write("words.crt", "words");

        var (exit, output) = await Check(
            """
            identities: { checkout: { current: { certificate: checkout.crt, key: checkout.key }, next: { certificate: next.crt, key: next.key } } }
            trust: { internal: { files: [checkout.crt] } }
            defaults: { trust: internal, identity: checkout, expect: { issuer: words.crt } }
            targets:
              - { name: a, address: "a:1", expect: { server_certificate: gone.crt } }
              - { name: b, address: "b:1", expect: { server_certificate: gone.crt } }
            """);

        Assert.Equal(ExitCode.Usage, exit);
        Assert.Contains($"error: identities.checkout.next: {_files.Path("next.key")} is not the key of", output, StringComparison.Ordinal);
        Assert.Contains($"error: targets.a.expect.server_certificate: {_files.Path("gone.crt")} does not exist\n", output, StringComparison.Ordinal);
        Assert.Contains($"error: targets.a.expect.issuer: {_files.Path("words.crt")} contains no PEM certificate", output, StringComparison.Ordinal);
        Assert.Contains("✘ 3 errors, 0 warnings", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Oddities_of_a_replacement_are_warnings()
    {
        WritePair("a", _root.Client("a"));
        File.Copy(_files.Path("a.crt"), _files.Path("copy.crt"));
        WritePair("older", _root.Client("a", template => template with { NotAfter = TestPki.Now.AddDays(60) }));
        WritePair("other", _root.Client("b", template => template with { Dns = ["b.internal"] }));

        var (exit, output) = await Check(
            """
            identities:
              promoted: { current: { certificate: a.crt, key: a.key }, next: { certificate: copy.crt, key: a.key } }
              backwards: { current: { certificate: a.crt, key: a.key }, next: { certificate: older.crt, key: older.key } }
              renamed: { current: { certificate: a.crt, key: a.key }, next: { certificate: other.crt, key: other.key } }
            trust: { internal: { files: [a.crt] } }
            targets: [{ name: t, address: "t:1", trust: internal }]
            """);

        Assert.Equal(ExitCode.Good, exit);
        Assert.Contains("warning: identities.promoted.next: is the same certificate as current", output, StringComparison.Ordinal);
        Assert.Contains("warning: identities.backwards.next: CN=a", output, StringComparison.Ordinal);
        Assert.Contains(", before current does at", output, StringComparison.Ordinal);
        Assert.Contains("warning: identities.renamed.next: the new certificate has the subject CN=b, the current one CN=a", output, StringComparison.Ordinal);
        Assert.Contains("DNS b.internal", output, StringComparison.Ordinal);
        Assert.Contains("mtlsprobe preflight --identity renamed", output, StringComparison.Ordinal);
        Assert.Contains("with 4 warnings.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_credentials_that_must_be_accepted_or_refused_are_shown_with_their_handshakes()
    {
        foreach (var name in new[] { "checkout", "batch", "staged", "legacy" }) WritePair(name, _root.Client(name));
        _files.Write("root.crt", TestPki.Pem(_root));

        var (exit, output) = await Check(
            """
            identities:
              checkout: { current: { certificate: checkout.crt, key: checkout.key } }
              batch: { current: { certificate: batch.crt, key: batch.key }, next: { certificate: staged.crt, key: staged.key } }
              legacy: { current: { certificate: legacy.crt, key: legacy.key } }
            trust: { internal: { files: [root.crt] } }
            defaults: { trust: internal, identity: checkout }
            targets:
              - { name: payments, address: "a:1", accepts: [batch], must_reject: others }
              - { name: ledger, address: "b:1", must_reject: others }
            """);

        Assert.Equal(ExitCode.Good, exit);
        Assert.Contains("payments  a:1      checkout  internal  30s    5s       5           GET /", output, StringComparison.Ordinal);
        Assert.Contains("payments  one        current; batch (current, next)  others (2)   -", output, StringComparison.Ordinal);
        Assert.Contains("ledger    one        current                         others (3)   -", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_others_for_one_core_are_a_warning()
    {
        WritePair("checkout", _root.Client("checkout"));
        _files.Write("root.crt", TestPki.Pem(_root));

        async Task<string> OutputOf(int others) => (await Check(
            $$"""
            identities:
              checkout: { current: { certificate: checkout.crt, key: checkout.key } }
            {{string.Concat(Enumerable.Range(0, others).Select(i => $"  other-{i}: {{ current: {{ certificate: checkout.crt, key: checkout.key }} }}\n"))}}
            trust: { internal: { files: [root.crt] } }
            defaults: { trust: internal, identity: checkout, interval: 1s, timeout: 1s, must_reject: others }
            targets:
              - { name: a, address: "a:1" }
              - { name: b, address: "b:1" }
            """)).Output;

        Assert.Contains(
            "warning: targets.a.must_reject: \"others\" of this target and of 1 more makes 202 handshakes a round; with the rest the fleet takes 204 a second", await OutputOf(100), StringComparison.Ordinal);
        Assert.DoesNotContain("a round", await OutputOf(98), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_that_would_prove_nothing_is_a_warning()
    {
        WritePair("expired", _root.Client("expired", template => template with { NotAfter = TestPki.Now.AddHours(-1) }));
        WritePair("early", _root.Client("early", template => template with { NotBefore = TestPki.Now.AddHours(1) }));
        WritePair("good", _root.Client("good"));

        var (exit, output) = await Check(
            """
            identities:
              expired: { current: { certificate: expired.crt, key: expired.key } }
              early: { current: { certificate: early.crt, key: early.key } }
              good: { current: { certificate: good.crt, key: good.key } }
            trust: { internal: { files: [good.crt] } }
            defaults: { trust: internal, identity: good, must_reject: [none, expired, early] }
            targets:
              - { name: a, address: "a:1" }
              - { name: b, address: "b:1" }
              - { name: c, address: "c:1", must_reject: [early] }
            """);

        Assert.Equal(ExitCode.Good, exit);
        Assert.Contains("warning: identities.expired.current: CN=expired", output, StringComparison.Ordinal);
        Assert.Contains("its refusal by a and 1 more proves nothing about the server's trust store", output, StringComparison.Ordinal);
        Assert.Contains("warning: identities.early.current: CN=early", output, StringComparison.Ordinal);
        Assert.Contains("its refusal by a and 2 more proves nothing", output, StringComparison.Ordinal);
        Assert.Contains("with 2 warnings.", output, StringComparison.Ordinal); // but not that they should be renewed
    }

    [Fact]
    public async Task A_credential_that_has_to_be_accepted_and_rejected_is_a_warning()
    {
        foreach (var name in new[] { "checkout", "new" }) WritePair(name, _root.Client("checkout"));
        foreach (var (copy, name) in new[] { ("old", "checkout"), ("staged", "new") })
        {
            File.Copy(_files.Path(name + ".crt"), _files.Path(copy + ".crt"));
            File.Copy(_files.Path(name + ".key"), _files.Path(copy + ".key"));
        }

        var (exit, output) = await Check(
            """
            identities:
              checkout: { current: { certificate: checkout.crt, key: checkout.key }, next: { certificate: new.crt, key: new.key } }
              old: { current: { certificate: old.crt, key: old.key } }
              staged: { current: { certificate: staged.crt, key: staged.key } }
            trust: { internal: { files: [new.crt] } }
            defaults: { trust: internal, identity: checkout, must_reject: [none, old] }
            targets:
              - { name: a, address: "a:1" }
              - { name: b, address: "b:1" }
              - { name: c, address: "c:1", must_reject: [staged] }
            """);

        Assert.Equal(ExitCode.Good, exit);
        Assert.Contains("warning: targets.a.must_reject: old has the same certificate as current of checkout", output, StringComparison.Ordinal);
        Assert.Contains("warning: targets.c.must_reject: staged has the same certificate as next of checkout", output, StringComparison.Ordinal);
        Assert.Contains("with 2 warnings.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expectation_that_no_server_can_meet_is_a_warning()
    {
        var issuing = _root.Intermediate("Issuing");
        _files.Write("root.crt", TestPki.Pem(_root));
        _files.Write("issuing.crt", TestPki.Pem(issuing));
        _files.Write("leaf.crt", TestPki.Pem(issuing.Leaf("a.test"), issuing));
        _files.Write("expired.crt", TestPki.Pem(issuing.Leaf("a.test", template => template with { NotAfter = TestPki.Now.AddDays(-1) })));

        var (exit, output) = await Check(
            """
            trust: { internal: { files: [root.crt] } }
            defaults: { trust: internal }
            targets:
              - { name: good, address: "a:1", expect: { server_certificate: leaf.crt, issuer: issuing.crt } }
              - { name: expired, address: "a:1", expect: { server_certificate: expired.crt } }
              - { name: no-authority, address: "a:1", expect: { issuer: leaf.crt } }
              - { name: contradiction, address: "a:1", expect: { server_certificate: leaf.crt, issuer: root.crt } }
            """);

        Assert.Equal(ExitCode.Good, exit);
        Assert.Contains("warning: targets.expired.expect.server_certificate: CN=a.test", output, StringComparison.Ordinal);
        Assert.Contains("warning: targets.no-authority.expect.issuer: CN=a.test", output, StringComparison.Ordinal);
        Assert.Contains("is not a CA", output, StringComparison.Ordinal);
        Assert.Contains("warning: targets.contradiction.expect: server_certificate was issued by CN=Issuing, but issuer is CN=Root", output, StringComparison.Ordinal);
        Assert.Contains("with 3 warnings.", output, StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task An_expected_certificate_with_another_ID_than_the_target_wants_is_an_error()
    {
        _files.Write("leaf.crt", TestPki.Pem(_root.Leaf("a.test", template => template with { Uris = ["spiffe://prod.test/orders"] })));

        var (exit, output) = await Check(
            """
            targets:
              - { name: good, address: "a:1", server_id: spiffe://prod.test/orders, expect: { server_certificate: leaf.crt } }
              - { name: other, address: "a:1", server_id: spiffe://prod.test/payments, expect: { server_certificate: leaf.crt } }
            """);

        Assert.Equal(ExitCode.Usage, exit);
        Assert.Contains("error: targets.other.expect.server_certificate: CN=a.test", output, StringComparison.Ordinal);
        Assert.Contains("has the ID spiffe://prod.test/orders; expected: spiffe://prod.test/payments\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("targets.good", output, StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_missing_or_empty_password_is_reported_once_as_an_error_and_none_is_shown()
    {
        _files.Write("root.crt", TestPki.Pem(_root));
        _files.Write("empty", "\n");
        File.SetUnixFileMode(_files.Write("word", "hunter2\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        var (exit, output) = await Check(
            """
            trust: { internal: { files: [root.crt] } }
            defaults: { trust: internal }
            targets:
              - { name: gone, address: "a.test", protocol: imap, login: { user: shop, password_file: nowhere } }
              - { name: again, address: "b.test", protocol: imap, login: { user: shop, password_file: nowhere } }
              - { name: empty, address: "a.test", protocol: mqtts, mqtt: { username: shop, password_file: empty } }
              - { name: open, address: "a.test", protocol: mysql, login: { user: shop, password_file: word } }
            """);

        Assert.Equal(ExitCode.Usage, exit);
        Assert.Contains($"error: targets.gone.login.password_file: {_files.Path("nowhere")} does not exist", output, StringComparison.Ordinal);
        Assert.DoesNotContain("targets.again", output, StringComparison.Ordinal);
        Assert.Contains($"error: targets.empty.mqtt.password_file: {_files.Path("empty")} is empty", output, StringComparison.Ordinal);
        Assert.Contains($"warning: targets.open.login.password_file: {_files.Path("word")} can be read by users other than its owner (mode 0604)", output, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_with_a_certificate_that_does_not_exist_is_a_warning()
    {
        _files.Write("root.crt", TestPki.Pem(_root));

        var (_, output) = await Check(
            """
            trust: { internal: { files: [root.crt] } }
            defaults: { trust: internal }
            targets:
              - { name: bare, address: "a.test", protocol: imap, login: external }
              - { name: open, address: "b.test", protocol: imap }
            """);

        Assert.Contains("warning: targets.bare.login: uses only the certificate, but the target has no identity", output, StringComparison.Ordinal);
        Assert.DoesNotContain("targets.open", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_files_only_the_text_is_checked()
    {
        var (exit, output) = await Check(
            """
            identities: { checkout: { current: { certificate: gone.crt, key: gone.key }, next: { certificate: new.crt, key: new.key } } }
            trust: { internal: { files: [gone-too.crt] } }
            targets:
              - { name: payments, address: "payments.internal:8443", identity: checkout, trust: internal, http: { expect_status: [200, 401] } }
            """,
            ["--no-files"]);

        Assert.Equal(
            """
            mtlsprobe.yml: 1 target, 1 identity, 1 trust bundle

            TARGET    ADDRESS                 IDENTITY  TRUST     EVERY  TIMEOUT  HANDSHAKES  REQUEST
            payments  payments.internal:8443  checkout  internal  30s    5s       1 to 2      GET /

            TARGET    ADDRESSES  MUST ACCEPT                     MUST REJECT  MUST SERVE
            payments  one        current; next, if it is staged  -            -

            warning: targets.payments.http.expect_status: lists 401: a refusal of the client certificate with this status would count as success
              hint: list it only if this path sends it to every client; better, set http.path to one that answers otherwise

            ✔ The text of the configuration is good, with 1 warning; no certificate, key or password was opened.

            """,
            output);
        Assert.Equal(ExitCode.Good, exit);
    }

    [Fact]
    public async Task Without_files_the_files_with_more_targets_are_read_and_a_pattern_without_a_match_is_reported()
    {
        _files.Write("targets.d/a.yml", "- { name: a, address: \"a.internal:1\", identity: none }\n");

        var (exit, output) = await Check("targets_files: [targets.d/*.yml, teams.d/*.yml]\n", ["--no-files"]);
        Assert.Equal(ExitCode.Usage, exit);
        Assert.Contains("teams.d does not exist", output, StringComparison.Ordinal);

        Directory.CreateDirectory(_files.Path("teams.d"));
        (exit, output) = await Check("targets_files: [targets.d/*.yml, teams.d/*.yml]\n", ["--no-files"]);
        Assert.Equal(ExitCode.Good, exit);
        Assert.Contains("mtlsprobe.yml: 1 target,", output, StringComparison.Ordinal);
        Assert.EndsWith(
            "warning: targets_files[1]: fits no file\n\n✔ The text of the configuration is good, with 1 warning; no certificate, key or password was opened.\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_files_a_mistake_in_the_text_is_reported_nevertheless()
    {
        var (exit, output) = await Check("targets:\n- { name: a, adress: \"a:1\" }\n", ["--no-files"]);

        Assert.Equal(ExitCode.Usage, exit);
        Assert.Contains("mtlsprobe.yml:2:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_is_named_by_a_word_or_by_the_option_or_is_the_default()
    {
        var file = _files.Write("mtlsprobe.yml", "targets: [{ name: a, address: \"a:1\", identity: none }]\n");
        var (word, option, none) = (
            await Terminal.RunAsync("check-config", file, "--no-files"),
            await Terminal.RunAsync("check-config", "--config.file", file, "--no-files"),
            await Terminal.RunConfiguredAsync(file, "check-config", "--no-files"));

        Assert.Equal(ExitCode.Good, word.Code);
        Assert.Equal((word, word), (option, none));
        var missing = await Terminal.RunAsync("check-config");
        Assert.Equal(ExitCode.Usage, missing.Code);
        Assert.StartsWith($"{Terminal.NoConfiguration}: does not exist\n  hint: --config.file names another file\n", missing.Output, StringComparison.Ordinal);
    }

    private Task<(int Exit, string Output)> Check(string configuration, string[] words) => Check(configuration, words, []);

    private Task<(int Exit, string Output)> Check(string configuration, params (string Name, string Value)[] environment) => Check(configuration, [], environment);

    private async Task<(int Exit, string Output)> Check(string configuration, string[] words, (string Name, string Value)[] environment)
    {
        using var output = new Utf8Writer();
        using var error = new StringWriter();
        var path = _files.Write("mtlsprobe.yml", configuration);
        var exit = await CommandLine.RunAsync(["check-config", path, .. words], new Surroundings
        {
            Output = output,
            Error = error,
            Time = new ManualTime(TestPki.Now),
            Environment = name => environment.FirstOrDefault(variable => variable.Name == name).Value,
        });
        Assert.Equal("", error.ToString());
        return (exit, output.ToString().Replace(_files.Path("mtlsprobe.yml"), "mtlsprobe.yml", StringComparison.Ordinal));
    }

    private void WritePair(string name, params TestCertificate[] chain)
    {
        _files.Write(name + ".crt", TestPki.Pem(chain));
        _files.Write(name + ".key", chain[0].KeyPem);
    }

    private sealed class Utf8Writer : StringWriter
    {
        public override System.Text.Encoding Encoding => System.Text.Encoding.UTF8;
    }
}

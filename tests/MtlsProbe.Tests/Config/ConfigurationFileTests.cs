using System.Globalization;
using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Config;

public sealed class ConfigurationFileTests
{
    private static readonly string[] s_damaged = ["wrong_types_of_a_target", "credentials", "must_reject_in_defaults", "next", "expect"];

    [Fact]
    public void Targets_with_equal_settings_or_addresses_share_them()
    {
        var targets = Valid("""
            defaults: { interval: 20s, http: { path: /health } }
            targets:
              - { name: a, address: "one.internal:8443" }
              - { name: b, address: "one.internal:8443", labels: { team: red } }
              - { name: c, address: "two.internal:8443", interval: 30s }
            """).Targets;

        Assert.Same(targets[0].Settings, targets[1].Settings);
        Assert.Same(targets[0].Address, targets[1].Address);
        Assert.Same(targets[0].ServerName, targets[1].ServerName);
        Assert.Equal(([], 20.0, 30.0), (targets[0].Labels, targets[1].Interval.TotalSeconds, targets[2].Interval.TotalSeconds));
        Assert.Equal(new Label("team", "red"), Assert.Single(targets[1].Labels));
        Assert.Same(targets[0].Protocol, targets[2].Protocol);
    }

    [Fact]
    public void Every_key_arrives_where_it_belongs()
    {
        var configuration = Valid(
            """
            defaults:
              interval: 1m30s
              timeout: 5s
            identities:
              checkout:
                current: { certificate: certs/checkout.crt, key: certs/checkout.key, passphrase_file: /run/secrets/pass }
                next: { directory: certs/checkout-next }
              legacy:
                current: { pkcs12: ../legacy.p12, passphrase_file: certs/legacy.pass }
              mesh:
                current: { directory: certs/mesh }
            trust:
              internal: { files: [certs/root.crt, /etc/old-root.crt] }
            targets:
              - name: payments
                address: payments.internal:8443
                server_name: pay.internal
                protocol: https
                http: { method: HEAD, path: /health?full=1, expect_status: [200-399, 404] }
                identity: checkout
                trust: internal
                must_reject: [none, legacy]
                addresses: all
                max_addresses: 12
                expect: { server_certificate: certs/payments.crt, issuer: sha256:AB:cd:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:DD, client_certificate_requested: false }
                interval: 10s
                timeout: 2s500ms
                tls: { min_version: "1.3", max_version: 1.3, alpn: [http/1.1, http/1.0] }
                labels: { team: money, env: prod }
            web: { allow_free_targets: true }
            """);

        Assert.Equal(
            [
                new Identity("checkout", new PemFiles("/etc/mtls/certs/checkout.crt", "/etc/mtls/certs/checkout.key", "/run/secrets/pass"))
                {
                    Next = new SecretDirectory("/etc/mtls/certs/checkout-next"),
                },
                new Identity("legacy", new Pkcs12File("/etc/legacy.p12", "/etc/mtls/certs/legacy.pass")),
                new Identity("mesh", new SecretDirectory("/etc/mtls/certs/mesh")),
            ],
            configuration.Identities);
        Assert.Equal([new TrustSource("internal", ["/etc/mtls/certs/root.crt", "/etc/old-root.crt"])], configuration.Trusts);
        Assert.True(configuration.AllowFreeTargets);
        Assert.Equal(
            new Target
            {
                Name = "payments",
                Address = new HostPort("payments.internal", 8443),
                ServerName = "pay.internal",
                Protocol = new Https { Method = "HEAD", Path = "/health?full=1", ExpectStatus = [new(200, 399), new(404, 404)] },
                Identity = "checkout",
                Trust = "internal",
                MustReject = ["none", "legacy"],
                Addresses = AddressChoice.All,
                MaxAddresses = 12,
                ExpectedCertificates = new ExpectedCertificates(
                    new PinnedFile("/etc/mtls/certs/payments.crt"),
                    new PinnedFingerprint("abcd00112233445566778899aabbccddeeff00112233445566778899aabbccdd")),
                RequestExpected = false,
                Interval = TimeSpan.FromSeconds(10),
                Timeout = TimeSpan.FromMilliseconds(2500),
                Tls = new TlsOptions { MinVersion = TlsVersion.Tls13, MaxVersion = TlsVersion.Tls13, Alpn = ["http/1.1", "http/1.0"] },
                Labels = [new("env", "prod"), new("team", "money")],
            },
            Assert.Single(configuration.Targets));
    }

    [Fact]
    public void Others_are_no_certificate_and_every_identity_that_the_server_need_not_accept()
    {
        var configuration = Valid(
            """
            identities:
              checkout: { current: { directory: a } }
              batch: { current: { directory: b } }
              legacy: { current: { directory: c } }
              reporting: { current: { directory: d } }
            defaults: { must_reject: others, identity: checkout }
            targets:
              - { name: payments, address: "a:443", accepts: [batch] }
              - { name: ledger, address: "b:443" }
              - { name: public, address: "c:443", accepts: [none] }
              - { name: open, address: "d:443", must_reject: [] }
              - { name: listed, address: "e:443", must_reject: [legacy] }
            """);

        Assert.Equal(
            [
                "payments [checkout, batch] [none, legacy, reporting] True",
                "ledger [checkout] [none, batch, legacy, reporting] True",
                "public [checkout, none] [batch, legacy, reporting] True",
                "open [checkout] [] False",
                "listed [checkout] [legacy] False",
            ],
            configuration.Targets.Select(target => $"{target.Name} {target.Accepted.ToValueList()} {target.MustReject} {target.MustRejectOthers}"));
    }

    [Fact]
    public void A_target_needs_no_more_than_a_name_and_an_address()
    {
        var target = Assert.Single(Valid("targets: [{ name: a, address: 'a.internal.:443' }]").Targets);

        Assert.Equal(new Target { Name = "a", Address = new HostPort("a.internal.", 443), ServerName = "a.internal", Protocol = new Https() }, target);
        Assert.Equal((new Https(), "none", "system"), (target.Protocol, target.Identity, target.Trust));
        Assert.Equal((30, 5), (target.Interval.TotalSeconds, target.Timeout.TotalSeconds));
        Assert.Null(target.Tls.Alpn);
    }

    [Fact]
    public void A_target_overrides_the_defaults_key_by_key()
    {
        var targets = Valid(
            """
            defaults:
              server_name: shared.internal
              http: { method: HEAD, path: /health, expect_status: [200] }
              tls: { min_version: "1.3", alpn: [] }
              labels: { team: core, env: prod, tier: backend }
              identity: checkout
            identities: { checkout: { current: { directory: a } } }
            targets:
              - name: inherits
                address: a.internal:443
              - name: overrides
                address: b.internal:443
                server_name: b.internal
                http: { path: /ready, expect_status: [] }
                tls: { alpn: [http/1.0] }
                labels: { team: money, tier: "" }
                identity: none
              - { name: plain, address: "c.internal:443", protocol: tls }
            """).Targets;

        Assert.Equal("shared.internal", targets[0].ServerName);
        Assert.Equal(new Https { Method = "HEAD", Path = "/health", ExpectStatus = [new(200, 200)] }, targets[0].Protocol);
        Assert.Equal(new TlsOptions { MinVersion = TlsVersion.Tls13, Alpn = [] }, targets[0].Tls);
        Assert.Equal([new("env", "prod"), new("team", "core"), new("tier", "backend")], targets[0].Labels);
        Assert.Equal("checkout", targets[0].Identity);

        Assert.Equal("b.internal", targets[1].ServerName);
        Assert.Equal(new Https { Method = "HEAD", Path = "/ready" }, targets[1].Protocol);
        Assert.Equal(new TlsOptions { MinVersion = TlsVersion.Tls13, Alpn = ["http/1.0"] }, targets[1].Tls);
        Assert.Equal([new("env", "prod"), new("team", "money")], targets[1].Labels);
        Assert.Equal("none", targets[1].Identity);

        Assert.Equal(new Tls(), targets[2].Protocol); // a default for https targets is not a mistake for others
    }

    [Theory]
    [InlineData("interval: 2s", "", 2000)]
    [InlineData("", "interval: 2s", 2000)]
    [InlineData("", "interval: 1m", 5000)]
    [InlineData("", "interval: 8s, timeout: 8s", 8000)]
    public void The_timeout_follows_a_short_interval(string defaults, string target, int milliseconds)
    {
        var configuration = Valid($"defaults: {{ {defaults} }}\ntargets: [{{ name: a, address: 'a.internal:443', {target} }}]");

        Assert.Equal(milliseconds, Assert.Single(configuration.Targets).Timeout.TotalMilliseconds);
    }

    [Theory]
    [InlineData("targets: []")]
    [InlineData("targets:")]
    [InlineData("defaults:\nidentities:\ntrust:\nweb:\ntargets:")]
    [InlineData("identities: { a: { current: { directory: a } } }")]
    [InlineData("\uFEFFtargets: []")]
    [InlineData("---\ntargets: []\n...\n")]
    public void A_configuration_without_targets_is_one(string text) => Assert.Empty(Valid(text).Targets);

    [Theory]
    [InlineData("[2001:db8::1]:8443", "2001:db8::1", "[2001:db8::1]:8443")]
    [InlineData("10.0.0.7:443", "10.0.0.7", "10.0.0.7:443")]
    public void Addresses_may_be_numbers(string address, string serverName, string label)
    {
        var target = Assert.Single(Valid($"targets: [{{ name: a, address: '{address}' }}]").Targets);

        Assert.Equal((serverName, label), (target.ServerName, target.Address.ToString()));
    }

    [Fact]
    public void An_unreadable_file_is_reported_as_a_whole()
    {
        Assert.Equal("/nowhere/mtlsprobe.yml: does not exist", Assert.Single(ConfigurationFile.Load("/nowhere/mtlsprobe.yml", BuiltInProtocols.All).Errors).ToString());
        Assert.Equal("/tmp: is a directory, not a file", Assert.Single(ConfigurationFile.Load("/tmp", BuiltInProtocols.All).Errors).ToString());
        Assert.Equal("/dev/zero: is larger than 16 MiB", Assert.Single(ConfigurationFile.Load("/dev/zero", BuiltInProtocols.All).Errors).ToString());
    }

    [Fact]
    public void A_file_that_is_followed_may_be_no_pipe_and_nothing_hangs_for_one()
    {
        using var files = new TempFiles();
        var pipe = files.Pipe("mtlsprobe.yml");
        Assert.StartsWith(pipe + ": is a pipe or a device", Assert.Single(ConfigurationFile.Load(pipe, BuiltInProtocols.All, isFollowed: true).Errors).ToString());

        using var writer = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite); // so that opening it does not hang
        writer.Write("targets: []"u8);
        Assert.Equal(pipe + ": is a pipe or a device, not a regular file: it could not be read again", Assert.Single(ConfigurationFile.Load(pipe, BuiltInProtocols.All, isFollowed: true).Errors).ToString());
    }

    [Fact]
    public async Task A_pipe_is_accepted_for_one_reading()
    {
        using var files = new TempFiles();
        var pipe = files.Pipe("mtlsprobe.yml");
        var writing = TempFiles.Feed(pipe, "targets: [{ name: a, address: 'a:1' }]");

        var targets = ConfigurationFile.Load(pipe, BuiltInProtocols.All).Configuration!.Targets;
        await writing;

        Assert.Equal("a", Assert.Single(targets).Name);
    }

    [Fact]
    public void A_hundred_mistakes_are_reported_and_the_rest_is_counted()
    {
        var few = ConfigurationFile.Parse("targets:\n" + string.Concat(Enumerable.Repeat("- a\n", 130)), "a.yml", BuiltInProtocols.All).Errors;
        var many = ConfigurationFile.Parse("targets:\n" + string.Concat(Enumerable.Repeat("- a\n", 100_000)), "a.yml", BuiltInProtocols.All).Errors;

        Assert.Equal((101, "a.yml: and 30 more mistakes"), (few.Count, few[^1].ToString()));
        Assert.Equal((101, "a.yml: and more than 900 more mistakes"), (many.Count, many[^1].ToString()));
        Assert.Equal(Enumerable.Range(2, 100), many.Take(100).Select(error => error.Line));
    }

    [Fact]
    public void Files_are_found_from_the_directory_of_the_configuration()
    {
        var directory = Directory.CreateTempSubdirectory("mtlsprobe-test-");
        try
        {
            var path = Path.Combine(directory.FullName, "mtlsprobe.yml");
            File.WriteAllText(path, "trust: { internal: { files: [root.crt] } }\ntargets: []");

            var trust = Assert.Single(ConfigurationFile.Load(path, BuiltInProtocols.All).Configuration!.Trusts);

            Assert.Equal([Path.Combine(directory.FullName, "root.crt")], trust.Files);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void No_damage_to_a_file_makes_the_reader_crash()
    {
        var whole = string.Concat(
            s_damaged.Select(name => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Config", "Golden", name + ".yml"))));
        var random = new Random(20261120);
        const string Noise = "[]{}:,-&*!<|>'\"%@`#?~\t\n\r \0\u00fc\ud83d";
        for (var round = 0; round < 3000; round++)
        {
            var text = new StringBuilder(whole, random.Next(whole.Length / 2), whole.Length / 2, whole.Length);
            for (var damage = random.Next(1, 6); damage > 0; damage--)
            {
                var at = random.Next(text.Length);
                if (random.Next(3) == 0) text.Remove(at, Math.Min(random.Next(1, 20), text.Length - at));
                else text.Insert(at, Noise[random.Next(Noise.Length)]);
            }

            var result = ConfigurationFile.Parse(text.ToString(), "damaged.yml", BuiltInProtocols.All);

            Assert.Equal(result.Configuration is null, result.Errors.Count > 0);
            Assert.All(result.Errors, error => Assert.DoesNotContain('\n', error.Problem + error.Where + error.Hint));
        }
    }

    [Fact]
    public void Ten_thousand_targets_are_read()
    {
        var text = new StringBuilder("identities: { checkout: { current: { directory: a } } }\ntargets:\n");
        for (var i = 0; i < 10_000; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  - name: target-{i}\n    address: host-{i}.internal:8443\n    identity: checkout\n");
            text.Append("    http: { path: /health, expect_status: [200-299] }\n    labels: { team: money, env: prod }\n");
        }

        Assert.Equal(10_000, Valid(text.ToString()).Targets.Count);
    }

    private static Configuration Valid(string text)
    {
        var result = ConfigurationFile.Parse(text, "/etc/mtls/mtlsprobe.yml", BuiltInProtocols.All);
        Assert.Empty(result.Errors);
        return result.Configuration!;
    }
}

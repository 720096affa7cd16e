using System.Globalization;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Config;

/// <summary>How findings of a discovery source become targets.</summary>
public sealed class FoundTargetReaderTests
{
    [Fact]
    public void Labels_are_labels_or_keys_and_the_rest_comes_from_the_source_and_from_the_defaults()
    {
        var target = Assert.Single(Read(
            Found("payments.test:8443",
                ("team", "money"), ("job", "node"), ("exported_job", "x"), ("env", ""), ("name", "payments"),
                ("__mtlsprobe_identity", "checkout"), ("__mtlsprobe_interval", "1m"), ("__mtlsprobe_server_name", "pay.test"),
                ("__mtlsprobe_http_path", "/health"), ("__mtlsprobe_http_expect_status", "[200, 204]"), ("__mtlsprobe_tls", "{ min_version: '1.3' }"), ("__mtlsprobe_must_reject", "[none, other]")),
            target: "trust: internal, timeout: 3s, labels: { env: prod, source_of: catalogue }, interval: 2m").Targets);

        Assert.Equal(("payments", "payments.test:8443", "pay.test", "checkout", "internal"), (target.Name, target.Address.ToString(), target.ServerName, target.Identity, target.Trust));
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(3)), (target.Interval, target.Timeout));
        Assert.Equal(TlsVersion.Tls13, target.Tls.MinVersion);
        Assert.Equal([Identity.None, "other"], target.MustReject);
        Assert.Equal("zone=a exported_exported_job=node exported_job=x source_of=catalogue team=money".Split(' ').Order(StringComparer.Ordinal), target.Labels.Select(label => $"{label.Name}={label.Value}"));
        Assert.Contains("/health", target.Protocol.Flags().Select(flag => flag.Value));
    }

    [Fact]
    public void The_name_is_the_label_name_or_else_the_address_with_its_port()
    {
        var read = Read(
            Found("a.test"), Found("[::1]:8443"), Found("10.0.0.1:443", ("name", "b")), Found("c.test", ("name", "label"), ("__mtlsprobe_name", "key")), Found("scrape.test:9100", ("__mtlsprobe_address", "d.test:8443")));

        Assert.Equal(0, read.RejectedCount);
        Assert.Equal(["a.test:443", "[::1]:8443", "b", "key", "d.test:8443"], read.Targets.Select(target => target.Name));
        Assert.Equal("label", Assert.Single(read.Targets[3].Labels, label => label.Name == "name").Value);
        Assert.Equal("d.test:8443", read.Targets[4].Address.ToString());
    }

    [Theory]
    [InlineData("a.test:0", "", "", "t.json:7:3: a.test:0.address: \"a.test:0\" is not an address")]
    [InlineData("https://a.test", "", "", "t.json:7:3: https://a.test.address: \"https://a.test\" is not an address")]
    [InlineData("a.test", "protocol", "tls", "t.json:7:3: a.test.address: \"a.test\" has no port")]
    [InlineData("a.test", "interval", "30", "t.json:8:1: a.test.interval: \"30\" has no unit")]
    [InlineData("a.test", "identity", "root", "t.json:8:1: a.test.identity: there is no identity \"root\"")]
    [InlineData("a.test", "identty", "x", "t.json:8:1: a.test.identty: unknown key")]
    [InlineData("a.test", "http", "{ path: 5, ", "t.json:8:1: has a list or block that cannot be read: this is not valid YAML: while parsing a node, did not find expected node content")]
    [InlineData("a.test", "http_pth", "/", "t.json:8:1: a.test.http_pth: unknown key")]
    [InlineData("a.test", "timeout", "5m", "t.json:8:1: a.test.timeout: the timeout of 5m is longer than the interval of 30s")]
    [InlineData("a.test", "expect_issuer", "/etc/shadow", "t.json:8:1: a.test.expect.issuer: names a file, which a discovery source may not do")]
    [InlineData("a.test", "login", "{ user: a, password_file: /etc/shadow }", "t.json:8:1: login: names a file, which a discovery source may not do")]
    [InlineData("a.test", "mqtt_password_file", "/etc/shadow", "t.json:8:1: mqtt_password_file: names a file, which a discovery source may not do")]
    [InlineData("a.test", "proxy", "{ url: 'http://p:1', username: a, password_file: /etc/shadow }", "t.json:8:1: proxy: names a file, which a discovery source may not do")]
    [InlineData("a.test", "labels", "{ a: b }", "t.json:7:3: a.test.labels: is given twice, first in line 8")]
    public void A_target_that_cannot_be_probed_is_left_out_with_its_place_and_the_reason(string address, string key, string value, string expected)
    {
        var labels = key.Length == 0 ? [] : (IEnumerable<(string, string)>)[("__mtlsprobe_" + key, value), ("team", "x")];
        var read = Read(Found("good.test"), Found(address, [.. labels]));

        Assert.Equal("good.test:443", Assert.Single(read.Targets).Name);
        Assert.Equal(1, read.RejectedCount);
        var rejected = Assert.Single(read.Rejected);
        Assert.Equal((address, expected), (rejected.Target, $"{rejected.Place}: {rejected.Problem}"));
    }

    [Fact]
    public void Invalid_labels_are_reported()
    {
        var read = Read(
            Found("a.test", ("with-dash", "x")), Found("b.test", [.. Enumerable.Range(0, 33).Select(i => ($"l{i.ToString(CultureInfo.InvariantCulture)}", "x"))]),
            Found("c.test", ("team", new string('x', 1025))), Found("d\u001b.test"));

        Assert.Equal(4, read.RejectedCount);
        Assert.All(read.Rejected, rejected => Assert.DoesNotContain($"{rejected}", char.IsControl));
    }

    [Fact]
    public void The_labels_of_all_targets_together_are_limited()
    {
        var labels = Enumerable.Range(0, 30).Select(i => new Label($"l{i.ToString(CultureInfo.InvariantCulture)}", new string('x', 1000))).ToValueList();
        var found = Enumerable.Range(0, 2000).Select(i => new DiscoveredTarget($"a{i.ToString(CultureInfo.InvariantCulture)}.test", labels) { At = new("t.json", 1, 1) }).ToValueList();

        var read = Reader("").Read(found);

        Assert.InRange(read.Targets.Count, 900, 1200);
        Assert.Equal(2000, read.Targets.Count + read.RejectedCount);
        Assert.Equal(FoundTargetReader.MostReported, read.Rejected.Count);
    }

    [Fact]
    public void An_unchanged_target_is_not_read_again()
    {
        var reader = Reader("");
        var first = reader.Read([Found("a.test", ("team", "x")), Found("b.test")]).Targets;
        var second = reader.Read([Found("c.test"), Found("b.test"), Found("a.test", ("team", "x")) with { At = new("t.json", 99, 1) }]).Targets;

        Assert.Same(first[0], second[2]);
        Assert.Same(first[1], second[1]);
    }

    private static DiscoveredTarget Found(string address, params IReadOnlyList<(string Name, string Value)> labels) =>
        new(address, labels.Select(label => new Label(label.Name, label.Value)).ToValueList()) { At = new("t.json", 7, 3), LabelsAt = labels.Select((_, i) => new TextPlace("t.json", 8 + i, 1)).ToValueList() };

    [Theory]
    [InlineData("mqtts", "mqtt: { username: probe, password_file: broker.pass }")]
    [InlineData("imaps", "login: { user: probe, password_file: mail.pass }")]
    public void Passwords_of_the_defaults_go_to_no_discovered_target_and_those_of_its_source_do(string protocol, string password)
    {
        var found = Found("anywhere.test:9999", ("__mtlsprobe_protocol", protocol));

        var inherited = Assert.Single(Reader("", password).Read([found]).Targets);
        Assert.DoesNotContain("probe", inherited.Protocol.ToString(), StringComparison.Ordinal);

        var given = Assert.Single(Reader(password).Read([found]).Targets);
        Assert.Contains("probe", given.Protocol.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timeout: 10s", "interval: 5s", "the timeout of 10s is longer than the interval of 5s")]
    [InlineData("tls: { max_version: '1.2' }", "tls: { min_version: '1.3' }", "the lowest TLS version is above the highest")]
    public void A_source_whose_settings_contradict_the_defaults_is_a_mistake_in_the_configuration(string defaults, string target, string expected)
    {
        var read = Parsed(target, defaults);

        Assert.Contains(expected, Assert.Single(read.Errors).ToString(), StringComparison.Ordinal);
    }

    private static FoundTargets Read(params ValueList<DiscoveredTarget> found) => Reader("").Read(found);

    private static FoundTargets Read(DiscoveredTarget found, string target) => Reader(target).Read([found]);

    private static FoundTargetReader Reader(string target, string defaults = "labels: { zone: a }")
    {
        var read = Parsed(target, defaults);
        Assert.Empty(read.Errors);
        return read.FoundTargets!.Open("catalogue");
    }

    private static ConfigurationResult Parsed(string target, string defaults) => ConfigurationFile.Parse(
        $$"""
        defaults: { {{defaults}} }
        identities: { checkout: { current: { certificate: a.crt, key: a.key } }, other: { current: { certificate: b.crt, key: b.key } } }
        trust: { internal: { files: [root.crt] } }
        discovery: [{ name: catalogue, file: { files: [targets/*.json] }, target: { {{target}} } }]
        """,
        "/etc/mtls/mtlsprobe.yml", BuiltInProtocols.All);
}

using System.Net;
using MtlsProbe.Cli;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Config;

/// <summary>How the path to a server is configured, in a file and by flags.</summary>
public sealed class WayKeysTests
{
    [Fact]
    public void A_way_is_read_and_a_target_can_reset_the_defaults()
    {
        var targets = Read("""
            defaults: { proxy: { url: "socks5://[2001:db8::1]:1080", username: probe, password_file: pass }, proxy_protocol: v1, source_address: 10.0.0.5 }
            targets:
            - { name: inherits, address: "a.test:443" }
            - { name: own, address: "b.test:443", proxy: "HTTP://proxy.test:3128/", proxy_protocol: v2, source_address: "2001:db8::5" }
            - { name: straight, address: "c.test:443", proxy: none, proxy_protocol: none, source_address: any }
            """);

        var inherited = new Way
        {
            Proxy = new ProxyServer(ProxyKind.Socks5, new HostPort("2001:db8::1", 1080), "probe", "/etc/mtls/pass"), ProxyProtocol = ProxyHeader.V1, SourceAddress = IPAddress.Parse("10.0.0.5"),
        };
        var own = new Way { Proxy = new ProxyServer(ProxyKind.Http, new HostPort("proxy.test", 3128)), ProxyProtocol = ProxyHeader.V2, SourceAddress = IPAddress.Parse("2001:db8::5") };
        Assert.Equal([inherited, own, Way.Direct], targets.Select(target => target.Way));
        Assert.Equal(["socks5://[2001:db8::1]:1080", "http://proxy.test:3128"], targets.Select(target => target.Way.Proxy).OfType<ProxyServer>().Select(proxy => proxy.ToString()));
    }

    [Fact]
    public void All_addresses_can_go_through_a_proxy_if_the_target_is_an_IP_address() =>
        Assert.Equal(AddressChoice.All, Assert.Single(Read("""targets: [{ name: a, address: "192.0.2.1:443", addresses: all, proxy: "http://proxy.test:3128" }]""")).Addresses);

    [Fact]
    public void Flags_have_the_same_meaning_as_keys()
    {
        var (way, errors) = Flags("--proxy", "http://proxy.test:3128", "--proxy-username", "probe", "--proxy-password-file", "/pass", "--proxy-protocol", "v2", "--source-address", "::1");

        Assert.Empty(errors);
        Assert.Equal(
            new Way { Proxy = new ProxyServer(ProxyKind.Http, new HostPort("proxy.test", 3128), "probe", "/pass"), ProxyProtocol = ProxyHeader.V2, SourceAddress = IPAddress.IPv6Loopback },
            way);
        Assert.Same(Way.Direct, Flags().Way);
    }

    [Theory]
    [InlineData("--proxy-username probe", "--proxy-username needs --proxy")]
    [InlineData("--proxy http://a.test:1 --proxy-username probe", "--proxy-username needs --proxy-password-file")]
    [InlineData("--proxy http://a.test:1 --proxy-password-file f", "--proxy-password-file needs --proxy-username")]
    [InlineData("--proxy ftp://a.test:1", "--proxy: \"ftp://a.test:1\" is not the URL of a proxy (http://HOST:PORT or socks5://HOST:PORT)")]
    [InlineData("--proxy http://me:hunter2@a.test:1", "--proxy: has a user, and perhaps a password, in its URL (write proxy: { url: …, username: …, password_file: … })")]
    [InlineData("--proxy-protocol 2", "--proxy-protocol: \"2\" is not a version of the PROXY protocol (v1 or v2)")]
    public void Wrong_flags_are_reported(string words, string mistake) => Assert.Contains(mistake, Flags(words.Split(' ')).Errors);

    private static (Way Way, IReadOnlyList<string> Errors) Flags(params string[] words)
    {
        var options = new ProbeOptions(BuiltInProtocols.All);
        var command = new System.CommandLine.Command("probe");
        options.AddTo(command);
        var parsed = command.Parse(["a.test:443", .. words]);
        return parsed.Errors.Count > 0
            ? (Way.Direct, [.. parsed.Errors.Select(error => error.Message)])
            : (Assert.Single(AdHocTargets.From(parsed, options).Configuration!.Targets).Way, []);
    }

    private static IReadOnlyList<Target> Read(string yaml)
    {
        var result = ConfigurationFile.Parse(yaml, "/etc/mtls/mtlsprobe.yml", BuiltInProtocols.All);
        Assert.Empty(result.Errors);
        return [.. result.Configuration!.Targets];
    }
}

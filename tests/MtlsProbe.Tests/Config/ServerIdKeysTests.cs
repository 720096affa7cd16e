using System.CommandLine;
using MtlsProbe.Certificates;
using MtlsProbe.Cli;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Config;

/// <summary>How the SPIFFE ID of a server is configured, in a file and by flags.</summary>
public sealed class ServerIdKeysTests
{
    private static readonly SpiffeId s_a = SpiffeId.TryParse("spiffe://prod.example/a")!;
    private static readonly SpiffeId s_b = SpiffeId.TryParse("spiffe://prod.example/b")!;

    [Fact]
    public void An_ID_a_list_or_a_trust_domain_is_read_and_a_target_can_reset_the_defaults()
    {
        var targets = Read("""
            defaults: { server_id: { trust_domain: prod.example } }
            targets:
            - { name: inherits, address: "a.test:443" }
            - { name: one, address: "a.test:443", server_id: spiffe://prod.example/a }
            - { name: some, address: "a.test:443", server_id: [spiffe://prod.example/a, spiffe://prod.example/b] }
            - { name: plain, address: "a.test:443", server_id: none }
            """);

        Assert.Equal([ServerIdentity.Of("prod.example"), ServerIdentity.OneOf(s_a), ServerIdentity.OneOf(s_a, s_b), null], targets.Select(target => target.ServerId));
    }

    [Fact]
    public void The_name_is_checked_beside_the_ID_only_if_it_is_configured_and_is_sent_in_any_case()
    {
        var targets = Read("""
            targets:
            - { name: id, address: "a.test:443", server_id: spiffe://prod.example/a }
            - { name: both, address: "a.test:443", server_id: spiffe://prod.example/a, server_name: b.test }
            - { name: name, address: "a.test:443" }
            """);

        Assert.Equal(
            [new(null, ServerIdentity.OneOf(s_a)), new("b.test", ServerIdentity.OneOf(s_a)), new("a.test")],
            targets.Select(target => target.Reference));
        Assert.Equal(["a.test", "b.test", "a.test"], targets.Select(Attempt.Sni));
    }

    [Fact]
    public void A_name_in_the_defaults_is_configured() =>
        Assert.Equal("b.test", Assert.Single(Read("""
            defaults: { server_name: b.test }
            targets: [{ name: id, address: "a.test:443", server_id: spiffe://prod.example/a }]
            """)).Reference.Name);

    [Fact]
    public void Another_ID_is_another_handshake()
    {
        var target = Assert.Single(Read("""targets: [{ name: id, address: "a.test:443", server_id: spiffe://prod.example/a }]"""));
        Assert.False(ProbeJob.IsSameServer(target, target with { ServerId = ServerIdentity.OneOf(s_b) }));
        Assert.False(ProbeJob.IsSameServer(target, target with { ChecksName = true }));
    }

    [Fact]
    public void Flags_have_the_same_meaning_as_keys()
    {
        Assert.Equal(ServerIdentity.OneOf(s_a, s_b), Flags("--server-id", "spiffe://prod.example/a", "--server-id", "spiffe://prod.example/b").Id);
        Assert.Equal(ServerIdentity.Of("prod.example"), Flags("--server-trust-domain", "prod.example").Id);
        Assert.Null(Flags().Id);
    }

    [Theory]
    [InlineData("--server-id spiffe://prod.example", "--server-id: \"spiffe://prod.example\" has no path, so that it is the ID of no workload ({ trust_domain: prod.example } (probe: --server-trust-domain) for every ID of this trust domain; or spiffe://TRUST-DOMAIN/PATH, as in spiffe://cluster.local/ns/shop/sa/payments)")]
    [InlineData("--server-trust-domain spiffe://prod.example", "--server-trust-domain: \"spiffe://prod.example\" is an ID, and not the name of a trust domain (the name alone: prod.example)")]
    [InlineData("--server-id spiffe://a/b --server-trust-domain a", "--server-id and --server-trust-domain exclude each other")]
    public void Wrong_flags_are_reported(string words, string mistake) => Assert.Contains(mistake, Flags(words.Split(' ')).Errors);

    private static (ServerIdentity? Id, IReadOnlyList<string> Errors) Flags(params string[] words)
    {
        var options = new ProbeOptions(BuiltInProtocols.All);
        var command = new Command("probe");
        options.AddTo(command);
        var parsed = command.Parse(["a.test:443", .. words]);
        return (parsed.Errors.Count == 0 ? options.ServerId.Of(parsed) : null, [.. parsed.Errors.Select(error => error.Message)]);
    }

    private static IReadOnlyList<Target> Read(string yaml)
    {
        var read = ConfigurationFile.Parse(yaml, "/etc/mtls/mtlsprobe.yml", BuiltInProtocols.All);
        Assert.Empty(read.Errors);
        return [.. read.Configuration!.Targets];
    }
}

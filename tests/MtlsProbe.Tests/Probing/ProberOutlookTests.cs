using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Tests.Handshake;

namespace MtlsProbe.Tests.Probing;

/// <summary>The expiry of a handshake in the result of a probe, against a real server.</summary>
public sealed class ProberOutlookTests : FollowedFiles
{
    [Fact]
    public async Task A_bundle_that_is_replaced_during_a_probe_does_not_determine_its_forecast()
    {
        var servers = TestPki.Root("Servers");
        var leaf = servers.Leaf("server.test");
        Files.Write("before.crt", TestPki.Pem(servers));
        Files.Write("after.crt", TestPki.Pem(Authority));
        Store.Follow(Configuration([], [new TrustSource("servers", [Files.Path("before.crt")])]));
        await using var peer = Peer.Tls(new ServerParameters { Chain = [leaf.Certificate.Der], Key = PrivateKey.Of(leaf.Key) }, async connection =>
        {
            if (!await connection.HandshakeAsync()) return;
            await connection.ReadAsync();
            Store.Follow(Configuration([], [new TrustSource("servers", [Files.Path("after.crt")])]));
            await connection.CloseTlsAsync();
        });
        var target = new Target
        {
            Name = "t", Address = new HostPort("127.0.0.1", peer.Port), ServerName = "server.test", Protocol = new Tls(), Identity = Identity.None, Trust = "servers", Control = false,
        };
        var job = ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).Single().With(Store.Handle);

        var result = await new ProbeStack(TimeProvider.System, NullLoggerFactory.Instance, Store, isFleet: false).Prober.ProbeAsync(job, ProbeTime.Strict(TimeSpan.FromSeconds(30)), default);

        Assert.Equal((Outcome.Accepted, null), (result.Outcome, result.Failure));
        Assert.Contains(result.Outlook!.Ends, end => end is { Cause: EndCause.TrustAnchor, Certificate: { } anchor } && anchor == servers.Certificate);
    }
}

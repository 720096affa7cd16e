using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Tests.Handshake;
using MtlsProbe.Tests.Revocation;

namespace MtlsProbe.Tests.Probing;

/// <summary>The result of a probe without evidence of revocation, against a real server.</summary>
public sealed class ProberEvidenceTests : FollowedFiles
{
    [Theory]
    [InlineData(true, "server.test", false, true)]
    [InlineData(true, "other.test", false, false)] // no list fixes that
    [InlineData(true, "server.test", true, false)]
    [InlineData(false, "server.test", false, false)]
    public async Task The_first_handshake_with_a_new_place_has_no_verdict_before_it_was_fetched_if_evidence_is_required(bool isDemanded, string name, bool isRefused, bool isAwaited)
    {
        var leaf = Authority.Leaf("server.test", t => t with { More = [LearnedEvidenceTests.Points("2.5.29.31", "http://127.0.0.1:1/a.crl")] });
        Files.Write("root.crt", TestPki.Pem(Authority));
        var configuration = Configuration([], [new TrustSource("servers", [Files.Path("root.crt")]) { Revocation = new RevocationSource { FromCertificates = true, WhenUnknown = isDemanded ? WhenUnknown.Reject : WhenUnknown.Accept } }]);
        Store.Follow(configuration);
        var server = new ServerParameters { Chain = [leaf.Certificate.Der], Key = PrivateKey.Of(leaf.Key) };
        if (isRefused) server = server with { ClientAuthentication = ClientAuthentication.Required, ClientAnchors = [Authority.Certificate.Der] };
        await using var peer = Peer.Tls(server, async connection =>
        {
            if (!await connection.HandshakeAsync()) return;
            await connection.ReadAsync();
            await connection.CloseTlsAsync();
        });
        var target = new Target
        {
            Name = "t", Address = new HostPort("127.0.0.1", peer.Port), ServerName = name, Protocol = new Tls(), Identity = Identity.None, Trust = "servers", Control = false,
        };
        var job = ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).Single().With(Store.Handle);
        var stack = new ProbeStack(TimeProvider.System, NullLoggerFactory.Instance, Store, isFleet: false);
        stack.Evidence.Follow(configuration);

        var first = await ProbeAsync();
        Assert.Equal((isRefused, isAwaited), (first.Outcome == Outcome.Rejected, first.IsAwaitingEvidence));
        await stack.Evidence.LoadAsync(default); // in vain: the address is private
        var second = await ProbeAsync();

        Assert.False(second.IsAwaitingEvidence);
        if (isAwaited) Assert.Equal((Reasons.RevocationUnknown, Reasons.RevocationUnknown), (first.Failure!.Reason, second.Failure!.Reason));

        Task<ProbeResult> ProbeAsync() => stack.Prober.ProbeAsync(job, ProbeTime.Strict(TimeSpan.FromSeconds(30)), default);
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Handshake;

namespace MtlsProbe.Tests.Credentials.Spiffe;

/// <summary>An SVID that rotates a hundred times, every other time with its authority, while real handshakes are made with it.</summary>
public sealed class SvidRotationTests
{
    private const int Rotations = 100;

    [Fact]
    public async Task No_probe_fails_and_none_presents_a_certificate_that_is_not_of_its_key()
    {
        var server = SpiffeRig.Authority.Leaf("server.test");
        var completed = new ConcurrentQueue<bool>();
        await using var peer = Peer.Tls(
            new ServerParameters
            {
                Chain = [server.Certificate.Der], Key = PrivateKey.Of(server.Key), ClientAuthentication = ClientAuthentication.Required, ClientAnchors = [SpiffeRig.Authority.Certificate.Der],
            },
            async connection =>
            {
                // Completed: the client has proven that it has the key of its certificate.
                var isDone = await connection.HandshakeAsync();
                completed.Enqueue(isDone);
                if (!isDone) return;
                await connection.ReadAsync();
                await connection.CloseTlsAsync();
            });
        var inUse = WorkloadApi.Leaf(SpiffeRig.Authority, SpiffeRig.Id);
        await using var api = await WorkloadApi.StartAsync(WorkloadApi.Of(WorkloadApi.Svid(SpiffeRig.Id, [inUse], SpiffeRig.Authority)));
        await using var rig = new SpiffeRig();
        await rig.Follow(new SpiffeSvid(api.Endpoint), new SpiffeBundle(api.Endpoint, null));
        var prober = new ProbeStack(TimeProvider.System, NullLoggerFactory.Instance, rig.Store, isFleet: false).Prober;
        List<Task> probes = [];
        for (var rotation = 0; rotation < Rotations; rotation++)
        {
            probes.Add(Probe()); // may present this one or the next
            var age = rotation;
            var intermediate = SpiffeRig.Authority.Intermediate("Intermediate");
            inUse = WorkloadApi.Leaf(rotation % 2 == 0 ? intermediate : SpiffeRig.Authority, SpiffeRig.Id, leaf => leaf with { NotBefore = leaf.NotBefore.AddMinutes(age + 1), NotAfter = leaf.NotAfter.AddMinutes(age + 1) });
            api.Answer(WorkloadApi.Of(WorkloadApi.Svid(SpiffeRig.Id, rotation % 2 == 0 ? [inUse, intermediate] : [inUse], SpiffeRig.Authority)));
            probes.Add(Probe());
            await rig.Until(() => rig.Current.Credential!.Leaf == inUse.Certificate);
            probes.Add(Probe(inUse.Certificate.Serial));
        }

        await Task.WhenAll(probes);

        Assert.True(completed.Count >= 3 * Rotations);
        Assert.DoesNotContain(false, completed);
        Assert.DoesNotContain(rig.Log.Take(), line => line.Text.Contains("broken", StringComparison.Ordinal));
        Assert.InRange(Assert.Single(rig.Store.Snapshot()).Renewals, 1, Rotations);

        async Task Probe(string? serial = null)
        {
            var target = new Target { Name = "t", Address = new HostPort("127.0.0.1", peer.Port), ServerName = "server.test", Protocol = new Tls(), Identity = "mesh", Trust = "mesh", Control = false };
            var job = ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).Single().With(rig.Store.Handle);
            var result = await prober.ProbeAsync(job, ProbeTime.Strict(TimeSpan.FromSeconds(60)), CancellationToken.None);
            Assert.Equal((Outcome.Accepted, null), (result.Outcome, result.Failure));
            if (serial is not null) Assert.Equal(serial, result.ClientCertificate?.Presented?.Serial);
        }
    }
}

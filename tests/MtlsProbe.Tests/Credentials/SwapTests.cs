using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Handshake;

namespace MtlsProbe.Tests.Credentials;

/// <summary>
/// A credential that is swapped five hundred times while real handshakes are made with it: each presents the certificate that was in use
/// when it began, signed with the key of that certificate.
/// </summary>
public sealed class SwapTests : FollowedFiles
{
    private const int Swaps = 500;

    /// <summary>A handshake is mostly silence: this many at once take no longer than one.</summary>
    private const int AtOnce = 64;

    private static readonly TestCertificate Servers = TestPki.Root("Servers");
    private static readonly TestCertificate Server = Servers.Leaf("server.test");

    private readonly ConcurrentQueue<bool> _completed = [];
    private readonly SemaphoreSlim _places = new(AtOnce);
    private readonly List<Task> _probes = [];
    private Prober _prober = null!;

    [Fact]
    public async Task Two_files_written_one_after_the_other_are_never_mixed()
    {
        var inUse = Authority.Client("first");
        WritePair(inUse);
        await using var server = await Begin(Pem());
        for (var swap = 0; swap < Swaps; swap++)
        {
            var fresh = Authority.Client("checkout");
            Files.Write("a.crt", TestPki.Pem(fresh));
            if (swap % 2 == 0)
            {
                await Pass(2); // a poll sees a certificate whose key is not there yet
                await Present(server, inUse);
            }

            Files.Write("a.key", fresh.KeyPem);
            await Pass(4);
            await Present(server, fresh);
            inUse = fresh;
        }

        await End();
    }

    [Fact]
    public async Task A_directory_that_a_link_moves_is_never_mixed()
    {
        Link(Authority.Client("first"), 0);
        File.CreateSymbolicLink(Files.Path("tls.crt"), "..data/tls.crt");
        File.CreateSymbolicLink(Files.Path("tls.key"), "..data/tls.key");
        await using var server = await Begin(new SecretDirectory(Files.Directory));
        for (var swap = 1; swap <= Swaps; swap++)
        {
            var fresh = Authority.Client("checkout");
            Link(fresh, swap);
            await Pass(4);
            await Present(server, fresh);
        }

        await End();
    }

    private void Link(TestCertificate certificate, int version)
    {
        WriteSecret($"..{version}", certificate);
        if (version > 0) File.Delete(Files.Path("..data"));
        File.CreateSymbolicLink(Files.Path("..data"), $"..{version}");
    }

    private async Task<Peer> Begin(CredentialSource source)
    {
        Files.Write("servers.crt", TestPki.Pem(Servers));
        await Run(Configuration([new Identity("checkout", source)], [new TrustSource("servers", [Files.Path("servers.crt")])]));
        _prober = new ProbeStack(TimeProvider.System, NullLoggerFactory.Instance, Store, isFleet: false).Prober;
        return Peer.Tls(
            new ServerParameters
            {
                Chain = [Server.Certificate.Der], Key = PrivateKey.Of(Server.Key), ClientAuthentication = ClientAuthentication.Required, ClientAnchors = [Authority.Certificate.Der],
            },
            async connection =>
            {
                // Completed: the client has proven that it has the key of its certificate.
                var completed = await connection.HandshakeAsync();
                _completed.Enqueue(completed);
                if (!completed) return;
                await connection.ReadAsync();
                await connection.CloseTlsAsync();
            });
    }

    /// <summary>Begins a handshake that has to present what is in use now, whatever is swapped before it ends.</summary>
    private async Task Present(Peer server, TestCertificate inUse)
    {
        await _places.WaitAsync();
        _probes.Add(Probe(server, inUse.Certificate.Serial));
    }

    private async Task Probe(Peer server, string serial)
    {
        try
        {
            var target = new Target { Name = "t", Address = new HostPort("127.0.0.1", server.Port), ServerName = "server.test", Protocol = new Tls(), Identity = "checkout", Trust = "servers", Control = false };
            var job = ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).Single().With(Store.Handle);
            var result = await _prober.ProbeAsync(job, ProbeTime.Strict(TimeSpan.FromSeconds(60)), CancellationToken.None);
            Assert.Equal((Outcome.Accepted, null, serial), (result.Outcome, result.Failure, result.ClientCertificate?.Presented?.Serial));
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task End()
    {
        await Task.WhenAll(_probes);
        Assert.True(_completed.Count >= Swaps);
        Assert.DoesNotContain(false, _completed);
        Assert.DoesNotContain(Log.TakeShown(), line => line.Text.Contains("broken", StringComparison.Ordinal));
        _places.Dispose();
    }
}

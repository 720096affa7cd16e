using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Rotation;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>Faults that no real server has on demand: a single refusal, and a slow handshake.</summary>
internal sealed class ScriptedCases : IAsyncDisposable
{
    private const string Next = "next";

    private readonly FaultServer _once;
    private readonly FaultServer _slow;
    private int _refusals;
    private volatile bool _isSlow;

    public ScriptedCases()
    {
        _once = FaultServer.Start(RefuseOnce);
        _slow = FaultServer.Start(Dawdle);
    }

    public async Task<IReadOnlyList<Case>> All(Workspace workspace, PkiFiles files)
    {
        var next = new CredentialFiles(workspace, "credentials/refused-once/next", CredentialForm.TwoFiles);
        await next.Put(TestPki.Shared.NewClient(Next)); // staged all the time, because a single refusal is reported only then
        return
        [
            new Case("refused-once")
            {
                Target = new TargetEntry("refused-once", _once.Port) { Protocol = "https", Identity = "refused-once", More = ["interval: 3s"] },
                Identities = $"""
                      refused-once:
                        current: {"{"} certificate: {files.ClientCertificate("good")}, key: {files.ClientKey("good")} {"}"}
                        next: {next.Yaml}

                    """,
                Break = () => Do(() => Volatile.Write(ref _refusals, 1)),
                PassesByItself = true,
                Tells = [Told.Ticket("RefusalDuringRotation")("refused-once")],
            },
            new Case("slow")
            {
                // In TLS 1.2 the client waits for the server's Finished. Slow is a quarter of the timeout; the rest is for a busy machine.
                Target = new TargetEntry("slow", _slow.Port) { Protocol = "https", Version = "1.2", More = ["interval: 4s", "timeout: 4s"] },
                Break = () => Do(() => _isSlow = true),
                Mend = () => Do(() => _isSlow = false),
                Tells = [Told.Ticket("HandshakeSlow")("slow")],
            },
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await _once.DisposeAsync();
        await _slow.DisposeAsync();
    }

    /// <summary>Refuses the credential in use; the next one also connects here.</summary>
    private async Task RefuseOnce(Connection connection)
    {
        await using var tls = await connection.Handshake(SslProtocols.Tls13);
        var isNext = tls.RemoteCertificate!.Subject.Contains($"CN={Next}", StringComparison.Ordinal);
        await Answer(connection, tls, () => !isNext && Interlocked.CompareExchange(ref _refusals, 0, 1) == 1 ? "403 Forbidden" : "200 OK");
    }

    private async Task Dawdle(Connection connection)
    {
        await using var tls = await connection.Handshake(SslProtocols.Tls12, connection.Slow(_isSlow ? TimeSpan.FromMilliseconds(1300) : TimeSpan.Zero));
        await Answer(connection, tls, () => "200 OK");
    }

    private static async Task Answer(Connection connection, SslStream tls, Func<string> status)
    {
        if (await tls.ReadAsync(new byte[4096]) == 0) return;
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status()}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        await tls.ShutdownAsync();
        await connection.Close();
    }

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}

using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Faults;

/// <summary>One accepted connection of a <see cref="FaultServer"/>, with the verbs that its scripts are written in.</summary>
internal sealed class Connection(Socket socket, CancellationToken stop)
{
    private readonly NetworkStream _network = new(socket);

    public async Task Send(ReadOnlyMemory<byte> bytes) => await _network.WriteAsync(bytes, stop);

    public Task Send(string text) => Send(System.Text.Encoding.Latin1.GetBytes(text));

    public Task Wait(TimeSpan time) => Task.Delay(time, stop);

    /// <summary>Reads one whole TLS record, for example the ClientHello.</summary>
    public async Task<byte[]> ReadRecord()
    {
        var header = new byte[5];
        await _network.ReadExactlyAsync(header, stop);
        var body = new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(3))];
        await _network.ReadExactlyAsync(body, stop);
        return [.. header, .. body];
    }

    /// <summary>Reads until the peer closes, below TLS.</summary>
    public async Task ReadToEnd()
    {
        var rest = new byte[4096];
        while (await _network.ReadAsync(rest, stop) > 0) ;
    }

    /// <summary>Closes in order: the peer reads the end of the stream, and what it still sends is read, not reset.</summary>
    public async Task Close()
    {
        socket.Shutdown(SocketShutdown.Send);
        await ReadToEnd();
        socket.Dispose();
    }

    /// <summary>Closes with a reset.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>Stays open and sends nothing more.</summary>
    public Task Silence() => Task.Delay(Timeout.Infinite, stop);

    /// <summary>The server's side of a TLS handshake that asks for a client certificate and accepts any, or none.</summary>
    /// <param name="stages">Where the connection breaks or is slow; null: nowhere.</param>
    public async Task<SslStream> Handshake(SslProtocols protocols, StagedStream? stages = null, bool ask = true, bool tickets = true)
    {
        var tls = new SslStream(stages ?? (Stream)_network);
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = Certificate.Value,
                ClientCertificateRequired = ask,
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
                CertificateChainPolicy = OwnCheck.Policy,
                EnabledSslProtocols = protocols,
                AllowTlsResume = tickets,
            },
            stop);
        return tls;
    }

    public StagedStream Staged(Stage stage, Break way) => new(this, _network) { BreakAt = stage, Way = way };

    /// <param name="decide">Whether and how to break off, from the first record of the client's flight.</param>
    public StagedStream Staged(Func<ReadOnlyMemory<byte>, Break?> decide) => new(this, _network) { Decide = decide };

    /// <summary>Whatever TLS writes after the client's flight is sent together, when it is released.</summary>
    public StagedStream HoldingBack() => new(this, _network) { HoldsBack = true };

    public StagedStream Slow(TimeSpan beforeVerifying) => new(this, _network) { BeforeVerifying = beforeVerifying };

    /// <summary>Built once, because the context is expensive.</summary>
    private static readonly Lazy<SslStreamCertificateContext> Certificate = new(() =>
    {
        var server = TestPki.Shared.Servers["good"];
        return SslStreamCertificateContext.Create(server.Leaf.WithKey, [.. server.Rest.Select(rest => rest.Certificate)], offline: true);
    });
}

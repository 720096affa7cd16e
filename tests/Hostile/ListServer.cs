using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MtlsProbe.Hostile;

/// <summary>A web server on loopback that answers exactly what a test tells it, even what no real one would.</summary>
internal sealed class ListServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly X509Certificate2? _certificate;

    /// <param name="certificate">For https; null: http.</param>
    public ListServer(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The answer to the request for a path; null answers 404.</summary>
    public Func<string, Func<Stream, CancellationToken, Task>?> Answer { get; set; } = _ => null;

    /// <summary>The heads of all requests.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public Uri Url(string path) => new($"{(_certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}{path}");

    /// <summary>An answer of these bytes.</summary>
    public static Func<Stream, CancellationToken, Task> Ok(byte[] content, string headers = "") => async (stream, stop) =>
    {
        await stream.WriteAsync(Head("200 OK", $"Content-Length: {content.Length}\r\n{headers}"), stop);
        await stream.WriteAsync(content, stop);
    };

    /// <summary>An answer without content.</summary>
    public static Func<Stream, CancellationToken, Task> Status(string status, string headers = "") => (stream, stop) => stream.WriteAsync(Head(status, "Content-Length: 0\r\n" + headers), stop).AsTask();

    public static byte[] Head(string status, string headers) => Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n");

    public void Dispose()
    {
        _end.Cancel(); // not disposed: connections in progress can still use it
        _listener.Stop();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using Stream stream = _certificate is null ? client.GetStream() : new SslStream(client.GetStream());
                if (stream is SslStream tls) await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _end.Token);
                var (buffer, length) = (new byte[16 * 1024], 0);
                string head;
                do
                {
                    var count = await stream.ReadAsync(buffer.AsMemory(length), _end.Token);
                    if (count == 0) return;
                    head = Encoding.ASCII.GetString(buffer, 0, length += count);
                }
                while (!head.Contains("\r\n\r\n", StringComparison.Ordinal));
                Requests.Enqueue(head);
                await (Answer(head.Split(' ')[1]) ?? Status("404 Not Found"))(stream, _end.Token);
            }
            catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException or OperationCanceledException or ObjectDisposedException)
            {
                // The other side has gone.
            }
        }
    }
}

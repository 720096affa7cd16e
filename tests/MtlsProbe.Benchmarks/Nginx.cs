using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MtlsProbe.Benchmarks;

/// <summary>
/// The server of all probes: nginx, one process, https with client verification. It listens on many addresses of 127.0.0.0/8, because a prober limits
/// its load on one endpoint.
/// </summary>
internal sealed class Nginx : IDisposable
{
    private const int Addresses = 200;

    private readonly Child _process;

    private readonly IReadOnlyList<int> _ports;

    private Nginx(Child process, IReadOnlyList<int> ports) => (_process, _ports) = (process, ports);

    /// <summary>The first.</summary>
    public int Port => _ports[0];

    /// <param name="tls">The only version that it supports.</param>
    /// <param name="certificate">The file of its certificate, which can contain variables of nginx; null: the one of the PKI.</param>
    /// <param name="ports">How many ports it listens on, each at one address; null: one port at all addresses.</param>
    public static async Task<Nginx> StartAsync(Workshop workshop, KeyKind key, string tls, CancellationToken cancellation, string? certificate = null, int? ports = null)
    {
        var (pki, free) = (workshop.Pki(key), Workshop.FreePorts(ports ?? 1));
        var port = free[0];
        var listens = new StringBuilder();
        foreach (var each in free)
        {
            for (var i = 0; i < (ports is null ? Addresses : 1); i++) listens.AppendLine($"    listen {Address(i)}:{each} ssl;");
        }

        var configuration = workshop.Write("nginx.conf", $$"""
            daemon off;
            master_process off;
            pid {{workshop.Directory}}/nginx-{{port}}.pid;
            error_log stderr error;
            worker_rlimit_nofile 8192;
            events { worker_connections 4096; }
            http {
              access_log off;
              client_body_temp_path {{workshop.Directory}}/nginx-body;
              proxy_temp_path {{workshop.Directory}}/nginx-proxy;
              fastcgi_temp_path {{workshop.Directory}}/nginx-fastcgi;
              uwsgi_temp_path {{workshop.Directory}}/nginx-uwsgi;
              scgi_temp_path {{workshop.Directory}}/nginx-scgi;
              server {
            {{listens}}
                server_name {{Pki.ServerName}};
                ssl_certificate {{certificate ?? pki.ServerCertificate}};
                ssl_certificate_key {{pki.ServerKey}};
                ssl_client_certificate {{pki.Root}};
                ssl_verify_client on;
                ssl_verify_depth 3;
                ssl_protocols TLSv{{tls}};
                default_type text/plain;
                location / { return 200 "ok\n"; }
              }
            }
            """);
        var process = new Child(workshop.ServerCore, "nginx", ["-c", configuration, "-e", "stderr", "-p", workshop.Directory]).Drain();
        var nginx = new Nginx(process, free);
        while (!await AnswersAsync(port, cancellation).ConfigureAwait(false))
        {
            process.ThrowIfEnded();
            await Task.Delay(20, cancellation).ConfigureAwait(false);
        }

        return nginx;
    }

    /// <summary>The address of the i-th target; they are used in turn.</summary>
    public static string Address(int i) => $"127.0.1.{(i % Addresses) + 1}";

    /// <summary>Address and port of the i-th target, if it listens on several ports; they are used in turn.</summary>
    public string PlaceOf(int i) => $"{Address(0)}:{_ports[i % _ports.Count]}";

    public void Dispose() => _process.Dispose();

    private static async Task<bool> AnswersAsync(int port, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(Address(0)), port, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

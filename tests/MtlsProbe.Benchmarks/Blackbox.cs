namespace MtlsProbe.Benchmarks;

/// <summary>prometheus-blackbox-exporter with its <c>http</c> module and the same client certificate, driven as Prometheus would.</summary>
internal sealed class Blackbox : IDisposable
{
    private readonly Child _process;
    private readonly HttpClient _http;

    private Blackbox(Child process, int port)
    {
        _process = process;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public static async Task<Blackbox> StartAsync(Workshop workshop, Pki pki, CancellationToken cancellation)
    {
        var port = Workshop.FreePort();
        var configuration = workshop.Write("blackbox.yml", $$"""
            modules:
              mtls:
                prober: http
                timeout: 5s
                http:
                  fail_if_not_ssl: true
                  preferred_ip_protocol: ip4
                  tls_config:
                    ca_file: {{pki.Root}}
                    cert_file: {{pki.ClientCertificate}}
                    key_file: {{pki.ClientKey}}
                    server_name: {{Pki.ServerName}}
            """);
        string[] arguments = [$"--config.file={configuration}", $"--web.listen-address=127.0.0.1:{port}", "--log.level=error"];
        var process = new Child(workshop.ProberCore, "prometheus-blackbox-exporter", arguments).Drain();
        var exporter = new Blackbox(process, port);
        while (true)
        {
            try
            {
                await exporter._http.GetStringAsync(new Uri("/-/healthy", UriKind.Relative), cancellation).ConfigureAwait(false);
                return exporter;
            }
            catch (HttpRequestException)
            {
                process.ThrowIfEnded();
                await Task.Delay(10, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <returns>CPU seconds of the exporter per probe.</returns>
    public async Task<double> RunAsync(int port, int count, int rate, CancellationToken cancellation)
    {
        var before = ProcFile.CpuSeconds(_process.Pid);
        var probes = new List<Task>(count);
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (var (start, sent) = (DateTime.UtcNow, 0); sent < count; await ticks.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
        {
            for (var due = (DateTime.UtcNow - start).TotalSeconds * rate; sent < count && sent < due; sent++)
                probes.Add(ProbeAsync(Nginx.Address(sent), port, cancellation));
        }

        await Task.WhenAll(probes).ConfigureAwait(false);
        return (ProcFile.CpuSeconds(_process.Pid) - before) / count;
    }

    public void Dispose()
    {
        _http.Dispose();
        _process.Dispose();
    }

    private async Task ProbeAsync(string address, int port, CancellationToken cancellation)
    {
        var probe = new Uri($"/probe?module=mtls&target=https://{address}:{port}/", UriKind.Relative);
        var answer = await _http.GetStringAsync(probe, cancellation).ConfigureAwait(false);
        if (!answer.Contains("\nprobe_success 1\n", StringComparison.Ordinal)) throw _process.Complaint("a probe of blackbox_exporter failed");
    }
}

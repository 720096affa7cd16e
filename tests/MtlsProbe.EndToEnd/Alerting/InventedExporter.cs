using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>The metrics of an exporter with many targets, without the servers and the handshakes: each scrape is a round of probes.</summary>
internal sealed class InventedExporter : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Dictionary<string, Target> _targets = [];
    private readonly Lock _lock = new();

    private InventedExporter()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, Port));
        _application = builder.Build();
        _application.MapGet("/metrics", () => Results.Text(Scrape(), "text/plain; version=0.0.4"));
    }

    public int Port { get; } = Ports.Free();

    /// <param name="targets">The identity of each target; all are accepted at first.</param>
    public static async Task<InventedExporter> Start(IEnumerable<(string Target, string Identity)> targets)
    {
        var exporter = new InventedExporter();
        foreach (var (target, identity) in targets) exporter._targets[target] = new Target(identity);
        await exporter._application.StartAsync();
        return exporter;
    }

    /// <summary>From now on, these refuse the credential, for this reason.</summary>
    public void Refuse(string reason, params IEnumerable<string> targets) => Change(targets, target => target.Refusal = reason);

    /// <summary>From now on, these accept the credential.</summary>
    public void Accept(params IEnumerable<string> targets) => Change(targets, target => target.Refusal = null);

    /// <summary>From now on, these present a certificate that expired a minute ago.</summary>
    public void Expire(params IEnumerable<string> targets) => Change(targets, target => target.NotAfter = DateTimeOffset.UtcNow.AddMinutes(-1));

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private void Change(IEnumerable<string> targets, Action<Target> change)
    {
        lock (_lock)
        {
            foreach (var target in targets) change(_targets[target]);
        }
    }

    private string Scrape()
    {
        var text = new StringBuilder("mtlsprobe_build_info{version=\"0\"} 1\n");
        lock (_lock)
        {
            foreach (var (name, target) in _targets) target.Write(text, name);
        }

        return text.ToString();
    }

    private sealed class Target(string identity)
    {
        private int _accepted;
        private int _rejected;

        public string? Refusal { get; set; }

        public DateTimeOffset NotAfter { get; set; } = DateTimeOffset.UtcNow.AddDays(60);

        public void Write(StringBuilder text, string name)
        {
            if (Refusal is null) _accepted++;
            else _rejected++;
            var server = $"target=\"{name}\",address=\"{name}:443\"";
            var handshake = $"{server},identity=\"{identity}\",slot=\"current\"";
            Add($"mtlsprobe_target_info{{target=\"{name}\",server_name=\"{name}\",protocol=\"https\",identity=\"{identity}\",trust=\"internal\"}}", 1);
            Add($"mtlsprobe_success{{{handshake}}}", Refusal is null ? 1 : 0);
            if (Refusal is not null) Add($"mtlsprobe_failure_info{{{handshake},class=\"client_certificate\",reason=\"{Refusal}\",alert=\"\"}}", 1);
            Add($"mtlsprobe_handshakes_total{{{handshake},outcome=\"accepted\"}}", _accepted);
            Add($"mtlsprobe_handshakes_total{{{handshake},outcome=\"rejected\"}}", _rejected);
            Add($"mtlsprobe_server_certificate_not_before_timestamp_seconds{{{server},position=\"leaf\"}}", NotAfter.AddDays(-90).ToUnixTimeSeconds());
            Add($"mtlsprobe_server_certificate_not_after_timestamp_seconds{{{server},position=\"leaf\"}}", NotAfter.ToUnixTimeSeconds());

            void Add(string series, long value) => text.Append(CultureInfo.InvariantCulture, $"{series} {value}\n");
        }
    }
}

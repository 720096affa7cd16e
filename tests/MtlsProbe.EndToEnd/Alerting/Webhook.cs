using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>What Alertmanager notifies: it keeps all that comes, in order.</summary>
internal sealed class Webhook : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Delivery> _deliveries = [];
    private readonly WebApplication _application;

    private Webhook(WebApplication application) => _application = application;

    public int Port => new Uri(_application.Urls.Single()).Port;

    /// <summary>So far: one for each alert of each notification.</summary>
    public IReadOnlyList<Delivery> Deliveries
    {
        get { lock (_gate) return [.. _deliveries]; }
    }

    /// <summary>Waits until something like this has come.</summary>
    public async Task Has(string what, Func<Delivery, bool> condition)
    {
        using var deadline = new CancellationTokenSource(AlertingRun.Patience);
        while (!Deliveries.Any(condition))
        {
            if (deadline.IsCancellationRequested) throw new TimeoutException($"not notified: {what}\n{string.Join('\n', Deliveries)}");
            await Task.Delay(100);
        }
    }

    public static async Task<Webhook> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        var webhook = new Webhook(builder.Build());
        webhook._application.MapPost("/{**path}", webhook.Take);
        await webhook._application.StartAsync();
        return webhook;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task Take(HttpRequest request)
    {
        using var message = await JsonDocument.ParseAsync(request.Body);
        var receiver = message.RootElement.GetProperty("receiver").GetString()!;
        lock (_gate)
        {
            foreach (var alert in message.RootElement.GetProperty("alerts").EnumerateArray())
                _deliveries.Add(new Delivery(DateTimeOffset.UtcNow, receiver, alert.GetProperty("status").GetString() == "firing", Alert.Of(alert)));
        }
    }
}

/// <summary>An alert in a notification.</summary>
/// <param name="At">When it came.</param>
/// <param name="Receiver">By its name in Alertmanager's configuration.</param>
/// <param name="Firing">False: it is resolved.</param>
internal sealed record Delivery(DateTimeOffset At, string Receiver, bool Firing, Alert Alert)
{
    /// <summary>Whether it is this alert, by name and severity, of this case.</summary>
    public bool Is(Case @case, string alert) => $"{Alert.Name} {Alert.Severity}" == alert && @case.Concerns(Alert);

    public override string ToString() => $"{At:HH:mm:ss} {Receiver} {(Firing ? "firing" : "resolved")} {Alert}";
}

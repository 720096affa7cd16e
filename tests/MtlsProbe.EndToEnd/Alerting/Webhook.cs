using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>The address to which Alertmanager delivers: each receiver of the example has its own path.</summary>
internal sealed class Webhook : IAsyncDisposable
{
    private readonly WebApplication _application;
    private ImmutableList<Delivery> _deliveries = [];
    private int _notifications;

    private Webhook()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, Port));
        _application = builder.Build();
        _application.MapPost("/{receiver}", Take);
    }

    public int Port { get; } = Ports.Free();

    /// <summary>All deliveries, in order.</summary>
    public ImmutableList<Delivery> Deliveries => Volatile.Read(ref _deliveries);

    public static async Task<Webhook> Start()
    {
        var webhook = new Webhook();
        await webhook._application.StartAsync();
        return webhook;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task Take(string receiver, HttpRequest request)
    {
        using var message = await JsonDocument.ParseAsync(request.Body);
        var notification = Interlocked.Increment(ref _notifications);
        foreach (var alert in message.RootElement.GetProperty("alerts").EnumerateArray())
        {
            var delivery = new Delivery(receiver, alert.GetProperty("status").GetString() == "firing", SentAlert.Read(alert), notification);
            ImmutableInterlocked.Update(ref _deliveries, (all, one) => all.Add(one), delivery);
        }
    }
}

/// <summary>One alert of one notification.</summary>
/// <param name="Receiver">The name in the Alertmanager configuration.</param>
/// <param name="Firing">False: it is resolved.</param>
/// <param name="Notification">The number of the notification; its alerts share it.</param>
internal sealed record Delivery(string Receiver, bool Firing, SentAlert Alert, int Notification)
{
    public Told What => new(Receiver, Alert.Name, Alert.Subject);
}

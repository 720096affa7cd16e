using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting.Systemd;
using MtlsProbe.Loops;

namespace MtlsProbe.Cli;

/// <summary>
/// Reports the state of a serving process to the service manager that started it, with the protocol of sd_notify(3). Silent if no manager asks
/// for reports.
/// </summary>
/// <param name="environment">The variables that the manager sets.</param>
internal sealed class ServiceManager(ISystemdNotifier notifier, TimeProvider time, Func<string, string?> environment)
{
    /// <summary>The longest time between two reports, so the status is never much older.</summary>
    private static readonly TimeSpan s_longestPeriod = TimeSpan.FromSeconds(30);

    /// <summary>Reports that the process serves, then repeats that it is alive, with its status, until <paramref name="stop"/>; then reports that it stops.</summary>
    /// <param name="status">One line for people.</param>
    /// <param name="failed">Called with an unexpected exception; reporting goes on.</param>
    public async Task ReportAsync(Func<string> status, Action<Exception> failed, CancellationToken stop)
    {
        if (!notifier.IsEnabled) return;
        Send($"READY=1\nSTATUS={status()}");
        await new Loop("service_manager", time).RunAsync(KeepAlive, Period(), failed, stop).ConfigureAwait(false);
        Send("STOPPING=1");

        Task KeepAlive()
        {
            Send($"WATCHDOG=1\nSTATUS={status()}");
            return Task.CompletedTask;
        }
    }

    /// <summary>Reports the start and the end of a reload.</summary>
    public async Task ReloadAsync(Func<Task> reload, Func<string> status)
    {
        Send(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={time.GetElapsedTime(0).Ticks / TimeSpan.TicksPerMicrosecond}"));
        await reload().ConfigureAwait(false);
        Send($"READY=1\nSTATUS={status()}");
    }

    /// <summary>At most half of the time within which the manager expects a keep-alive message.</summary>
    private TimeSpan Period()
    {
        var isForThisProcess = environment("WATCHDOG_PID") is not { } pid || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return isForThisProcess && uint.TryParse(environment("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds / 2 is > 1000 and var half
            ? TimeSpan.FromMicroseconds(Math.Min(half, s_longestPeriod.TotalMicroseconds))
            : s_longestPeriod;
    }

    private void Send(string state)
    {
        if (!notifier.IsEnabled) return;
        try
        {
            notifier.Notify(new ServiceState(state));
        }
        catch (SocketException)
        {
            // The manager is restarting or overloaded. Probing continues.
        }
    }
}

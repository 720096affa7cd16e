using System.Buffers;
using System.Text;
using MtlsProbe.Metrics;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Metrics;

/// <summary>To the byte, what a scrape looks like.</summary>
public sealed class GoldenTest
{
    private const string H = @"target=""payments"",team=""money"",address=""payments.internal:8443"",identity=""checkout"",slot=""current""";

    private static readonly Target Payments = Samples.Target("payments", new Label("team", "money"));

    [Fact]
    public void One_refused_probe_in_text_format_0_0_4()
    {
        var expected = """
            # HELP mtlsprobe_success Whether the last probe succeeded: the server accepted the credential, its chain is valid and every expectation holds
            # TYPE mtlsprobe_success gauge
            mtlsprobe_success{H} 0
            # HELP mtlsprobe_failure_info Why the last probe did not succeed, and the alert that the server sent; 1 while that lasts
            # TYPE mtlsprobe_failure_info gauge
            mtlsprobe_failure_info{H,class="network",reason="connection_refused",alert=""} 1
            # HELP mtlsprobe_phase_duration_seconds How long each phase of the last probe took; absent for phases that were not reached
            # TYPE mtlsprobe_phase_duration_seconds gauge
            mtlsprobe_phase_duration_seconds{H,phase="dns"} 0.001
            # HELP mtlsprobe_last_probe_timestamp_seconds When the last probe that has ended began, in Unix time
            # TYPE mtlsprobe_last_probe_timestamp_seconds gauge
            mtlsprobe_last_probe_timestamp_seconds{H} 1795197600.125

            """.Replace("{H", "{" + H, StringComparison.Ordinal);

        Assert.Equal(expected, Written(ExpositionFormat.Text, (state, format, output) => Exposition.WriteProbe([state], [], format, output), Samples.State(Payments, Samples.Refused(Payments))));
    }

    [Fact]
    public void An_idle_prober_in_OpenMetrics()
    {
        var idle = Samples.Snapshot() with { Credentials = [], Trusts = [] };

        Assert.Equal(
            """
            # HELP mtlsprobe_handshake_duration_seconds Durations of the TLS handshakes that were completed, with all targets
            # TYPE mtlsprobe_handshake_duration_seconds histogram
            # UNIT mtlsprobe_handshake_duration_seconds seconds
            mtlsprobe_handshake_duration_seconds_bucket{le="0.005"} 3
            mtlsprobe_handshake_duration_seconds_bucket{le="0.1"} 5
            mtlsprobe_handshake_duration_seconds_bucket{le="1.0"} 5
            mtlsprobe_handshake_duration_seconds_bucket{le="+Inf"} 6
            mtlsprobe_handshake_duration_seconds_sum 4.25
            mtlsprobe_handshake_duration_seconds_count 6
            # HELP mtlsprobe_config_last_reload_successful Whether the last attempt to load the configuration succeeded
            # TYPE mtlsprobe_config_last_reload_successful gauge
            mtlsprobe_config_last_reload_successful 1
            # HELP mtlsprobe_config_last_reload_success_timestamp_seconds When the configuration was last loaded successfully, in Unix time
            # TYPE mtlsprobe_config_last_reload_success_timestamp_seconds gauge
            # UNIT mtlsprobe_config_last_reload_success_timestamp_seconds seconds
            mtlsprobe_config_last_reload_success_timestamp_seconds 1795197600.125
            # HELP mtlsprobe_probes_in_flight Probes that are running now
            # TYPE mtlsprobe_probes_in_flight gauge
            mtlsprobe_probes_in_flight 2
            # HELP mtlsprobe_probes_skipped Probes that were not started because the one before was still running
            # TYPE mtlsprobe_probes_skipped counter
            mtlsprobe_probes_skipped_total 7
            # HELP mtlsprobe_schedule_lag_seconds How much later than planned probes were started
            # TYPE mtlsprobe_schedule_lag_seconds histogram
            # UNIT mtlsprobe_schedule_lag_seconds seconds
            mtlsprobe_schedule_lag_seconds_bucket{le="0.01"} 5
            mtlsprobe_schedule_lag_seconds_bucket{le="10.0"} 5
            mtlsprobe_schedule_lag_seconds_bucket{le="+Inf"} 5
            mtlsprobe_schedule_lag_seconds_sum 0.015
            mtlsprobe_schedule_lag_seconds_count 5
            # HELP mtlsprobe_event_delay_seconds How long events of the network waited until this process handled them
            # TYPE mtlsprobe_event_delay_seconds histogram
            # UNIT mtlsprobe_event_delay_seconds seconds
            mtlsprobe_event_delay_seconds_bucket{le="0.01"} 8
            mtlsprobe_event_delay_seconds_bucket{le="0.25"} 9
            mtlsprobe_event_delay_seconds_bucket{le="+Inf"} 9
            mtlsprobe_event_delay_seconds_sum 0.125
            mtlsprobe_event_delay_seconds_count 9
            # HELP mtlsprobe_build_info What is running, always 1
            # TYPE mtlsprobe_build_info gauge
            mtlsprobe_build_info{version="0.1.0",revision="0123abcd",runtime="10.0.12",openssl="3.0.18"} 1
            # HELP process_cpu_seconds Total user and system CPU time spent in seconds
            # TYPE process_cpu_seconds counter
            # UNIT process_cpu_seconds seconds
            process_cpu_seconds_total 1.5
            # HELP process_resident_memory_bytes Resident memory size in bytes
            # TYPE process_resident_memory_bytes gauge
            # UNIT process_resident_memory_bytes bytes
            process_resident_memory_bytes 50000000
            # HELP process_virtual_memory_bytes Virtual memory size in bytes
            # TYPE process_virtual_memory_bytes gauge
            # UNIT process_virtual_memory_bytes bytes
            process_virtual_memory_bytes 260000000000
            # HELP process_start_time_seconds Start time of the process since unix epoch in seconds
            # TYPE process_start_time_seconds gauge
            # UNIT process_start_time_seconds seconds
            process_start_time_seconds 1795197600.125
            # HELP process_open_fds Number of open file descriptors
            # TYPE process_open_fds gauge
            process_open_fds 40
            # HELP process_max_fds Maximum number of open file descriptors
            # TYPE process_max_fds gauge
            process_max_fds 1024
            # HELP process_threads Number of OS threads in the process
            # TYPE process_threads gauge
            process_threads 12
            # EOF

            """,
            Written(ExpositionFormat.OpenMetrics, Exposition.Write, idle));
    }

    private static string Written<T>(ExpositionFormat format, Action<T, ExpositionFormat, IBufferWriter<byte>> write, T what)
    {
        var output = new ArrayBufferWriter<byte>();
        write(what, format, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}

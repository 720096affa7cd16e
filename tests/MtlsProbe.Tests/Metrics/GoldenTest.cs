using System.Buffers;
using System.Text;
using MtlsProbe.Metrics;
using MtlsProbe.Model;
using Prometheus;
using ExpositionFormat = MtlsProbe.Metrics.ExpositionFormat;

namespace MtlsProbe.Tests.Metrics;

/// <summary>The exact bytes of a scrape.</summary>
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
            # HELP mtlsprobe_failure_info Why the last probe did not succeed, and the alert that the server sent; always 1, present while the failure lasts
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
            # HELP mtlsprobe_config_last_reload_successful Whether the last attempt to load the configuration succeeded
            # TYPE mtlsprobe_config_last_reload_successful gauge
            mtlsprobe_config_last_reload_successful 1
            # HELP mtlsprobe_config_last_reload_success_timestamp_seconds When the configuration was last loaded successfully, in Unix time
            # TYPE mtlsprobe_config_last_reload_success_timestamp_seconds gauge
            # UNIT mtlsprobe_config_last_reload_success_timestamp_seconds seconds
            mtlsprobe_config_last_reload_success_timestamp_seconds 1795197600.125
            # HELP mtlsprobe_build_info What is running, always 1
            # TYPE mtlsprobe_build_info gauge
            mtlsprobe_build_info{version="0.1.0",revision="0123abcd",runtime="10.0.12",openssl="3.0.18"} 1
            # EOF

            """,
            Written(ExpositionFormat.OpenMetrics, Exposition.Write, idle));
    }

    [Theory]
    [InlineData("Text")]
    [InlineData("OpenMetrics")]
    public void A_fleet_of_which_there_is_something_to_tell_of_everything(string format)
    {
        var expected = Path.Combine(Repository.Root, "tests", "MtlsProbe.Tests", "Metrics", "Golden", $"fleet.{format}.txt");
        var written = Written(Enum.Parse<ExpositionFormat>(format), Exposition.Write, Fleet());
        Assert.Equal(File.ReadAllText(expected), written);
    }

    [Fact]
    public async Task What_the_process_counts_in_text_format_0_0_4() => Assert.Equal(
        """
        # HELP mtlsprobe_probes_in_flight Probes that are running now
        # TYPE mtlsprobe_probes_in_flight gauge
        mtlsprobe_probes_in_flight 2
        # HELP mtlsprobe_probes_skipped_total Probes that were not started because the previous one was still running
        # TYPE mtlsprobe_probes_skipped_total counter
        mtlsprobe_probes_skipped_total 7
        # HELP mtlsprobe_schedule_lag_seconds How much later than planned probes were started
        # TYPE mtlsprobe_schedule_lag_seconds histogram
        mtlsprobe_schedule_lag_seconds_sum 0.75
        mtlsprobe_schedule_lag_seconds_count 2
        mtlsprobe_schedule_lag_seconds_bucket{le="0.01"} 0
        mtlsprobe_schedule_lag_seconds_bucket{le="10.0"} 2
        mtlsprobe_schedule_lag_seconds_bucket{le="+Inf"} 2
        # HELP mtlsprobe_http_requests_total HTTP requests that were answered, by path and status
        # TYPE mtlsprobe_http_requests_total counter
        mtlsprobe_http_requests_total{path="/metrics",code="200"} 1

        """,
        (await ReadExposition.OfAsync(Counted())).Text);

    [Fact]
    public async Task What_the_process_counts_in_OpenMetrics() => Assert.Equal(
        """
        # HELP mtlsprobe_probes_in_flight Probes that are running now
        # TYPE mtlsprobe_probes_in_flight gauge
        mtlsprobe_probes_in_flight 2.0
        # HELP mtlsprobe_probes_skipped Probes that were not started because the previous one was still running
        # TYPE mtlsprobe_probes_skipped counter
        mtlsprobe_probes_skipped_total 7.0
        # HELP mtlsprobe_schedule_lag_seconds How much later than planned probes were started
        # TYPE mtlsprobe_schedule_lag_seconds histogram
        # UNIT mtlsprobe_schedule_lag_seconds seconds
        mtlsprobe_schedule_lag_seconds_sum 0.75
        mtlsprobe_schedule_lag_seconds_count 2
        mtlsprobe_schedule_lag_seconds_bucket{le="0.01"} 0
        mtlsprobe_schedule_lag_seconds_bucket{le="10.0"} 2
        mtlsprobe_schedule_lag_seconds_bucket{le="+Inf"} 2
        # HELP mtlsprobe_http_requests HTTP requests that were answered, by path and status
        # TYPE mtlsprobe_http_requests counter
        mtlsprobe_http_requests_total{path="/metrics",code="200"} 1.0
        # EOF

        """,
        (await ReadExposition.OfAsync(Counted(), ExpositionFormat.OpenMetrics)).Text);

    /// <summary>Everything that there is, and durations and times of every length, names that have to be escaped, chains that end.</summary>
    private static FleetSnapshot Fleet()
    {
        var everything = Samples.Everything();
        var numbers = new Random(1);
        List<HandshakeState> handshakes = [.. everything.Handshakes];
        for (var i = 0; i < 8; i++)
        {
            var target = Samples.Target($"t{i}", new Label("path", $"C:\\{i} \"ü\"\n")) with { Interval = TimeSpan.FromSeconds(numbers.NextDouble() * 100) };
            var accepted = Samples.Accepted(target) with
            {
                At = Samples.Now.AddMilliseconds(numbers.Next(0, 100_000)),
                Timings = new Timings { Dns = numbers.NextDouble() / 1e6, Connect = Math.Round(numbers.NextDouble() / 1e3, 6), Handshake = numbers.NextDouble(), Confirm = 0, Application = numbers.Next(10), Total = 1e-5 * i },
                ServerCertificates = [Samples.Certificate($"leaf-{i}", numbers.Next(-20, 60)), Samples.Certificate("Issuing", numbers.Next(-20, 60)), Samples.Certificate("Other", numbers.Next(-20, 60))],
            };
            handshakes.Add(Samples.State(target, [.. Enumerable.Repeat(accepted, i)]));
        }

        return everything with { At = Samples.Now, Targets = [.. handshakes.Select(handshake => handshake.Target)], Handshakes = handshakes, Servers = [.. everything.Servers.Take(2), .. Samples.Servers([.. handshakes.Skip(everything.Handshakes.Count)])] };
    }

    private static CollectorRegistry Counted()
    {
        var registry = Prometheus.Metrics.NewCustomRegistry();
        var factory = Prometheus.Metrics.WithCustomRegistry(registry);
        factory.Gauge(Catalog.InFlight).Set(2);
        factory.Counter(Catalog.Skipped).Inc(7);
        var lag = factory.Histogram(Catalog.ScheduleLag, 0.01, 10);
        lag.Observe(0.5);
        lag.Observe(0.25);
        factory.Counter(Catalog.HttpRequests).WithLabels("/metrics", "200").Inc();
        return registry;
    }

    private static string Written<T>(ExpositionFormat format, Action<T, ExpositionFormat, IBufferWriter<byte>> write, T what)
    {
        var output = new ArrayBufferWriter<byte>();
        write(what, format, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}

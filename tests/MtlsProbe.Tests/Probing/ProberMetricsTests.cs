using MtlsProbe.Metrics;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Probing;

public sealed class ProberMetricsTests
{
    [Fact]
    public async Task The_figures_of_the_process_are_those_of_the_system()
    {
        var counted = await ReadExposition.OfAsync(new ProberMetrics().Registry);

        Assert.InRange(Of("process_open_fds"), 1, Of("process_max_fds"));
        Assert.True(Of("process_cpu_seconds_total") > 0);
        Assert.True(Of("process_resident_memory_bytes") > 1024 * 1024);
        Assert.True(Of("process_virtual_memory_bytes") >= Of("process_resident_memory_bytes"));
        Assert.True(Of("process_threads") > 1);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Assert.InRange(Of("process_start_time_seconds"), now - (6 * 3600), now + 1);

        double Of(string name) => counted.Series[name + "{}"];
    }

    [Fact]
    public async Task The_figures_of_the_runtime_change_with_its_work()
    {
        var metrics = new ProberMetrics();
        var before = await ReadExposition.OfAsync(metrics.Registry);
        var kept = new byte[1024 * 1024];
        GC.Collect();
        GC.KeepAlive(kept);
        var after = await ReadExposition.OfAsync(metrics.Registry);

        Assert.True(Grown("dotnet_gc_collections_total{generation=\"2\"}") >= 1);
        Assert.True(Grown("dotnet_gc_allocated_bytes_total{}") >= kept.Length);
        Assert.True(Grown("dotnet_gc_pause_seconds_total{}") > 0);
        Assert.True(after.Series["dotnet_gc_heap_size_bytes{}"] >= kept.Length);
        Assert.True(after.Series["dotnet_thread_pool_threads{}"] >= 1);
        Assert.True(after.Series["dotnet_thread_pool_completed_work_items_total{}"] >= 1);

        double Grown(string series) => after.Series[series] - before.Series[series];
    }

    [Fact]
    public async Task Two_of_them_in_one_process_are_independent()
    {
        var (one, other) = (new ProberMetrics(), new ProberMetrics());
        one.Skipped.Inc();
        one.HttpRequests.WithLabels("/metrics", "200").Inc();

        var counted = await ReadExposition.OfAsync(other.Registry);
        Assert.Equal(0, counted.Series["mtlsprobe_probes_skipped_total{}"]);
        Assert.Empty(counted.Of("mtlsprobe_http_requests_total"));
    }

    [Fact]
    public async Task Parallel_scrapes_while_probes_are_counted_are_complete_and_nothing_is_lost()
    {
        const int each = 2000;
        var metrics = new ProberMetrics();
        var counting = Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
            {
                metrics.ScheduleLag.Observe(0.004);
                metrics.HttpRequests.WithLabels($"/{worker}/{i % 10}", "200").Inc();
            }
        }));
        var scraping = Enumerable.Range(0, 4).Select(scraper => Task.Run(async () =>
        {
            // Reading fails on a duplicate series and on every broken line.
            for (var i = 0; i < 25; i++) await ReadExposition.OfAsync(metrics.Registry, (ExpositionFormat)(i % 2));
        }));
        await Task.WhenAll(counting.Concat(scraping));

        var counted = await ReadExposition.OfAsync(metrics.Registry);
        Assert.Equal(4 * each, counted.Series["mtlsprobe_schedule_lag_seconds_count{}"]);
        Assert.Equal(4 * each, counted.Series["mtlsprobe_schedule_lag_seconds_bucket{le=\"0.005\"}"]);
        Assert.Equal(4 * each, counted.Of("mtlsprobe_http_requests_total").Sum(sample => sample.Value));
    }
}

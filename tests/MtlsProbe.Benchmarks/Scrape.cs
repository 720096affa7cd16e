using System.Globalization;
using System.Text;

namespace MtlsProbe.Benchmarks;

/// <summary>The samples of a /metrics answer that the benchmarks need.</summary>
internal sealed class Scrape(IReadOnlyList<(string Series, double Value)> samples)
{
    public static Scrape Parse(byte[] text)
    {
        var samples = new List<(string, double)>();
        foreach (var line in Encoding.UTF8.GetString(text).Split('\n'))
        {
            var space = line.LastIndexOf(' ');
            if (space > 0 && line[0] != '#') samples.Add((line[..space], double.Parse(line[(space + 1)..], CultureInfo.InvariantCulture)));
        }

        return new Scrape(samples);
    }

    public int Samples => samples.Count;

    public double Accepted => Sum("mtlsprobe_handshakes_total{", "outcome=\"accepted\"");

    public double Probes => Sum("mtlsprobe_handshakes_total{");

    public double InFlight => Sum("mtlsprobe_probes_in_flight");

    public double Skipped => Sum("mtlsprobe_probes_skipped_total");

    /// <summary>The bytes that are kept of what servers presented.</summary>
    public double PeerMemory => Sum("mtlsprobe_peer_memory_bytes");

    /// <summary>For one list: whether it is read, signed and valid.</summary>
    public double CrlLoaded => Sum("mtlsprobe_crl_loaded{", "issuer=\"CN=");

    /// <summary>For one list.</summary>
    public double CrlThisUpdate => Sum("mtlsprobe_crl_this_update_timestamp_seconds{");

    /// <summary>The samples of one target.</summary>
    public Scrape Of(string target) => new([.. samples.Where(sample => sample.Series.Contains($"target=\"{target}\"", StringComparison.Ordinal))]);

    /// <summary>Those without this text.</summary>
    public Scrape Without(string part) => new([.. samples.Where(sample => !sample.Series.Contains(part, StringComparison.Ordinal))]);

    /// <summary>
    /// The lateness, in seconds, that this share of the starts since an earlier scrape did not exceed, interpolated within its bucket as Prometheus'
    /// histogram_quantile does.
    /// </summary>
    public double LagOf(Scrape before, double share)
    {
        const string Bucket = "mtlsprobe_schedule_lag_seconds_bucket{";
        var buckets = samples.Where(sample => sample.Series.StartsWith(Bucket, StringComparison.Ordinal))
            .Select(sample => sample.Series[(sample.Series.IndexOf("le=\"", StringComparison.Ordinal) + 4)..^2])
            .Select(bound => (Bound: bound == "+Inf" ? double.PositiveInfinity : double.Parse(bound, CultureInfo.InvariantCulture), Count: LagAtMost(bound) - before.LagAtMost(bound)))
            .OrderBy(bucket => bucket.Bound).ToList();
        var wanted = share * buckets[^1].Count;
        var (from, below) = (0.0, 0.0);
        foreach (var (bound, count) in buckets)
        {
            if (count >= wanted && count > below) return double.IsInfinity(bound) ? from : from + ((bound - from) * (wanted - below) / (count - below));
            (from, below) = (bound, count);
        }

        return 0;
    }

    /// <summary>Starts that were at most this late.</summary>
    public double LagAtMost(string bound) => Sum("mtlsprobe_schedule_lag_seconds_bucket{", $"le=\"{bound}\"");

    /// <summary>The sum of the series with this start that contain this part.</summary>
    private double Sum(string start, string part = "") => samples
        .Where(sample => sample.Series.StartsWith(start, StringComparison.Ordinal) && sample.Series.Contains(part, StringComparison.Ordinal))
        .Sum(sample => sample.Value);
}

using System.Diagnostics;
using System.IO.Pipelines;
using MtlsProbe.Certificates;
using MtlsProbe.Forecast;
using MtlsProbe.Handshake;
using MtlsProbe.Metrics;
using MtlsProbe.Minting;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;
using ExpositionFormat = MtlsProbe.Metrics.ExpositionFormat;

namespace MtlsProbe.Benchmarks;

/// <summary>
/// The cost of a forecast for 10,000 handshakes, and what its metric adds to a scrape. Every server has its own leaf and sends two intermediates.
/// </summary>
internal sealed class ForecastCost : IBenchmark
{
    private const int Handshakes = 10_000;

    private const int Rounds = 15;

    /// <summary>The share is small, and the machine's noise is not: the best of many counts.</summary>
    private const int Scrapes = 60;

    private static readonly DateTimeOffset s_now = TestTemplate.Now;

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var root = TestCertificate.SelfSigned(TestTemplate.Authority("Root"));
        var above = root.Issue(TestTemplate.Authority("Above"));
        var issuer = above.Issue(TestTemplate.Authority("Issuer"));
        var client = issuer.Issue(TestTemplate.Client("checkout"));
        var template = TestTemplate.Server("server.test") with { Key = TestKeyKind.EcP256.Create() };
        ValueList<Certificate> sent = [client.Certificate, issuer.Certificate, above.Certificate];
        var bundle = new TrustBundle("ours", [root.Certificate]);
        List<ProbeResult> results =
        [
            .. Enumerable.Range(0, Handshakes).Select(i => new ProbeResult
            {
                Target = $"target-{i}", Address = $"target-{i}.internal:8443", Identity = "checkout", Slot = Slot.Current, Expect = Expectation.Accept,
                At = s_now, Outcome = Outcome.Accepted, Success = true, Tls = new TlsFacts("1.3", "TLS_AES_256_GCM_SHA384", "http/1.1"), Chain = new ChainVerdict(),
                ServerCertificates = [issuer.Issue(template with { NotAfter = s_now.AddDays(1 + (i % 600)) }).Certificate, issuer.Certificate, above.Certificate],
                ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = client.Certificate, AcceptableIssuers = ["CN=Root"], IssuerAcceptable = true },
                Timings = new Timings { Dns = 0.001, Connect = 0.001, Handshake = 0.004, Confirm = 0.01, Application = 0.002, Total = 0.018 },
            }),
        ];

        var table = new Table($"{Handshakes} handshakes", "ms, median", "ms, worst");
        var judge = new ChainJudge();
        var forecaster = new Forecaster(judge);
        var cold = Stopwatch.GetTimestamp();
        List<ProbeResult> told = [.. results.Select(result => result with { Outlook = forecaster.Of(result, sent, bundle, [bundle]) })];
        var first = Stopwatch.GetElapsedTime(cold).TotalMilliseconds;
        table.Add("what each rests on, every signature checked for the first time", Table.Number(first, "0"), "");
        Add("what each rests on, again", () => results.ForEach(result => forecaster.Of(result, sent, bundle, [bundle])));
        List<ForecastHandshake> fleet = [.. told.Select(result => new ForecastHandshake(Key(result), result))];
        Add("the forecast of two years", () => ForecastReport.Of(fleet, ForecastSources.Of([], [], []), s_now, s_now.AddDays(730), 20));
        var removal = new Removal(judge, above.Certificate, [bundle]);
        Add("the forecast without an intermediate", () => told.ForEach(result => removal.Of(Key(result), Target(result), result, sent, bundle)));
        table.Print("A forecast");

        var (with, without) = (Snapshot(told), Snapshot(results));
        var labels = SeriesLabels.Of(with);
        List<double> whole = [], less = [];
        for (var i = 0; i < Scrapes; i++)
        {
            whole.Add(await ScrapeAsync(with).ConfigureAwait(false));
            less.Add(await ScrapeAsync(without).ConfigureAwait(false));
        }

        var scrape = new Table("a scrape in this process", "ms, best of 60");
        scrape.Add("with mtlsprobe_breaks_at_timestamp_seconds", Table.Number(whole.Min(), "0.0"));
        scrape.Add("without", Table.Number(less.Min(), "0.0"));
        scrape.Add("its share", Table.Number((whole.Min() - less.Min()) / whole.Min(), "0.0%"));
        scrape.Print("The share of the forecast in a scrape");

        void Add(string what, Action act)
        {
            List<double> times = [];
            for (var i = 0; i < Rounds; i++)
            {
                var start = Stopwatch.GetTimestamp();
                act();
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            table.Add(what, Table.Number(Table.Median(times), "0"), Table.Number(times.Max(), "0"));
        }

        async Task<double> ScrapeAsync(FleetSnapshot snapshot)
        {
            var start = Stopwatch.GetTimestamp();
            await Exposition.WriteAsync(snapshot, Prometheus.Metrics.NewCustomRegistry(), ExpositionFormat.Text, PipeWriter.Create(Stream.Null), cancellation, labels).ConfigureAwait(false);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
    }

    private static HandshakeKey Key(ProbeResult result) => new(result.Target, result.Address, result.Identity, result.Slot, result.Expect);

    private static Target Target(ProbeResult result) => new()
    {
        Name = result.Target, Address = HostPort.TryParse(result.Address)!, ServerName = "server.test", Protocol = new Tls(), Identity = result.Identity, Trust = "ours",
    };

    private static FleetSnapshot Snapshot(List<ProbeResult> results)
    {
        List<StateChange> changes = [.. results.Select(result => StateChange.Of(
            new HandshakeState { Key = Key(result), Target = Target(result) }, new ServerState { Key = Key(result).Server, Target = Target(result) }, result))];
        return new FleetSnapshot
        {
            Targets = [.. changes.Select(change => change.After.Target)],
            Handshakes = [.. changes.Select(change => change.After)],
            Servers = [.. changes.Select(change => change.ServerAfter!)],
            Credentials = [],
            Scheduler = new SchedulerState(0, 0),
            Reload = new ReloadState(true, s_now),
            Build = new BuildInfo("", "", "", ""),
            At = s_now,
        };
    }
}

using System.Net;
using MtlsProbe.Certificates;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Values;

namespace MtlsProbe.Benchmarks;

/// <summary>
/// The memory that is kept, in bytes of the heap: for a planned target, for a target with many handshakes, for its own certificate, and for the
/// costliest certificate that a server can present.
/// </summary>
internal sealed class KeptMemory : IBenchmark
{
    private const int Targets = 10_000;
    private const int Crowded = 100;

    /// <summary>Then the histories are full.</summary>
    private const int Rounds = 60;

    private static readonly DateTimeOffset s_at = TestTemplate.Now;

    /// <summary>Types with less are left out of the tables by type, in bytes per target.</summary>
    private const double Least = 4;

    public Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var root = TestCertificate.SelfSigned(TestTemplate.Authority("Benchmark Root"));
        var issuer = root.Issue(TestTemplate.Authority("Benchmark Issuer"));
        var leaf = issuer.Issue(TestTemplate.Server("server.test"));
        var crowded = issuer.Issue(TestTemplate.Server("crowded") with { Dns = [], More = [CrowdedCertificate.AlternativeNames()] });
        var table = new Table("bytes of the heap", "each", "counted as");
        var cache = new CertificateCache();
        var store = new ResultStore(most: long.MaxValue);

        var file = ProbeServer.Configuration(workshop, workshop.Pki(KeyKind.Ecdsa), Targets, "30s", "5s", i => $"{Nginx.Address(i)}:8443");
        Planned(file, new ResultStore()); // what reading a file leaves behind, such as pooled buffers, is not kept for targets

        var plan = Kept(table, "a target that is planned", Targets, () => Planned(file, store));
        var planned = HeapByType.From(store);
        Kept(table, "its handshake, the same leaf everywhere", Targets, () => Record(store, cache, plan, _ => leaf.Der.ToArray(), issuer), () => store.Cost);
        var same = HeapByType.From(store);
        Kept(table, "and a leaf of its own (with its issuer in common)", Targets, () => Record(store, cache, plan, i => CrowdedCertificate.Varied(leaf.Der, i), issuer), () => store.Cost);
        var own = HeapByType.From(store);
        Kept(table, "the costliest certificate", Crowded, () => Enumerable.Range(0, Crowded).Select(i => Certificate.TryParse(CrowdedCertificate.Varied(crowded.Der, i))!).ToArray(),
            () => (long)Crowded * CertificateCost.Of(crowded.Certificate));
        table.Add("the same result again, allocated", Table.Number(AllocatedByOneMore(store, cache, plan, leaf.Der.ToArray(), issuer), "0"), "");
        table.Print($"Kept, {Targets} targets");
        Print("A planned target, by type", planned, []);
        Print("Its handshake, by type: what comes to it", same, planned);
        Print("A leaf of its own, by type: what comes to it", own, same);
        GC.KeepAlive(store);
        return Task.CompletedTask;
    }

    private static void Print(string title, IReadOnlyList<(string Type, long Count, long Bytes)> heap, IReadOnlyList<(string Type, long Count, long Bytes)> before)
    {
        var table = new Table("type", "objects per target", "bytes per target");
        var known = before.ToDictionary(row => row.Type, row => (row.Count, row.Bytes));
        var more = heap.Select(row => (row.Type, Count: row.Count - known.GetValueOrDefault(row.Type).Count, Bytes: row.Bytes - known.GetValueOrDefault(row.Type).Bytes))
            .Concat(before.Where(row => heap.All(other => other.Type != row.Type)).Select(row => (row.Type, Count: -row.Count, Bytes: -row.Bytes)));
        foreach (var (type, count, bytes) in more.OrderByDescending(row => row.Bytes))
        {
            if (Math.Abs(bytes) >= Least * Targets) table.Add(type, Table.Number((double)count / Targets, "0.00"), Table.Number((double)bytes / Targets, "0"));
        }

        table.Print(title);
    }

    private static T Kept<T>(Table table, string what, int count, Func<T> make, Func<long>? counted = null)
    {
        var (before, countedBefore) = (GC.GetTotalMemory(true), counted is null || count == Crowded ? 0 : counted());
        var made = make();
        var kept = GC.GetTotalMemory(true) - before;
        table.Add(what, Table.Number((double)kept / count, "0"), counted is null ? "" : Table.Number((double)(counted() - countedBefore) / count, "0"));
        GC.KeepAlive(made);
        return made;
    }

    /// <summary>As from a configuration file, which is forgotten.</summary>
    private static ProbePlan Planned(string file, ResultStore store)
    {
        var read = ConfigurationFile.Load(file, BuiltInProtocols.All).Configuration ?? throw new BenchmarkException("the configuration is not accepted");
        var plan = ProbePlan.Empty.Next(read.Targets, (_, _) => Credentials.CredentialHandle.Nothing, _ => Replicas.AsConfigured);
        store.Apply(PlanChange.Between(store.Plan, plan));
        return plan;
    }

    private static ResultStore Record(ResultStore store, CertificateCache cache, ProbePlan plan, Func<int, byte[]> leaf, TestCertificate issuer)
    {
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (i, job) in plan.Jobs.Index()) store.Record(job, Result(job, cache, leaf(i), issuer, round));
        }

        return store;
    }

    private static double AllocatedByOneMore(ResultStore store, CertificateCache cache, ProbePlan plan, byte[] leaf, TestCertificate issuer)
    {
        var jobs = plan.Jobs.Take(1000).ToList();
        for (var round = 0; round < 5 * Rounds; round++) // until the previous leaf is forgotten
        {
            foreach (var job in jobs) store.Record(job, Result(job, cache, leaf, issuer, round));
        }

        var results = jobs.Select(job => (job, Result(job, cache, leaf, issuer, Rounds + 1))).ToList();
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var (job, result) in results) store.Record(job, result);
        return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / results.Count;
    }

    /// <summary>As from a handshake: everything is new except the certificates, which come from the cache.</summary>
    private static ProbeResult Result(ProbeJob job, CertificateCache cache, byte[] leaf, TestCertificate issuer, int round)
    {
        ValueList<Certificate> presented = [cache.Certificate(leaf)!, cache.Certificate(issuer.Der.ToArray())!];
        return new ProbeResult
        {
            Target = job.Key.Target,
            Address = job.Key.Address,
            Remote = new IPEndPoint(IPAddress.Loopback, 8443).ToString(),
            Identity = job.Key.Identity,
            Slot = job.Key.Slot,
            Expect = job.Key.Expect,
            At = s_at.AddSeconds(30 * round),
            Outcome = Outcome.Accepted,
            Success = true,
            Evidence = Evidence.HttpStatus,
            Tls = new TlsFacts("1.3", "TLS_AES_256_GCM_SHA384", "http/1.1"),
            ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = presented[1], AcceptableIssuers = ["CN=Benchmark Root", "CN=Benchmark Issuer"], IssuerAcceptable = true },
            ServerCertificates = presented,
            Chain = new ChainVerdict { Path = [.. presented, presented[1]] },
            Timings = new Timings { Connect = 0.0002, Handshake = 0.003, Confirm = 0.6, Application = 0.001, Total = 0.6042 },
        };
    }
}

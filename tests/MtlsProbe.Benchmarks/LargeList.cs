using System.Diagnostics;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;

namespace MtlsProbe.Benchmarks;

/// <summary>A revocation list of a million entries: what reading it, keeping it, checking its signature and asking it costs.</summary>
internal sealed class LargeList : IBenchmark
{
    private const int Entries = 1_000_000;
    private const int Questions = 100_000;

    public Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var issuer = TestCertificate.SelfSigned(TestTemplate.Authority("Benchmark Issuer"));
        var leaf = issuer.Issue(TestTemplate.Server("server.test"));
        var numbers = new Random(1);
        var der = new TestList
        {
            Entries = [.. Enumerable.Range(0, Entries).Select(i =>
            {
                var serial = new byte[16];
                numbers.NextBytes(serial);
                serial[0] = (byte)(1 + (serial[0] % 0x7f));
                return new TestEntry(serial) { Reason = 1 + (i % 5) };
            })],
        }.SignedBy(issuer);
        var table = new Table("a list of a million entries", "figure");
        table.Add("size of the list, MB", Table.Number(der.Length / 1e6, "0.0"));

        var before = GC.GetTotalMemory(true);
        var (lists, reading) = Timed(() => RevocationListText.Read(der.ToArray()).Lists);
        var kept = GC.GetTotalMemory(true) - before;
        table.Add("kept, MB of the heap, its bytes among them", Table.Number(kept / 1e6, "0.0"));
        table.Add("reading it, ms", Table.Number(reading, "0"));
        var known = new KnownList(lists[0], "benchmark.crl");
        table.Add("checking its signature, once, ms", Table.Number(Timed(() => known.IsSignedBy(issuer.Certificate)).Milliseconds, "0"));

        var evidence = new ListEvidence([known]);
        var question = new RevocationQuestion(leaf.Certificate, issuer.Certificate, TestTemplate.Now);
        if (evidence.Look(question).Status != RevocationStatus.Good) throw new InvalidOperationException("it is not good");
        table.Add("asking it about a certificate, µs", Table.Number(Timed(() => Enumerable.Range(0, Questions).Count(_ => evidence.Look(question).Status == RevocationStatus.Good)).Milliseconds * 1000 / Questions, "0.00"));
        table.Print("A large revocation list");
        GC.KeepAlive(lists);
        return Task.CompletedTask;
    }

    private static (T Result, double Milliseconds) Timed<T>(Func<T> work)
    {
        var start = Stopwatch.GetTimestamp();
        var result = work();
        return (result, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }
}

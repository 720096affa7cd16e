using System.Diagnostics;
using System.Security.Cryptography;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;

namespace MtlsProbe.Benchmarks;

/// <summary>A revocation list of a million entries: the cost of reading it, keeping it, checking its signature and looking up a serial.</summary>
internal sealed class LargeList : IBenchmark
{
    private const int Entries = 1_000_000;
    private const int Questions = 100_000;
    private const int Piece = 64 * 1024;

    /// <summary>After this time, temporary memory should be free.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var issuer = TestCertificate.SelfSigned(TestTemplate.Authority("Benchmark Issuer"));
        var leaf = issuer.Issue(TestTemplate.Server("server.test"));
        var numbers = new Random(1);
        var list = new TestList
        {
            ThisUpdate = DateTimeOffset.UtcNow.AddHours(-1),
            NextUpdate = DateTimeOffset.UtcNow.AddDays(7),
            Entries = [.. Enumerable.Range(0, Entries).Select(i =>
            {
                var serial = new byte[16];
                numbers.NextBytes(serial);
                serial[0] = (byte)(1 + (serial[0] % 0x7f));
                return new TestEntry(serial) { Reason = 1 + (i % 5) };
            })],
        };
        var der = list.SignedBy(issuer);
        var table = new Table("a list of a million entries", "figure");
        table.Add("size of the list, MB", Table.Number(der.Length / 1e6, "0.0"));

        var before = GC.GetTotalMemory(true);
        var (lists, reading) = Timed(() => TestList.Read(der, Piece).Lists);
        var kept = GC.GetTotalMemory(true) - before;
        table.Add("kept, MB of the heap, its bytes among them", Table.Number(kept / 1e6, "0.0"));
        table.Add("reading it, ms", Table.Number(reading, "0"));
        var known = new KnownList(lists[0], "benchmark.crl");
        table.Add("checking its signature, once, ms", Table.Number(Timed(() => known.IsSignedBy(issuer.Certificate)).Milliseconds, "0"));

        var evidence = new ListEvidence([known]);
        var question = new RevocationQuestion(leaf.Certificate, issuer.Certificate, DateTimeOffset.UtcNow);
        if (evidence.Look(question).Status != RevocationStatus.Good) throw new InvalidOperationException("it is not good");
        table.Add("asking it about a certificate, µs", Table.Number(Timed(() => Enumerable.Range(0, Questions).Count(_ => evidence.Look(question).Status == RevocationStatus.Good)).Milliseconds * 1000 / Questions, "0.00"));
        table.Print("A large revocation list");
        GC.KeepAlive(lists);
        var newer = (list with { Number = 2, ThisUpdate = list.ThisUpdate.AddMinutes(1) }).SignedBy(issuer);
        await ResidentAsync(workshop, issuer, (list with { Entries = [] }).SignedBy(issuer), der, newer, cancellation);
    }

    /// <summary>How much more memory a serving process uses than with an empty list, by the origin of the list.</summary>
    private static async Task ResidentAsync(Workshop workshop, TestCertificate issuer, byte[] empty, byte[] der, byte[] newer, CancellationToken cancellation)
    {
        using var web = new MtlsProbe.Hostile.ListServer
        {
            Answer = path => path switch
            {
                "/whole.crl" => MtlsProbe.Hostile.ListServer.Ok(der),
                "/without-length.crl" => async (stream, stop) =>
                {
                    await stream.WriteAsync(MtlsProbe.Hostile.ListServer.Head("200 OK", ""), stop);
                    await stream.WriteAsync(der, stop);
                },
                _ => null,
            },
        };
        var root = workshop.Write("issuer.pem", issuer.CertificatePem);
        var (file, pem, none) = (workshop.PathOf("list.crl"), workshop.PathOf("list.pem"), workshop.PathOf("empty.crl"));
        await File.WriteAllBytesAsync(file, der, cancellation);
        await File.WriteAllTextAsync(pem, PemEncoding.WriteString("X509 CRL", der), cancellation);
        await File.WriteAllBytesAsync(none, empty, cancellation);

        var table = new Table("mtlsprobe serve", "peak, MB more", "20 s later, MB more", "replaced: peak, MB more", "20 s later, MB more");
        var variant = workshop.Variants[0];
        var (idlePeak, idle) = (0.0, 0.0);
        foreach (var (name, place) in new[] { ("an empty list", none), ("a file, DER", file), ("a file, PEM", pem), ("a URL, with its length", web.Url("/whole.crl").ToString()), ("a URL, without", web.Url("/without-length.crl").ToString()) })
        {
            var configuration = workshop.Write("mtlsprobe.yml", $$"""
                trust: { company: { files: [{{root}}], revocation: { crl: ["{{place}}"] } } }
                targets: [{ name: nobody, address: "127.0.0.1:1", trust: company, interval: 1h }]
                """);
            using var server = await ProbeServer.StartAsync(workshop, variant, workshop.AllCores, configuration, cancellation);
            await server.UntilAsync(scrape => scrape.CrlLoaded == 1, s_patience, cancellation);
            var (peak, later) = await MeasureAsync(server.Pid);
            if (place == none) (idlePeak, idle) = (peak, later);
            string[] replaced = ["", ""];
            if (place == file)
            {
                var before = (await server.ScrapeAsync(cancellation)).CrlThisUpdate;
                await File.WriteAllBytesAsync(file + ".new", newer, cancellation);
                File.Move(file + ".new", file, overwrite: true);
                await server.UntilAsync(scrape => scrape.CrlThisUpdate > before, s_patience, cancellation);
                var (again, afterwards) = await MeasureAsync(server.Pid);
                replaced = [Table.Number((again - idlePeak) / 1e6, "0.0"), Table.Number((afterwards - idle) / 1e6, "0.0")];
            }

            table.Add([name, Table.Number((peak - idlePeak) / 1e6, "0.0"), Table.Number((later - idle) / 1e6, "0.0"), .. replaced]);
        }

        table.Print("Resident memory of a large revocation list");

        async Task<(double Peak, double Later)> MeasureAsync(int pid)
        {
            await Task.Delay(s_rest, cancellation);
            return (ProcFile.Memory(pid, "VmHWM"), ProcFile.Memory(pid, "VmRSS"));
        }
    }

    private static (T Result, double Milliseconds) Timed<T>(Func<T> work)
    {
        var start = Stopwatch.GetTimestamp();
        var result = work();
        return (result, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }
}

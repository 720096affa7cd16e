using System.Diagnostics;

namespace MtlsProbe.Benchmarks;

/// <summary>From the start of the process to the first answer of /metrics: as built, and as published for a release.</summary>
internal sealed class StartUp : IBenchmark
{
    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var table = new Table("program", "first /metrics, ms", "resident MB then", "program on disk, MB");
        var configuration = ProbeServer.Configuration(workshop, workshop.Pki(KeyKind.Ecdsa), 1, "1h", "5s", _ => "127.0.0.1:1");
        var variants = workshop.Variants.ToList();
        foreach (var (profile, name) in ((string, string)[])[("Native", "published: the native file"), ("SingleFile", "published: one trimmed file")])
        {
            if (await PublishAsync(workshop, profile, name, cancellation).ConfigureAwait(false) is { } published) variants.Add(published);
        }

        var times = variants.Select(_ => new List<double>()).ToArray();
        var memory = variants.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < workshop.Options.Rounds; round++)
        {
            for (var i = 0; i < variants.Count; i++)
            {
                var start = Stopwatch.GetTimestamp();
                using var server = await ProbeServer.StartAsync(workshop, variants[i], workshop.AllCores, configuration, cancellation).ConfigureAwait(false);
                times[i].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                memory[i].Add(ProcFile.Memory(server.Pid, "VmRSS"));
            }
        }

        for (var i = 0; i < variants.Count; i++)
            table.Add(variants[i].Name, Table.Number(Table.Median(times[i]), "0"), Table.Number(Table.Median(memory[i]) / 1e6, "0.0"), Size(variants[i]));
        table.Print($"Start, median of {workshop.Options.Rounds}");
    }

    /// <summary>The program as in a release; null if the packages for that are not available.</summary>
    private static async Task<Variant?> PublishAsync(Workshop workshop, string profile, string name, CancellationToken cancellation)
    {
        var source = Path.GetFullPath(Workshop.SourceFile("../../src/MtlsProbe"));
        var output = Path.Combine(workshop.Directory, profile);
        string[] arguments =
        [
            "publish", source, "--configuration", "Release", "--runtime", "linux-x64", "--output", output, "--artifacts-path",
            Path.Combine(workshop.Directory, $"{profile}-artifacts"), $"-p:PublishProfile={profile}", 
            // A lock file would be found even where an ordinary publish has written it, and has to be in use then (NU1005): so each publish has one of its own.
            $"-p:NuGetLockFilePath={Path.Combine(workshop.Directory, $"{profile}.lock.json")}", "--nologo",
        ];
        try
        {
            using var publish = new Child(workshop.AllCores, "dotnet", arguments);
            await publish.OutputAsync(cancellation).ConfigureAwait(false);
        }
        catch (BenchmarkException e)
        {
            Console.Error.WriteLine($"{name} is left out: {e.Message}");
            return null;
        }

        return new Variant(name, Path.Combine(output, "mtlsprobe"), []);
    }

    private static string Size(Variant variant)
    {
        var directory = Path.GetDirectoryName(variant.Program)!;
        var alone = !File.Exists(Path.Combine(directory, "mtlsprobe.dll"));
        return alone ? Table.Number(new FileInfo(variant.Program).Length / 1e6, "0.0") : "needs .NET";
    }
}

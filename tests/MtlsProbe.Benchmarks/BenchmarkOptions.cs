using System.Globalization;

namespace MtlsProbe.Benchmarks;

/// <summary>What to measure, and how long.</summary>
internal sealed record BenchmarkOptions
{
    public const string HelpText = """
        Prints figures of MtlsProbe on this machine; nothing passes or fails.

        dotnet run -c Release --project tests/MtlsProbe.Benchmarks -- [WHAT…] [OPTION…]

        WHAT (all of them, without the last three, if none is named)
          cpu       CPU milliseconds of the whole process per https mTLS probe, beside a C client on the same
                    libssl and prometheus-blackbox-exporter
          memory    resident memory idle and with 1,000 targets
          probe     one accepted probe: the whole process beside curl, and in a process that serves
          start     from the start of the process to the first answer of /metrics
          scrape    time and size of a scrape with 10,000 targets, and whether the schedule is met
          page      time and size of the status page and of the answers of the API with 10,000 targets
          stalled   memory per handshake with a server that sends nothing, 1,000 at once
          preflight time to check a rollout against 200 servers, some of which refuse it
          plan      time until a change of one target of 10,000 is planned
          hostile   hostile servers of every kind beside 20 healthy ones: verdicts, lateness, scrapes, memory
          crl       memory and time of a revocation list of a million entries
          kept      heap bytes that a target, a handshake and a certificate keep
          forecast  time of a forecast of 10,000 handshakes, and what its metric adds to a scrape
          found     ten minutes of 10,000 targets of which 100 are replaced each minute: lateness and memory
          shards    cost for a shard to choose its targets among 100,000, and its memory for the others
          fleet     one row for a large fleet: schedule, memory, CPU, scrapes, start and reload; ten minutes for each of
                    three fleets
          engine    the TLS engine alone, inside this process: CPU and allocations per probe

        OPTIONS
          --rounds N          measure each contender N times in turn and take the median (5)
          --seconds N         length of one measurement (8)
          --rate N            probes per second of each contender (200)
          --key K             only this key: ecdsa or rsa
          --tls V             only this version: 1.2 or 1.3
          --mtlsprobe PATH    the program to measure; repeated for further contenders (default: the one built with this program)
          --targets N         fleet: how many targets (10000)
          --interval N        fleet: their interval, in seconds (15)
          --ports N           fleet: the ports they are spread over (500)
          --minutes N         fleet: how long each fleet is measured (10)
          --leaves N          fleet: the different certificates of the second fleet (one for each target; 0: no such fleet)
          --black-holes N     fleet: the black holes of the third fleet (a tenth of the targets; 0: no such fleet)
          --env NAME=VALUE    also measure the program with this in its environment; repeated for further contenders

        Needs taskset, nginx, curl, gcc with the headers of OpenSSL, and prometheus-blackbox-exporter (Debian's packages
        util-linux, nginx-light, curl, gcc, libc6-dev, libssl-dev, prometheus-blackbox-exporter).
        """;

    private static readonly IReadOnlyDictionary<string, IBenchmark> s_benchmarks = new Dictionary<string, IBenchmark>
    {
        ["cpu"] = new CpuPerProbe(),
        ["memory"] = new ResidentMemory(),
        ["probe"] = new OneProbe(),
        ["start"] = new StartUp(),
        ["scrape"] = new ScrapeCost(),
        ["page"] = new PageCost(),
        ["stalled"] = new StalledHandshakes(),
        ["preflight"] = new PreflightTime(),
        ["plan"] = new PlanChangeCost(),
        ["hostile"] = new HostileServers(),
        ["kept"] = new KeptMemory(),
        ["crl"] = new LargeList(),
        ["forecast"] = new ForecastCost(),
        ["found"] = new FoundTargets(),
        ["shards"] = new ShardCost(),
        ["fleet"] = new FleetCost(),
        ["engine"] = new EngineAlone(),
    };

    public bool Help { get; init; }

    public IReadOnlyList<IBenchmark> What { get; init; } = [];

    public int Rounds { get; init; } = 5;

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(8);

    public int Rate { get; init; } = 200;

    public IReadOnlyList<KeyKind> Keys { get; init; } = [KeyKind.Ecdsa, KeyKind.Rsa];

    public IReadOnlyList<string> TlsVersions { get; init; } = ["1.2", "1.3"];

    public IReadOnlyList<string> Programs { get; init; } = [];

    public IReadOnlyList<string> Environments { get; init; } = [];

    public FleetOptions Fleet { get; init; } = new();

    /// <returns>Null after a message on <paramref name="error"/>.</returns>
    public static BenchmarkOptions? Parse(string[] args, TextWriter error)
    {
        var options = new BenchmarkOptions();
        for (var i = 0; i < args.Length; i++)
        {
            var argument = args[i];
            if (argument is "--help" or "-h" or "-?" or "help") return new BenchmarkOptions { Help = true };
            if (s_benchmarks.TryGetValue(argument, out var benchmark))
            {
                options = options with { What = [.. options.What, benchmark] };
                continue;
            }

            var value = ++i < args.Length ? args[i] : "";
            var number = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && parsed > 0 ? parsed : (int?)null;
            BenchmarkOptions? next = (argument, number, value) switch
            {
                ("--rounds", { } rounds, _) => options with { Rounds = rounds },
                ("--seconds", { } seconds, _) => options with { Duration = TimeSpan.FromSeconds(seconds) },
                ("--rate", { } rate, _) => options with { Rate = rate },
                ("--targets", { } targets, _) => options with { Fleet = options.Fleet with { Targets = targets } },
                ("--interval", { } interval, _) => options with { Fleet = options.Fleet with { Interval = TimeSpan.FromSeconds(interval) } },
                ("--ports", { } ports, _) => options with { Fleet = options.Fleet with { Ports = ports } },
                ("--minutes", { } minutes, _) => options with { Fleet = options.Fleet with { Minutes = minutes } },
                ("--leaves", _, _) when number is not null || value == "0" => options with { Fleet = options.Fleet with { Leaves = number ?? 0 } },
                ("--black-holes", _, _) when number is not null || value == "0" => options with { Fleet = options.Fleet with { BlackHoles = number ?? 0 } },
                ("--key", _, "ecdsa") => options with { Keys = [KeyKind.Ecdsa] },
                ("--key", _, "rsa") => options with { Keys = [KeyKind.Rsa] },
                ("--tls", _, "1.2" or "1.3") => options with { TlsVersions = [value] },
                ("--mtlsprobe", _, not "") => options with { Programs = [.. options.Programs, value] },
                ("--env", _, _) when value.Contains('=', StringComparison.Ordinal) => options with { Environments = [.. options.Environments, value] },
                _ => null,
            };
            if (next is null)
            {
                error.WriteLine($"what is \"{argument} {value}\"? --help lists the options");
                return null;
            }

            options = next;
        }

        return options.What.Count > 0 ? options : options with { What = [.. s_benchmarks.Values.SkipLast(3)] };
    }
}

/// <summary>Something to measure.</summary>
internal interface IBenchmark
{
    Task RunAsync(Workshop workshop, CancellationToken cancellation);
}

/// <summary>A run cannot continue; the message says why and what to do.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);

using System.Globalization;
using System.Security.Cryptography;

namespace MtlsProbe.Fuzz;

/// <summary>What to fuzz, and how long.</summary>
internal sealed record FuzzOptions
{
    public const string HelpText = """
        Feeds the parsers of MtlsProbe with changed files, certificates and answers of servers, and checks what must
        hold for every input: no undeclared exception, no hang, no unbounded memory, no control
        character in displayed text, and every written value reads back the same.

        dotnet run -c Release --project tests/MtlsProbe.Fuzz -- [ENTRY…] [OPTION…]

        OPTIONS
          --seconds N      for all entries together (60)
          --inputs N       instead of a time: the number of changed inputs for each entry; 0: only kept cases and seeds
          --seed N         of the random changes; the keys of certificates are new in each run
          --input FILE     only this input, for one entry: repeats a finding
          --findings DIR   the directory for inputs with findings (artifacts/fuzz)

        Exit code: 0 nothing found, 1 a finding, 2 wrong usage. Kept cases (tests/MtlsProbe.Fuzz/Cases/ENTRY/*) always
        run first. If the process dies, its last input stays in DIR (ENTRY.PID.running), and the next run tries it.

        ENTRY (all of them, without the last, if none is named)
        """;

    public bool Help { get; init; }

    public IReadOnlyList<FuzzEntry> Entries { get; init; } = [];

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The number of changed inputs for each entry; null: as many as the time allows.</summary>
    public long? Inputs { get; init; }

    public int Seed { get; init; } = RandomNumberGenerator.GetInt32(int.MaxValue);

    /// <summary>One input to repeat.</summary>
    public string? Input { get; init; }

    public string FindingsFolder { get; init; } = Path.Combine(Repository.Root, "artifacts", "fuzz");

    /// <returns>Null after a message on <paramref name="error"/>.</returns>
    public static FuzzOptions? Parse(string[] args, TextWriter error)
    {
        var options = new FuzzOptions();
        for (var i = 0; i < args.Length; i++)
        {
            var argument = args[i];
            if (argument is "--help" or "-h" or "-?" or "help") return new FuzzOptions { Help = true };
            if (AllEntries.Known.FirstOrDefault(entry => entry.Name == argument) is { } named)
            {
                options = options with { Entries = [.. options.Entries, named] };
                continue;
            }

            var value = ++i < args.Length ? args[i] : "";
            var number = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : (int?)null;
            FuzzOptions? next = (argument, number, value) switch
            {
                ("--seconds", { } seconds and > 0, _) => options with { Duration = TimeSpan.FromSeconds(seconds) },
                ("--inputs", { } inputs, _) => options with { Inputs = inputs },
                ("--seed", { } seed, _) => options with { Seed = seed },
                ("--input", _, not "") when File.Exists(value) => options with { Input = value },
                ("--findings", _, not "") => options with { FindingsFolder = Path.GetFullPath(value) },
                _ => null,
            };
            if (next is null)
            {
                error.WriteLine($"what is \"{argument} {value}\"? --help lists the options");
                return null;
            }

            options = next;
        }

        if (options.Input is not null && options.Entries.Count != 1)
        {
            error.WriteLine("--input needs the name of one entry");
            return null;
        }

        return options.Entries.Count > 0 ? options : options with { Entries = [.. AllEntries.Known.SkipLast(1)] };
    }
}

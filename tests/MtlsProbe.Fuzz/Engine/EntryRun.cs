using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace MtlsProbe.Fuzz;

/// <summary>One entry: kept cases, then seeds, then changes of them.</summary>
internal sealed partial class EntryRun(FuzzEntry entry, FuzzOptions options, Watchdog watchdog, Findings findings, TextWriter output)
{
    /// <summary>After this many different findings, the rest is probably the same.</summary>
    private const int MostFindings = 5;

    /// <summary>Inputs that are changed further. Beyond this number, new outcomes replace old ones.</summary>
    private const int MostKept = 4000;

    private const int MostTrimmed = 300;

    private readonly Trial _trial = new(entry, watchdog);
    private readonly HashSet<string> _faults = [];
    private readonly HashSet<string> _words = [];
    private readonly List<byte[]> _corpus = [];

    /// <param name="duration">Null: as many inputs as in the options.</param>
    public void Go(TimeSpan? duration)
    {
        foreach (var left in findings.Left(entry)) Try(left, "a process before this one ended with it");
        var cases = Path.Combine(Repository.Root, "tests", "MtlsProbe.Fuzz", "Cases", entry.Name);
        if (Directory.Exists(cases))
        {
            foreach (var file in Directory.EnumerateFiles(cases).Order(StringComparer.Ordinal)) Try(File.ReadAllBytes(file), file);
        }

        foreach (var seed in entry.Seeds())
        {
            _corpus.Add(seed);
            Try(seed, "a seed");
        }

        foreach (var word in entry.Reached.Where(word => !_words.Contains(word)))
            findings.Tell(entry, [], $"no seed has the outcome \"{word}\", only: {string.Join(", ", _words.Order(StringComparer.Ordinal))}");
        var started = Stopwatch.GetTimestamp();
        var count = Change(duration);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{entry.Name,-14}{count,10:N0} inputs {(count == 0 ? 0 : count / seconds),10:N0} per second {_words.Count,7:N0} outcomes"));
        output.Flush();
    }

    private long Change(TimeSpan? duration)
    {
        var mutator = new Mutator(new Random(HashCode(options.Seed, entry.Name)), _corpus, entry);
        var started = Stopwatch.GetTimestamp();
        var count = 0L;
        for (; _faults.Count < MostFindings; count++)
        {
            if (duration is null ? count >= options.Inputs : Stopwatch.GetElapsedTime(started) >= duration) break;
            var input = mutator.Next();
            if (Try(input, string.Create(CultureInfo.InvariantCulture, $"seed {options.Seed}, input {count}"))) Remember(input, count);
        }

        return count;
    }

    /// <summary>Whether its outcome is new.</summary>
    private bool Try(byte[] input, string origin)
    {
        var outcome = _trial.Of(input);
        if (outcome.Problem is null) return _words.Count < MostKept && _words.Add(Figures().Replace(outcome.Word, "0"));
        if (!_faults.Add(outcome.Fault)) return false;
        var trimmed = Trim(input, outcome.Fault);
        findings.Tell(entry, trimmed, outcome.Problem, origin, outcome.Stack);
        return false;
    }

    private void Remember(byte[] input, long count)
    {
        if (_corpus.Count < MostKept) _corpus.Add(input);
        else _corpus[(int)(count % MostKept)] = input;
    }

    /// <summary>Removes the parts that the fault does not need.</summary>
    private byte[] Trim(byte[] input, string fault)
    {
        var tries = 0;
        for (var size = input.Length / 2; size > 0; size /= 2)
        {
            for (var start = 0; start + size <= input.Length && tries < MostTrimmed;)
            {
                byte[] shorter = [.. input.AsSpan(0, start), .. input.AsSpan(start + size)];
                tries++;
                if (_trial.Of(shorter) is { Problem: not null } same && same.Fault == fault) input = shorter;
                else start += size;
            }
        }

        return input;
    }

    /// <summary>The same in each process, unlike that of the framework.</summary>
    private static int HashCode(int seed, string name) => name.Aggregate(seed, (hash, c) => unchecked((hash * 31) + c));

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Figures();
}

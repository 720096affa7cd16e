using System.Globalization;

namespace MtlsProbe.Fuzz;

/// <summary>One input and its outcome.</summary>
internal sealed class Trial(FuzzEntry entry, Watchdog watchdog)
{
    public Outcome Of(byte[] input)
    {
        var outcome = Once(input);
        if (outcome.Problem is not null || outcome.Allocated <= entry.MostAllocated(input.Length)) return outcome;
        outcome = Once(input); // the first time includes what is created once in a process
        return outcome.Problem is not null || outcome.Allocated <= entry.MostAllocated(input.Length) ? outcome
            : outcome with { Problem = string.Create(CultureInfo.InvariantCulture, $"allocated {outcome.Allocated >> 20} MiB for {input.Length} bytes") };
    }

    private Outcome Once(byte[] input)
    {
        watchdog.Begin(entry, input);
        var before = Allocated();
        try
        {
            var word = entry.Run(input);
            return new Outcome(word, null, "", Allocated() - before);
        }
        catch (Exception e)
        {
            return new Outcome("", $"{e.GetType().Name}: {e.Message}", e.StackTrace ?? "", 0);
        }
        finally
        {
            watchdog.End();
        }
    }

    private long Allocated() => entry.UsesOtherThreads ? GC.GetTotalAllocatedBytes() : GC.GetAllocatedBytesForCurrentThread();
}

/// <param name="Word">The outcome of <see cref="FuzzEntry.Run"/>.</param>
/// <param name="Problem">Null if all claims hold.</param>
/// <param name="Stack">The stack of the exception.</param>
internal sealed record Outcome(string Word, string? Problem, string Stack, long Allocated)
{
    /// <summary>The same for the same fault, whatever the input: the exception and its origin, or the claim that does not hold.</summary>
    public string Fault => Problem is null ? "" : Problem.Split(':') is [nameof(BreachException), var claim, ..] ? claim : Problem.Split(':')[0] + Stack.Split('\n')[0];
}

using MtlsProbe.Benchmarks;

// Figures, never a pass or a failure: docs/benchmarks.md says what they mean.
if (BenchmarkOptions.Parse(args, Console.Error) is not { } options) return 2;
if (options.Help)
{
    Console.WriteLine(BenchmarkOptions.HelpText);
    return 0;
}

using var stop = new CancellationTokenSource();
using var interrupted = Signals.Cancel(stop);
using var workshop = new Workshop(options);
try
{
    Console.WriteLine(Machine.Describe());
    foreach (var what in options.What) await what.RunAsync(workshop, stop.Token).ConfigureAwait(false);
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
catch (BenchmarkException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

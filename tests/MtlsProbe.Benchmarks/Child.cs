using System.Diagnostics;

namespace MtlsProbe.Benchmarks;

/// <summary>A process that we started, pinned to its cores. It dies with this process.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;
    private readonly string _name;
    private readonly Queue<string> _lastWords = new();

    /// <param name="cores">The CPUs that it may use, as for taskset(1).</param>
    public Child(string cores, string command, IEnumerable<string> arguments, IEnumerable<string>? environment = null)
    {
        _name = Path.GetFileName(command);
        var start = new ProcessStartInfo("taskset", ["--cpu-list", cores, command, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var pair in environment ?? []) start.Environment[pair[..pair.IndexOf('=')]] = pair[(pair.IndexOf('=') + 1)..];
        try
        {
            _process = Process.Start(start)!; // taskset becomes the command: the pid is that of the command
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new BenchmarkException($"{command}: {e.Message}; --help says what has to be installed");
        }

        _process.StandardInput.Close();
    }

    public int Pid => _process.Id;

    /// <summary>Reads both streams, so the process never waits for us; the last lines are kept for <see cref="Complaint"/>.</summary>
    public Child Drain()
    {
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        return this;
    }

    /// <summary>Waits for the end and returns the standard output.</summary>
    /// <param name="exitCode">The expected exit code.</param>
    public async Task<string> OutputAsync(CancellationToken cancellation, int exitCode = 0)
    {
        var error = _process.StandardError.ReadToEndAsync(cancellation);
        var output = await _process.StandardOutput.ReadToEndAsync(cancellation).ConfigureAwait(false);
        await _process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        return _process.ExitCode == exitCode ? output : throw new BenchmarkException($"{_name} ended with {_process.ExitCode}: {output}{await error.ConfigureAwait(false)}");
    }

    public void ThrowIfEnded()
    {
        if (_process.HasExited) throw Complaint($"{_name} ended with {_process.ExitCode}");
    }

    public BenchmarkException Complaint(string what)
    {
        lock (_lastWords) return new BenchmarkException($"{what}\n{string.Join('\n', _lastWords)}");
    }

    public void Pause() => Signal("-STOP");

    public void Resume() => Signal("-CONT");

    public void Dispose()
    {
        try
        {
            _process.Kill();
            _process.WaitForExit();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }

        _process.Dispose();
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, $"{Pid}"]);
        kill.WaitForExit();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_lastWords)
        {
            if (_lastWords.Count == 20) _lastWords.Dequeue();
            _lastWords.Enqueue(line);
        }
    }
}

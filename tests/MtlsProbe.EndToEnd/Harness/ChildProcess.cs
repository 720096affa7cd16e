using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// A process of the run's own: its output is kept, its standard input stays open, and it is killed by its id at the end,
/// by <see cref="Reaper"/> if the test process itself is killed.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int OutputLimit = 16 << 20; // characters

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _standardOutput = new();

    private ChildProcess(string name, Process process)
    {
        Name = name;
        _process = process;
    }

    public string Name { get; }

    public int Id => _process.Id;

    /// <summary>Standard output and standard error so far, interleaved by line.</summary>
    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    public string StandardOutput
    {
        get { lock (_output) return _standardOutput.ToString(); }
    }

    public static ChildProcess Start(
        string name, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Needs.Find(program), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>()) start.Environment[key] = value;
        var child = new ChildProcess(name, new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, line) => child.Keep(line.Data, child._standardOutput);
        child._process.ErrorDataReceived += (_, line) => child.Keep(line.Data, null);
        child._process.Start();
        Reaper.Add(child.Id);
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Waits until a connection to the port on loopback succeeds; fails with the process's output if it ends before.</summary>
    public async Task ListensOn(int port)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            if (_process.HasExited) throw new InvalidOperationException($"{Name} exited with {_process.ExitCode}:\n{Output}");
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, deadline.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20, deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{Name} does not listen on {port}:\n{Output}");
            }
        }
    }

    /// <summary>Sends a signal by name, <c>TERM</c> or <c>HUP</c>.</summary>
    public async Task Signal(string signal)
    {
        using var kill = Process.Start("bash", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {Id}")]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Waits for the end and returns the exit code.</summary>
    public async Task<int> Exit(TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Name} still runs after {limit.TotalSeconds} s:\n{Output}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        Reaper.Remove(Id);
        _process.Dispose();
    }

    private void Keep(string? line, StringBuilder? stream)
    {
        if (line is null) return;
        lock (_output)
        {
            if (_output.Length > OutputLimit) return;
            _output.AppendLine(line);
            stream?.AppendLine(line);
        }
    }
}

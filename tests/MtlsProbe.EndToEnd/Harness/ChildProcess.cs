using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// A process of the run: its output is kept, its standard input stays open, and it is killed by its id at the end, or by <see cref="Reaper"/> if the
/// test process itself is killed.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>How long a server may take until it listens. Generous: many start at once, and RabbitMQ alone computes for seconds.</summary>
    public static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    private const int OutputLimit = 64 << 20; // characters: ten thousand records and more

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _standardOutput = new();
    private readonly bool _leadsGroup;

    private ChildProcess(string name, Process process, bool leadsGroup)
    {
        Name = name;
        _process = process;
        _leadsGroup = leadsGroup;
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

    /// <summary>The processes that it has started and that still run.</summary>
    public IReadOnlyList<int> Children =>
    [
        .. File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{Id}/task/{Id}/children"))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture)),
    ];

    public static ChildProcess Start(
        string name, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Start(name, program, arguments, environment, leadsGroup: false);

    /// <summary>Starts a process that starts others: they are killed together.</summary>
    public static ChildProcess StartGroup(string name, string program, IEnumerable<string> arguments) => StartGroup(name, program, arguments, null);

    public static ChildProcess StartGroup(
        string name, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment) =>
        Start(name, program, arguments, environment, leadsGroup: true);

    /// <summary>
    /// In a session of its own, whose processes form a group. Linux can share the processors among sessions (sched(7), autogroup): what is probed and
    /// what probes then gets its share promptly, however many others compute.
    /// </summary>
    private static ChildProcess Start(
        string name, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, bool leadsGroup)
    {
        var start = new ProcessStartInfo("setsid", [Needs.Find(program), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>()) start.Environment[key] = value;
        var child = new ChildProcess(name, new Process { StartInfo = start }, leadsGroup);
        child._process.OutputDataReceived += (_, line) => child.Keep(line.Data, child._standardOutput);
        child._process.ErrorDataReceived += (_, line) => child.Keep(line.Data, null);
        child._process.Start();
        Reaper.Add(child.Victim);
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Waits until a connection to the port succeeds; fails with the process's output if the process ends first.</summary>
    public async Task ListensOn(int port, string host = "127.0.0.1")
    {
        using var deadline = new CancellationTokenSource(StartLimit);
        while (true)
        {
            if (_process.HasExited) throw new InvalidOperationException($"{Name} exited with {_process.ExitCode}:\n{Output}");
            var address = IPAddress.Parse(host);
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(address, port, deadline.Token);
                return;
            }
            catch (SocketException) when (!deadline.IsCancellationRequested)
            {
                await Task.Delay(20);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                throw new TimeoutException($"{Name} does not listen on {port}:\n{Output}");
            }
        }
    }

    /// <summary>Waits until its output contains this.</summary>
    public async Task Says(string words)
    {
        using var deadline = new CancellationTokenSource(StartLimit);
        while (!Output.Contains(words, StringComparison.Ordinal))
        {
            Assert.False(_process.HasExited, $"{Name} ended without printing \"{words}\":\n{Output}");
            await Task.Delay(20, deadline.Token);
        }
    }

    /// <summary>Sends a signal by name, <c>TERM</c> or <c>HUP</c>.</summary>
    public async Task Signal(string signal) => Assert.Equal(0, await Kill(signal, Id));

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
        if (_leadsGroup) await Kill("KILL", Victim); // the others can outlive their leader
        else if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        Reaper.Remove(Victim);
        _process.Dispose();
    }

    /// <summary>The argument of kill(1): negative for a whole group.</summary>
    private int Victim => _leadsGroup ? -Id : Id;

    private static async Task<int> Kill(string signal, int victim)
    {
        using var kill = Process.Start("bash", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} -- {victim}")]);
        await kill.WaitForExitAsync();
        return kill.ExitCode;
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

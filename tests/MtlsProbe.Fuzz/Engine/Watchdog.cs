using System.IO.MemoryMappedFiles;

namespace MtlsProbe.Fuzz;

/// <summary>
/// Ends the process if one input takes 20 seconds of CPU time, or ten minutes in all. It keeps the current input in a file that outlives the process,
/// because a process that overflows its stack or dies in native code leaves nothing else.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    /// <summary>CPU time of the process; slow machines and pauses do not count.</summary>
    private static readonly TimeSpan s_mostCpu = TimeSpan.FromSeconds(20);

    private const int MostTicks = 600; // seconds; more than a run at idle priority may wait for a processor
    private const int Capacity = 1 << 20;

    private readonly Findings _findings;
    private readonly Lock _lock = new();
    private readonly Timer _timer;
    private (FuzzEntry Entry, byte[] Input)? _current;
    private MemoryMappedFile? _file;
    private MemoryMappedViewAccessor? _view;
    private string? _of;
    private TimeSpan _cpu;
    private int _ticks;
    private bool _isOver;

    public Watchdog(Findings findings)
    {
        _findings = findings;
        _timer = new Timer(_ => Look(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public void Begin(FuzzEntry entry, byte[] input)
    {
        lock (_lock)
        {
            if (_isOver) return;
            Keep(entry, input);
            (_current, _ticks) = ((entry, input), 0);
        }
    }

    public void End()
    {
        lock (_lock) _current = null;
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            _isOver = true;
            Forget();
        }
    }

    private void Look()
    {
        lock (_lock)
        {
            if (_current is not { } current) return;
            var now = Environment.CpuUsage.TotalTime;
            if (_ticks++ == 0) _cpu = now;
            if (now - _cpu < s_mostCpu && _ticks < MostTicks) return;
            _findings.Tell(current.Entry, current.Input, "does not end");
            Environment.FailFast($"{current.Entry.Name} does not end");
        }
    }

    private void Keep(FuzzEntry entry, byte[] input)
    {
        if (_of != entry.Name)
        {
            Forget();
            _of = entry.Name;
            _file = MemoryMappedFile.CreateFromFile(_findings.RunningOf(entry.Name), FileMode.Create, null, Capacity);
            _view = _file.CreateViewAccessor();
        }

        var length = Math.Min(input.Length, Capacity - sizeof(int));
        _view!.Write(0, length);
        _view.WriteArray(sizeof(int), input, 0, length);
    }

    /// <summary>The process has ended in order.</summary>
    private void Forget()
    {
        _view?.Dispose();
        _file?.Dispose();
        if (_of is not null) File.Delete(_findings.RunningOf(_of));
        _of = null;
    }

    /// <summary>The content of such a file.</summary>
    public static byte[] Read(string path)
    {
        var kept = File.ReadAllBytes(path);
        return kept.Length < Capacity ? [] : kept.AsSpan(sizeof(int), Math.Clamp(BitConverter.ToInt32(kept), 0, Capacity - sizeof(int))).ToArray();
    }
}

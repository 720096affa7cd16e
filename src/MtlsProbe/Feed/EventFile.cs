using System.Text;
using System.Text.Json;

namespace MtlsProbe.Feed;

/// <summary>
/// The file of the feed: a header line, then one event per line. Events are appended, so they survive a killed process. An incomplete last line is
/// ignored. When the file has doubled, a new one is written beside it and replaces it as a whole. For one thread. Errors are an
/// <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.
/// </summary>
internal sealed class EventFile(string directory) : IDisposable
{
    /// <summary>The name of the file; below it, that of the next file while it is written.</summary>
    public const string Name = "events.jsonl";
    public const string NextName = Name + ".new";

    /// <summary>The first line. A file with another version number is not read.</summary>
    private const string Header = "mtlsprobe-events 1";

    /// <summary>In bytes; twice the maximum number of events at their maximum length is less.</summary>
    private const int Largest = 16 * 1024 * 1024;

    /// <summary>Maximum characters of a name in an event.</summary>
    private const int MaxName = 4096;

    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private FileStream? _lock;
    private FileStream? _open;
    private int _lines;

    public string Path { get; } = System.IO.Path.Combine(directory, Name);

    /// <summary>The events of an earlier process, oldest first; empty if there is no file.</summary>
    public IReadOnlyList<FleetEvent> Read()
    {
        Directory.CreateDirectory(directory);
        _lock ??= Create(System.IO.Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileShare.None);
        if (!File.Exists(Path)) return [];
        using var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (stream.Length > Largest) throw new IOException($"{Path} is larger than {Largest} bytes, and was not written by MtlsProbe; move it away");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        var lines = Encoding.UTF8.GetString(content).Split('\n');
        if (lines[0] != Header) throw new IOException($"{Path} does not begin with \"{Header}\": it is from another version, or not a file of MtlsProbe; move it away");
        return [.. lines[1..^1].TakeLast(2 * EventFeed.Most).Select(Parsed).OfType<FleetEvent>()]; // after the last line break, an event may be incomplete
    }

    /// <summary>Appends events.</summary>
    /// <param name="all">The whole content if the file is rewritten: the first time, and when it has doubled.</param>
    public void Append(IReadOnlyList<FleetEvent> added, IReadOnlyList<FleetEvent> all)
    {
        if (_open is null || _lines + added.Count > 2 * EventFeed.Most)
        {
            WriteAnew(all);
            return;
        }

        Write(_open, added);
        _lines += added.Count;
    }

    /// <summary>Closes a file that could not be written: next time it is rewritten.</summary>
    public void Close()
    {
        var open = _open;
        _open = null;
        try
        {
            open?.Dispose();
        }
        catch (IOException)
        {
            // What could not be written before cannot be written now.
        }
    }

    public void Dispose()
    {
        Close();
        _lock?.Dispose();
    }

    private void WriteAnew(IReadOnlyList<FleetEvent> all)
    {
        Close();
        var next = System.IO.Path.Combine(directory, NextName);
        var stream = Create(next, FileMode.Create, FileShare.Read);
        try
        {
            stream.Write(Encoding.UTF8.GetBytes(Header + "\n"));
            Write(stream, all);
            stream.Flush(flushToDisk: true);
            File.Move(next, Path, overwrite: true);
        }
        catch
        {
            _open = stream;
            Close();
            throw;
        }

        (_open, _lines) = (stream, all.Count);
    }

    private static void Write(FileStream stream, IReadOnlyList<FleetEvent> events)
    {
        using var lines = new MemoryStream();
        foreach (var one in events)
        {
            JsonSerializer.Serialize(lines, one, EventLine.Default.FleetEvent);
            lines.WriteByte((byte)'\n');
        }

        stream.Write(lines.GetBuffer().AsSpan(0, (int)lines.Length));
        stream.Flush(); // to the kernel, which outlives this process
    }

    private static FileStream Create(string path, FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnersOnly;
        return new FileStream(path, options);
    }

    private static FleetEvent? Parsed(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, EventLine.Default.FleetEvent) is { Text: not null } one && IsShort(one) ? one : null;
        }
        catch (JsonException)
        {
            return null; // a line that a disk has garbled is dropped, and no other
        }
    }

    /// <summary>MtlsProbe writes nothing longer.</summary>
    private static bool IsShort(FleetEvent one) => new[] { one.Target, one.Address, one.Identity, one.Serial }.All(text => text is null || text.Length <= MaxName);
}

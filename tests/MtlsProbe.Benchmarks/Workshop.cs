using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace MtlsProbe.Benchmarks;

/// <summary>What the measurements share: a temporary directory, the cores, ports, and the programs under test. It leaves nothing behind.</summary>
internal sealed class Workshop : IDisposable
{
    private readonly Dictionary<KeyKind, Pki> _pkis = [];
    private int _files;

    public Workshop(BenchmarkOptions options)
    {
        Options = options;
        Directory = System.IO.Directory.CreateTempSubdirectory("mtlsprobe-benchmark-").FullName;
        Machine.PinThisProcess(ServerCore);
    }

    public BenchmarkOptions Options { get; }

    public string Directory { get; }

    /// <summary>The contenders run here, in turn and alone.</summary>
    public string ProberCore { get; } = "0";

    /// <summary>Everything else runs here: servers, drivers and this program. The same core if the machine has only one.</summary>
    public string ServerCore { get; } = Environment.ProcessorCount > 1 ? "1" : "0";

    public string AllCores { get; } = $"0-{Environment.ProcessorCount - 1}";

    /// <summary>The variants of the program to measure: builds, environments.</summary>
    public IReadOnlyList<Variant> Variants
    {
        get
        {
            var programs = Options.Programs.Count > 0 ? Options.Programs : [Path.Combine(AppContext.BaseDirectory, "mtlsprobe")];
            var variants = programs.Select((program, i) => new Variant(i == 0 ? "MtlsProbe" : program, program, [])).ToList();
            variants.AddRange(Options.Environments.Select(pair => new Variant(pair, programs[0], pair.Split(' '))));
            return variants;
        }
    }

    public Pki Pki(KeyKind kind)
    {
        if (!_pkis.TryGetValue(kind, out var pki)) _pkis[kind] = pki = new Pki(Path.Combine(Directory, $"pki-{kind}"), kind);
        return pki;
    }

    /// <summary>A file of this name.</summary>
    public string PathOf(string name) => Path.Combine(Directory, name);

    /// <summary>A new file with this content.</summary>
    public string Write(string name, string content)
    {
        var path = Path.Combine(Directory, $"{++_files}-{name}");
        File.WriteAllText(path, content);
        return path;
    }

    public static int FreePort() => FreePorts(1)[0];

    public static IReadOnlyList<int> FreePorts(int count)
    {
        List<Socket> sockets = [.. Enumerable.Range(0, count).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
        foreach (var socket in sockets) socket.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // all are open at the same time, so none is given twice
        List<int> ports = [.. sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        sockets.ForEach(socket => socket.Dispose());
        return ports;
    }

    /// <summary>A source file of this project, with its content at build time.</summary>
    public static string SourceFile(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}

/// <summary>A way to run the program under test.</summary>
internal sealed record Variant(string Name, string Program, IReadOnlyList<string> Environment);

using System.Globalization;
using System.Security.Cryptography;

namespace MtlsProbe.Fuzz;

/// <summary>Writes inputs with findings into files, and says how to repeat them.</summary>
internal sealed class Findings
{
    private readonly string _folder;
    private readonly TextWriter _output;

    public Findings(string folder, TextWriter output)
    {
        (_folder, _output) = (folder, output);
        Directory.CreateDirectory(folder);
    }

    public int Count { get; private set; }

    /// <summary>The file with the current input of this process.</summary>
    public string RunningOf(string entry) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{entry}.{Environment.ProcessId}.running"));

    /// <summary>The inputs with which earlier processes ended, in any order; their files are then deleted.</summary>
    public IReadOnlyList<byte[]> Left(FuzzEntry entry)
    {
        List<byte[]> inputs = [];
        foreach (var path in Directory.EnumerateFiles(_folder, entry.Name + ".*.running"))
        {
            if (Directory.Exists("/proc/" + path.Split('.')[^2])) continue;
            inputs.Add(Watchdog.Read(path));
            File.Delete(path);
        }

        return inputs;
    }

    public void Tell(FuzzEntry entry, byte[] input, string problem, string origin = "", string stack = "")
    {
        Count++;
        var path = Path.Combine(_folder, $"{entry.Name}-{Convert.ToHexStringLower(SHA256.HashData(input))[..12]}");
        File.WriteAllBytes(path, input);
        _output.WriteLine($"""
            {entry.Name}: FOUND {problem}
              input:  {path}{(origin.Length == 0 ? "" : $" ({origin})")}
              repeat: dotnet run -c Release --project tests/MtlsProbe.Fuzz -- {entry.Name} --input {path}
              keep:   fix it, and move the input to tests/MtlsProbe.Fuzz/Cases/{entry.Name}/
            """);
        if (stack.Length > 0) _output.WriteLine(stack);
        _output.Flush();
    }
}

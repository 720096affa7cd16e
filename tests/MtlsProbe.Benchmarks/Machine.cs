using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MtlsProbe.Benchmarks;

/// <summary>The machine on which the figures were measured.</summary>
internal static class Machine
{
    public static string Describe()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[1];
        var system = File.ReadLines("/etc/os-release").FirstOrDefault(line => line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))?.Split('"')[1];
        var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        return $"""
            {Environment.ProcessorCount} cores of {model}, {system}, {RuntimeInformation.FrameworkDescription}, OpenSSL {OpenSsl()}; load {load} at the start
            """;
    }

    /// <summary>Keeps this program off the core of the contenders.</summary>
    public static void PinThisProcess(string cores) => Run("taskset", ["--all-tasks", "--pid", "--cpu-list", cores, $"{Environment.ProcessId}"]);

    private static string OpenSsl() => Run("openssl", ["version"]).Split(' ') is [_, var version, ..] ? version : "unknown";

    private static string Run(string command, string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return output;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new BenchmarkException($"{command}: {e.Message}; --help says what has to be installed");
        }
    }
}

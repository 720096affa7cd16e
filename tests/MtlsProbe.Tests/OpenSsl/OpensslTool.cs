using System.Diagnostics;

namespace MtlsProbe.Tests.OpenSsl;

/// <summary>A separate directory in which the openssl command line mints what the base class library cannot: old formats, unusual kinds of keys.</summary>
public sealed class OpensslTool : IDisposable
{
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("mtlsprobe-test-").FullName;

    public string Path(string file) => System.IO.Path.Combine(Directory, file);

    public byte[] Read(string file) => File.ReadAllBytes(Path(file));

    /// <summary>Runs <c>openssl ARGUMENTS</c> in the directory; arguments are separated by single spaces.</summary>
    public void Run(string arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments.Split(' '))
        {
            WorkingDirectory = Directory,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"openssl {arguments}: {error}{output.Result}");
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}

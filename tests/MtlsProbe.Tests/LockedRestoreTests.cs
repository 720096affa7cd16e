using System.Diagnostics;

namespace MtlsProbe.Tests;

/// <summary>A restore fails for a version that is not in the committed lock file, even outside CI.</summary>
public sealed class LockedRestoreTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mtlsprobe-restore-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("<PackageVersion Include=\"Serilog\" Version=\"4.4.0\" />", "<PackageVersion Include=\"Serilog\" Version=\"4.3.0\" />", 1)]
    public async Task A_changed_version_without_a_changed_lock_file_fails(string old, string changed, int code)
    {
        foreach (var file in (string[])["global.json", "Directory.Build.props", "Directory.Packages.props", "src/MtlsProbe/MtlsProbe.csproj", "src/MtlsProbe/packages.lock.json"])
        {
            var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, file));
            var path = Path.Combine(_folder.FullName, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, file != "Directory.Packages.props" || old.Length == 0 ? text : text.Replace(old, changed, StringComparison.Ordinal));
        }

        var restored = await Restore();

        Assert.True(code == restored.Code, restored.Output);
        Assert.Equal(code != 0, restored.Output.Contains("NU1004", StringComparison.Ordinal));
    }

    /// <summary>Without a build node that would keep running.</summary>
    private async Task<(int Code, string Output)> Restore()
    {
        using var restore = Process.Start(new ProcessStartInfo("dotnet", ["restore", "src/MtlsProbe", "-nodeReuse:false", "-maxCpuCount:1"])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["CI"] = "", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1" },
        })!;
        var (output, error) = (restore.StandardOutput.ReadToEndAsync(), restore.StandardError.ReadToEndAsync());
        await restore.WaitForExitAsync();
        return (restore.ExitCode, await output + await error);
    }
}

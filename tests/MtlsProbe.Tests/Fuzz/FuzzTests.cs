using System.Text;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Fuzz;

/// <summary>The fuzzer, for a short time; test.sh runs it for longer.</summary>
public sealed class FuzzTests : IDisposable
{
    private readonly TempFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Kept_cases_seeds_and_some_changes_of_them_break_nothing()
    {
        var (code, output) = await Run("--inputs", "30", "--seed", "1");

        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task A_fault_is_found_minimized_written_and_repeated()
    {
        var (code, output) = await Run("planted", "--inputs", "20000", "--seed", "1");
        var file = Assert.Single(Directory.GetFiles(_files.Directory, "planted-*"));

        Assert.Equal(1, code);
        Assert.Contains("planted: FOUND InvalidDataException: planted", output, StringComparison.Ordinal);
        Assert.Contains($"-- planted --input {file}", output, StringComparison.Ordinal);
        Assert.Equal("<boom>", File.ReadAllText(file));
        Assert.Empty(Directory.GetFiles(_files.Directory, "*.running"));
        Assert.Equal(1, (await Run("planted", "--input", file)).Code);
        Assert.Equal(Origin(output), Origin((await Run("planted", "--inputs", "20000", "--seed", "1")).Output));

        static string Origin(string output) => output.Split('\n').Single(line => line.Contains("input:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_input_that_ended_the_process_is_tried_by_the_next()
    {
        var kept = new byte[1 << 20];
        BitConverter.TryWriteBytes(kept, 6);
        Encoding.ASCII.GetBytes("<boom>").CopyTo(kept, sizeof(int));
        File.WriteAllBytes(Path.Combine(_files.Directory, "planted.999999999.running"), kept);

        var (code, output) = await Run("planted", "--inputs", "0");

        Assert.Equal(1, code);
        Assert.Contains("(a process before this one ended with it)", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("--seconds", "soon")]
    [InlineData("--input", "/etc/hostname")]
    public async Task Wrong_options_are_reported(params string[] args) => Assert.Equal(2, (await Run(args)).Code);

    [Fact]
    public async Task Help_names_every_entry()
    {
        var (code, output) = await Run("--help");

        Assert.Equal(0, code);
        foreach (var name in (string[])["certificate", "chain", "ocsp", "pem", "pkcs12", "http-head", "http", "dialogue", "proxy", "http2", "configuration", "web", "query", "address", "duration"])
            Assert.Contains($"\n  {name} ", output, StringComparison.Ordinal);
    }

    /// <summary>In a separate process, because it measures memory and can end itself.</summary>
    private Task<(int Code, string Output)> Run(params string[] args) =>
        Tool.Run("", "dotnet", [Path.Combine(AppContext.BaseDirectory, "MtlsProbe.Fuzz.dll"), .. args, "--findings", _files.Directory]);
}

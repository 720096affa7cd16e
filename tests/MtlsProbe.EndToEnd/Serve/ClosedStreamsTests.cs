using System.Globalization;
using System.Net;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>A process that starts without standard streams serves, and does not write into a file that got their numbers.</summary>
public sealed class ClosedStreamsTests : IDisposable
{
    private readonly Workspace _workspace = new("closed");

    public void Dispose() => _workspace.Dispose();

    /// <param name="closed">The closed streams; the others lead to the test.</param>
    [Theory]
    [InlineData("<&- >&- 2>&-")]
    [InlineData("<&- 2>&-")] // the runtime can have a pipe there that accepts writes
    public async Task No_file_and_no_socket_gets_the_number_of_a_closed_stream(string closed)
    {
        Mtlsprobe.InstallInto(_workspace.Folder("bin"));
        var file = _workspace.Write("mtlsprobe.yml", "targets: [{ name: nobody, address: '127.0.0.1:1', interval: 1s, timeout: 1s }]");
        var port = Ports.Free();
        await using var serve = ChildProcess.Start(
            "mtlsprobe", "sh",
            [
                "-c", $"exec \"$0\" \"$@\" {closed}", Path.Combine(_workspace.Folder("bin"), "mtlsprobe"),
                "serve", "--config.file", file, "--web.listen-address", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"),
            ]);
        await serve.ListensOn(port);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        File.WriteAllText(file, "no configuration"); // there is much to log
        using var refused = await client.PostAsync("/-/reload", null);
        Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.Contains("mtlsprobe_config_last_reload_successful 0", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);

        // The runtime opens its source of random numbers before any code of the program runs, and, if it compiles at run time, also a pipe.
        var isNative = Path.GetFileName(LinkTarget(serve, "exe")) != "dotnet";
        foreach (var number in (string[])["0", "1", "2"])
        {
            if (closed.Contains(number == "0" ? "<&-" : number == "1" ? " >&-" : "2>&-", StringComparison.Ordinal))
                Assert.Matches(isNative ? "^/dev/(null|urandom)$" : "^(/dev/(null|urandom)|pipe:.*)$", LinkTarget(serve, "fd/" + number));
        }

        await serve.Signal("TERM"); // a byte in the runtime's pipe would be a signal to it
        Assert.Equal(0, await serve.Exit(TimeSpan.FromSeconds(60)));
    }

    private static string? LinkTarget(ChildProcess process, string name) =>
        new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/{name}")).LinkTarget;
}

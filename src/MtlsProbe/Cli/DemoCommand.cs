using System.CommandLine;
using MtlsProbe.Config;
using MtlsProbe.Demo;
using MtlsProbe.Terminal;
using MtlsProbe.Web;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe demo</c>: servers with every fault on this machine, a rotation, and <c>serve</c> for them.</summary>
internal static class DemoCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var command = new ExampledCommand(
            "demo",
            "Start healthy and faulty mTLS servers on this machine, rotate a client credential, and serve the results like `serve`. Needs no other software.",
            "mtlsprobe demo",
            "mtlsprobe demo --web.listen-address 127.0.0.1:8080");
        var options = new ServeOptions(command, ListenAddress.ThisMachine, level: "error"); // the demo's faults are intended, and a line for each would scroll the guide away
        command.SetAction((parsed, stop) => RunAsync(options, parsed, surroundings, stop));
        return command;
    }

    private static async Task<int> RunAsync(ServeOptions options, ParseResult parsed, Surroundings surroundings, CancellationToken stop)
    {
        if (options.Web(parsed, surroundings.Error) is not { } web) return ExitCode.Usage;
        DemoStage stage;
        try
        {
            stage = await DemoStage.OpenAsync(surroundings.Time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            surroundings.Error.WriteLine($"mtlsprobe: the demo needs a temporary directory it can write to: {e.Message}\n  hint: TMPDIR names another");
            return ExitCode.Usage;
        }

        await using (stage)
        {
            var file = stage.Files.Configuration;
            var configuration = ConfigurationFile.Load(file, surroundings.Protocols, isFollowed: true);
            if (configuration.Configuration is null) throw new InvalidOperationException($"the demo's own configuration is wrong: {string.Join("; ", configuration.Errors)}");
            return await new Serving(surroundings, options.Log(parsed), web, options.Storage(parsed)).RunAsync(file, configuration, Introduce, Rotate, stop);
        }

        Task Rotate(ILoggerFactory logs, CancellationToken end) =>
            new DemoRotation(stage.Rollout, surroundings.Time, logs.CreateLogger<DemoRotation>()).RunAsync(end);

        void Introduce(IReadOnlyList<string> addresses) =>
            new DemoGuide(stage, ForPeople(addresses[0]), surroundings.Program).Write(surroundings.Pen);
    }

    /// <summary>An address that listens everywhere, as a URL that a browser on this machine can open.</summary>
    private static string ForPeople(string address) =>
        address.Replace("//[::]:", "//localhost:", StringComparison.Ordinal).Replace("//0.0.0.0:", "//localhost:", StringComparison.Ordinal);
}

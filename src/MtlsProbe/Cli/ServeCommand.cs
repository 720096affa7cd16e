using System.CommandLine;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe serve</c>: probes on schedule and serves what it finds.</summary>
internal static class ServeCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var file = new ConfigFile("The configuration.", surroundings);
        var command = new ExampledCommand(
            "serve",
            "Probe the targets of a configuration on schedule, and serve metrics, results and probes on demand by HTTP.",
            "mtlsprobe serve --config.file mtlsprobe.yml",
            "mtlsprobe serve --config.file mtlsprobe.yml --web.listen-address 127.0.0.1:10219 --log.format json");
        command.Options.Add(file.Option);
        var options = new ServeOptions(command);
        command.SetAction((parsed, stop) =>
        {
            var read = file.Load(parsed, isFollowed: true);
            foreach (var mistake in read.Errors) surroundings.Error.WriteLine(mistake);
            return read.Configuration is not null && options.Web(parsed, surroundings.Error) is { } web
                ? new Serving(surroundings, options.Log(parsed), web, options.Storage(parsed)).RunAsync(file.PathIn(parsed), read, started: null, beside: null, stop)
                : Task.FromResult(ExitCode.Usage);
        });
        return command;
    }
}

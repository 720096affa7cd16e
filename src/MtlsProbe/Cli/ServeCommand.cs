using System.CommandLine;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe serve</c>: probes on schedule and serves the results.</summary>
internal static class ServeCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var file = new ConfigFile("The configuration.", surroundings);
        var command = new ExampledCommand(
            "serve",
            "Probe the targets of a configuration on schedule, and serve metrics, results and probes on demand by HTTP.",
            "mtlsprobe serve --config.file mtlsprobe.yml",
            "mtlsprobe serve --config.file mtlsprobe.yml --web.listen-address 127.0.0.1:10219 --log.format json",
            "mtlsprobe serve --config.file mtlsprobe.yml --shard 2/4");
        command.Options.Add(file.Option);
        var options = new ServeOptions(command);
        var shardOption = ShardOption.Create(
            $"Probe only a part of the targets: as the I-th of N processes with the same configuration. {ShardOption.Variable} says the same; there, POD_NAME/N is also allowed.");
        command.Options.Add(shardOption);
        command.SetAction((parsed, stop) =>
        {
            var read = file.Load(parsed, isFollowed: true);
            foreach (var mistake in read.Errors) surroundings.Error.WriteLine(mistake);
            var (shard, wrong) = ShardOption.Of(parsed.GetValue(shardOption), surroundings.Environment);
            if (wrong is not null) surroundings.Error.WriteLine(wrong);
            return read.Configuration is not null && wrong is null && options.Web(parsed, surroundings.Error) is { } web
                ? new Serving(surroundings, options.Log(parsed), web, options.Storage(parsed), shard).RunAsync(file.PathIn(parsed), read, started: null, beside: null, stop)
                : Task.FromResult(ExitCode.Usage);
        });
        return command;
    }
}

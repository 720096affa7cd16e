using System.CommandLine;
using System.CommandLine.Completions;
using MtlsProbe.Config;
using MtlsProbe.Files;
using MtlsProbe.Model;

namespace MtlsProbe.Cli;

/// <summary>The option <c>--config.file</c> of every command that uses a configuration, and what is read from it.</summary>
internal sealed class ConfigFile
{
    public const string Name = "--config.file";

    /// <summary>Where packages install it.</summary>
    public const string Default = "/etc/mtlsprobe/mtlsprobe.yml";

    /// <summary>For reading it in addition to something else, while a person waits for completion.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly Protocols _protocols;
    private readonly string _path;

    /// <param name="protocols">The protocols that the file can use.</param>
    /// <param name="path">Its path unless the command line sets another.</param>
    public ConfigFile(string description, Protocols protocols, string path = Default)
    {
        (_protocols, _path) = (protocols, path);
        Option = Options.Of(Name, "FILE", description, Grammar.FilePath);
        Option.DefaultValueFactory = _ => path;
    }

    public ConfigFile(string description, Surroundings surroundings)
        : this(description, surroundings.Protocols, surroundings.DefaultConfiguration)
    {
    }

    public Option<string?> Option { get; }

    /// <summary>A hint for users who gave no file when there is none.</summary>
    public string Hint { get; init; } = $"{Name} names another file";

    /// <summary>Also for a command line that is incomplete and has no defaults.</summary>
    public string PathIn(ParseResult parsed) => parsed.GetResult(Option)?.GetValueOrDefault<string?>() ?? _path;

    /// <param name="isFollowed">As for <see cref="ConfigurationFile.Load"/>.</param>
    public ConfigurationResult Load(ParseResult parsed, bool isFollowed = false)
    {
        var read = ConfigurationFile.Load(PathIn(parsed), _protocols, isFollowed);
        var isNamed = parsed.GetResult(Option) is { Implicit: false };
        return !isNamed && read.Errors is [{ Line: 0 } error] ? read with { Errors = [error with { Hint = Hint }] } : read;
    }

    /// <summary>
    /// Completes an option or an argument with names from the configuration that fit the other words; with none if the configuration cannot be read.
    /// </summary>
    public void Complete(List<Func<CompletionContext, IEnumerable<CompletionItem>>> sources, Func<Configuration, IEnumerable<string>> names) =>
        Complete(sources, (configuration, _) => names(configuration));

    /// <param name="names">The names in the configuration, for an incomplete command line.</param>
    public void Complete(List<Func<CompletionContext, IEnumerable<CompletionItem>>> sources, Func<Configuration, ParseResult, IEnumerable<string>> names) => sources.Add(context =>
        Glance(context.ParseResult) is { } configuration
            ? names(configuration, context.ParseResult).Distinct().Select(name => new CompletionItem(name))
            : []);

    /// <summary>The configuration, if it is good and can be read quickly.</summary>
    public Configuration? Glance(ParseResult parsed)
    {
        var path = PathIn(parsed);
        return InTime(() => ConfigurationFile.Load(path, _protocols, isFollowed: true).Configuration, s_patience);
    }

    /// <summary>Null also if it takes longer, or fails.</summary>
    /// <param name="load">It can hang, and then keeps its thread.</param>
    internal static Configuration? InTime(Func<Configuration?> load, TimeSpan patience)
    {
        Configuration? loaded = null;
        PatientReads.Run([Load], patience);
        return Volatile.Read(ref loaded);

        void Load()
        {
            try
            {
                Volatile.Write(ref loaded, load());
            }
            catch (Exception)
            {
                // The command itself reports what is wrong with the file.
            }
        }
    }
}

using System.CommandLine;
using MtlsProbe.Config;
using MtlsProbe.Values;
using MtlsProbe.Web;

namespace MtlsProbe.Cli;

/// <summary>The flags of <c>serve</c>, which <c>demo</c> has too; named as in exporter-toolkit.</summary>
internal sealed class ServeOptions
{
    private readonly Option<string[]> _listen = new("--web.listen-address")
    {
        Description = "Address to serve HTTP on; may be given several times. Port 0 takes a free one.",
        HelpName = "ADDRESS",
    };

    private readonly Option<string?> _webConfig = Options.Of(
        "--web.config.file", "FILE", "File with TLS, basic authentication and headers for HTTP, as exporter-toolkit defines it.", Grammar.FilePath);

    private readonly Option<string?> _storage = Options.Of(
        "--storage.path", "DIR", "Directory for the changes of the fleet, which keeps them over a restart: one file of at most some MB. Without it, changes are in memory only.", Grammar.FilePath);

    private readonly Option<string> _level;

    private readonly Option<string> _format = Options.OneOf("--log.format", "Format of the log.", "text", "text", "json");

    /// <param name="listen">Where HTTP is served unless the command line says otherwise.</param>
    /// <param name="level">The log level unless the command line says otherwise.</param>
    public ServeOptions(Command command, string listen = ListenAddress.Default, string level = "info")
    {
        _level = Options.LogLevel(level);
        _listen.DefaultValueFactory = _ => [listen];
        _listen.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => ListenAddress.TryParse(token.Value) is null))
                result.AddError($"--web.listen-address: '{token.Value}' is not an address to listen on; write :10219, 127.0.0.1:10219 or [::1]:10219");
        });
        foreach (var option in new Option[] { _listen, _webConfig, _storage, _level, _format }) command.Options.Add(option);
    }

    public LogSettings Log(ParseResult parsed) => new(
        LogSettings.LevelOf(parsed.GetRequiredValue(_level)), parsed.GetValue(_format) == "json" ? new JsonLogFormat() : new TextLogFormat());

    /// <summary>Where changes are kept; null: in memory only.</summary>
    public string? Storage(ParseResult parsed) => parsed.GetValue(_storage);

    /// <summary>Null if the web configuration is wrong, which has been reported on <paramref name="error"/>.</summary>
    public WebOptions? Web(ParseResult parsed, TextWriter error)
    {
        var options = new WebOptions { Listen = parsed.GetRequiredValue(_listen).Select(ListenAddress.TryParse).OfType<ListenAddress>().ToValueList() };
        if (parsed.GetValue(_webConfig) is not { } file) return options;
        var (configuration, errors) = WebConfigurationFile.Load(file);
        foreach (var mistake in errors) error.WriteLine(mistake);
        return configuration is null ? null : options with { Configuration = configuration };
    }
}

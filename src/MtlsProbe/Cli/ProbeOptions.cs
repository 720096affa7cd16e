using System.CommandLine;
using System.CommandLine.Parsing;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Cli;

/// <summary>The words of <c>mtlsprobe probe</c> and the rules between them.</summary>
internal sealed class ProbeOptions
{
    public Argument<string[]> Targets { get; } = new("TARGET")
    {
        Description = "With --config.file names of targets; without it HOST:PORT, or HOST for port 443.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public Option<string?> ConfigFile { get; } = Options.Of("--config.file", "FILE", "The configuration that names the targets.", Grammar.FilePath);

    public Option<bool> All { get; } = new("--all") { Description = "Probe every target of the configuration." };

    public Option<string> Output { get; } = Options.OneOf("--output", "Text for a person, or JSON: an array with one result record per handshake.", "text", "text", "json");

    public Option<string> LogLevel { get; } = Options.LogLevel("warn");

    /// <summary>Zero when it is absent.</summary>
    public Option<TimeSpan> Timeout { get; } = Options.Of(
        "--timeout", "DURATION", "For the whole probe, as in 5s or 500ms. Default: 5s, or what the configuration says.", Grammar.Timeout);

    public Option<string?> Certificate { get; } = Options.Of("--cert", "FILE", "Client certificate, PEM, intermediates after the leaf.", Grammar.FilePath);

    public Option<string?> Key { get; } = Options.Of("--key", "FILE", "Its private key, PEM. Default: the file of --cert.", Grammar.FilePath);

    public Option<string?> Pkcs12 { get; } = Options.Of("--pkcs12", "FILE", "Client certificate and key in one PKCS#12 file.", Grammar.FilePath);

    public Option<string?> Passphrase { get; } =
        Options.Of("--key-passphrase-file", "FILE", "File with the passphrase of --key or --pkcs12.", Grammar.FilePath);

    public Option<string[]> Authorities { get; } =
        Options.ListOf("--ca", "FILE", "Trust anchors for the server, PEM; may be given several times. Default: those of this machine.", Grammar.FilePath);

    public Option<string?> ServerName { get; } = Options.Of("--server-name", "NAME", "SNI, and the name to find in the certificate. Default: HOST.", Grammar.ServerName);

    public Option<string> Protocol { get; } = Options.OneOf("--protocol", "What is spoken inside TLS; tls sends nothing.", "https", "https", "tls");

    public Option<string?> HttpPath { get; } = Options.Of("--http-path", "PATH", "What the request asks for. Default: /.", Grammar.HttpPath);

    public Option<StatusRange[]> HttpExpectStatus { get; } = Options.ListOf(
        "--http-expect-status", "STATUS", "Status or range that counts as success, as in 401 or 200-399; may be given several times.", Grammar.Status);

    /// <summary>The flags that describe a target and a credential without a configuration.</summary>
    private IReadOnlyList<Option> AdHoc =>
        [Certificate, Key, Pkcs12, Passphrase, Authorities, ServerName, Protocol, HttpPath, HttpExpectStatus];

    public void AddTo(Command command)
    {
        command.Arguments.Add(Targets);
        foreach (var option in (IReadOnlyList<Option>)[ConfigFile, All, Output, Timeout, .. AdHoc, LogLevel]) command.Options.Add(option);
        command.Validators.Add(Validate);
    }

    private void Validate(CommandResult command)
    {
        bool Has(Option option) => command.GetResult(option) is { Implicit: false };

        var count = command.GetResult(Targets)?.Tokens.Count ?? 0;
        if (Has(ConfigFile))
        {
            foreach (var option in AdHoc.Where(Has)) command.AddError($"{option.Name} has no place beside --config.file, which says it for each target");
            if (Has(All) && count > 0) command.AddError("name targets, or give --all, not both");
            if (!Has(All) && count == 0) command.AddError("which target? Name one or more, or give --all");
            return;
        }

        if (Has(All)) command.AddError("--all needs --config.file");
        else if (count == 0) command.AddError("which target? Give HOST:PORT, or NAME and --config.file");
        if (Has(Key) && !Has(Certificate)) command.AddError("--key needs --cert");
        if (Has(Pkcs12) && Has(Certificate)) command.AddError("--pkcs12 and --cert exclude each other");
        if (Has(Passphrase) && !Has(Certificate) && !Has(Pkcs12)) command.AddError("--key-passphrase-file needs --cert or --pkcs12");
        foreach (var option in (IReadOnlyList<Option>)[HttpPath, HttpExpectStatus])
        {
            if (Has(option) && command.GetValue(Protocol) == "tls") command.AddError($"{option.Name} needs --protocol https");
        }
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using MtlsProbe.Config;

namespace MtlsProbe.Cli;

/// <summary>The words of <c>mtlsprobe probe</c> and the rules between them.</summary>
/// <param name="protocols">Those that can be named; their flags stand beside the others.</param>
internal sealed class ProbeOptions(Protocols protocols)
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

    public Option<string> Protocol { get; } = Options.OneOf(
        "--protocol", "What is spoken inside TLS; tls sends nothing.", protocols.Default.Name, [.. protocols.Grammars.Select(protocol => protocol.Name)]);

    /// <summary>Flags that only targets of some protocol have, each with the block that it is a key of.</summary>
    private IReadOnlyList<(ProtocolGrammar Protocol, ProtocolFlag Flag, Option<string[]> Option)> OfProtocols { get; } =
        [.. protocols.WithBlocks.SelectMany(protocol => protocol.Flags, (protocol, flag) => (protocol, flag, OptionOf(flag)))];

    /// <summary>The flags that describe a target and a credential without a configuration.</summary>
    private IReadOnlyList<Option> AdHoc =>
        [Certificate, Key, Pkcs12, Passphrase, Authorities, ServerName, Protocol, .. OfProtocols.Select(own => own.Option)];

    public void AddTo(Command command)
    {
        command.Arguments.Add(Targets);
        foreach (var option in (IReadOnlyList<Option>)[ConfigFile, All, Output, Timeout, .. AdHoc, LogLevel]) command.Options.Add(option);
        command.Validators.Add(Validate);
    }

    /// <summary>The protocol that the flags describe.</summary>
    public Model.Protocol ProtocolOf(ParseResult parsed)
    {
        var spoken = Spoken(parsed);
        var entries =
            from own in OfProtocols
            where own.Protocol.Block == spoken.Block && parsed.GetValue(own.Option) is { Length: > 0 }
            let given = parsed.GetValue(own.Option)!.Select(text => (YamlNode)new YamlScalar(0, 0, text, plain: false)).ToList()
            select ((YamlNode)new YamlScalar(0, 0, own.Flag.Key, plain: true), own.Flag.IsList ? new YamlSequence(0, 0, given) : given[0]);
        return spoken.Read(Section.Open(new YamlMapping(0, 0, [.. entries]), "", new ErrorList(""), [.. spoken.Keys]));
    }

    public ProtocolGrammar Spoken(ParseResult parsed) => protocols.Named(parsed.GetRequiredValue(Protocol)).Value!;

    /// <summary>The names of those with a port of their own.</summary>
    public string WithDefaultPort => string.Join(", ", protocols.Grammars.Where(protocol => protocol.DefaultPort is not null).Select(protocol => protocol.Name));

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
        foreach (var (protocol, _, option) in OfProtocols.Where(own => Has(own.Option)))
        {
            var speakers = protocols.Grammars.Where(other => other.Block == protocol.Block).Select(other => other.Name).ToList();
            if (!speakers.Contains(command.GetValue(Protocol) ?? protocols.Default.Name)) command.AddError($"{option.Name} needs --protocol {string.Join(" or ", speakers)}");
        }
    }

    private static Option<string[]> OptionOf(ProtocolFlag flag)
    {
        var option = Options.ListOf(flag.Name, flag.Placeholder, flag.Description, flag.Check);
        if (!flag.IsList) option.Arity = ArgumentArity.ExactlyOne;
        return option;
    }
}

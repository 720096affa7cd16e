using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Cli;

/// <summary>The options of <c>mtlsprobe probe</c> and the rules between them.</summary>
/// <param name="protocols">The available protocols; their flags are added to the others.</param>
/// <param name="defaultFile">The path of the configuration unless the command line sets another.</param>
internal sealed class ProbeOptions(Protocols protocols, string defaultFile = ConfigFile.Default)
{
    /// <summary>The key that corresponds to the path of a URL.</summary>
    private const string PathKey = "path";

    public Argument<string[]> Targets { get; } = new("TARGET")
    {
        HelpName = "TARGET", // otherwise help would list the targets of this machine
        Description = "NAME of a target of the configuration; or, without --config.file, HOST:PORT, HOST for the usual port of the protocol, or a URL whose scheme is the protocol.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public ConfigFile ConfigFile { get; } = new("The configuration that names the targets.", protocols, defaultFile)
    {
        Hint = $"{ConfigFile.Name} names another file; to probe without one, write HOST:PORT",
    };

    public Option<bool> All { get; } = new("--all") { Description = "Probe every target of the configuration." };

    /// <summary>All targets of the configuration, instead of names.</summary>
    public TargetChoice Choice { get; } = new();

    public Option<bool> FailedOnly { get; } = new("--failed-only") { Description = "Show only handshakes that are not as expected." };

    public Option<bool> Verbose { get; } = new("--verbose") { Description = "With --all or --label: show all details of every handshake instead of a table." };

    public Option<bool> Watch { get; } = new("--watch") { Description = "Repeat the probe and show changes. Stop with Ctrl-C." };

    /// <summary>Zero if it is absent.</summary>
    public Option<TimeSpan> Interval { get; } = Options.Of("--interval", "DURATION", "With --watch: the time between two rounds. Default: 5s.", Grammar.Time);

    public Option<string> Output { get; } = Options.OneOf("--output", "Text, or JSON: an array with one result record per handshake.", "text", "text", "json");

    public Option<string> LogLevel { get; } = Options.LogLevel("warn");

    /// <summary>Zero if it is absent.</summary>
    public Option<TimeSpan> Timeout { get; } = Options.Of(
        "--timeout", "DURATION", "For the whole probe, as in 5s or 500ms. Default: 5s, or what the configuration says.", Grammar.Timeout);

    public Option<string?> Certificate { get; } = Options.Of("--cert", "FILE", "Client certificate, PEM, intermediates after the leaf.", Grammar.FilePath);

    public Option<KeyPlace?> Key { get; } = Options.Of("--key", "FILE", "Its private key, PEM, or the PKCS#11 URI of one in a token. Default: the file of --cert.", Grammar.KeyPlace);

    public Option<string?> Pkcs12 { get; } = Options.Of("--pkcs12", "FILE", "Client certificate and key in one PKCS#12 file.", Grammar.FilePath);

    public Option<string?> Passphrase { get; } =
        Options.Of("--key-passphrase-file", "FILE", "File with the passphrase of --key or --pkcs12.", Grammar.FilePath);

    public Option<string?> Pin { get; } = Options.Of("--pin-file", "FILE", "File with the PIN of the token that keeps --key.", Grammar.FilePath);

    /// <summary>The source of the credential instead of files, and of the anchors if <see cref="Authorities"/> is empty.</summary>
    public Option<string?> Spiffe { get; } = Options.Of(
        "--spiffe", "SOCKET", "Client certificate and trust anchors from a SPIFFE Workload API: its first SVID, and the bundle of that one's trust domain unless --ca is given.",
        text => SpiffeRules.Endpoint(text).Of(text));

    public Option<string[]> Authorities { get; } =
        Options.ListOf("--ca", "FILE", "Trust anchors for the server, PEM; may be given several times. Default: those of this machine.", Grammar.FilePath);

    public Option<string?> ServerName { get; } = Options.Of("--server-name", "NAME", "SNI, and the name that the certificate must have. Default: HOST; with --server-id, the default name is not checked.", Grammar.ServerName);

    public ServerIdOptions ServerId { get; } = new();

    public Option<string[]> Alpn { get; } = Options.ListOf("--alpn", "NAME", "ALPN protocol to offer instead of those of --protocol; may be given several times.", Grammar.Alpn);

    public Option<string> Protocol { get; } = ProtocolOption(protocols);

    public WayOptions Way { get; } = new();

    /// <summary>The only allowed word, or null.</summary>
    public Option<string?> LoginWord { get; } = Options.Of("--login", "external", "Log in by the certificate alone (SASL EXTERNAL), if the protocol supports that.", text => LoginGrammar.External(text).Of(text));

    public Option<string?> LoginUser { get; } = Options.Of("--login-user", "NAME", "Log in as this user, with the password of --login-password-file.", BlockGrammar.Name);

    public Option<string?> LoginPassword { get; } = Options.Of("--login-password-file", "FILE", "File with the password of --login-user.", Grammar.FilePath);

    /// <summary>Flags that apply only to some protocols, each with the block that it belongs to.</summary>
    private IReadOnlyList<(ProtocolGrammar Protocol, ProtocolFlag Flag, Option<string[]> Option)> OfProtocols { get; } =
        [.. protocols.WithBlocks.SelectMany(protocol => protocol.Flags, (protocol, flag) => (protocol, flag, OptionOf(flag)))];

    /// <summary>The flags that describe a target and a credential without a configuration.</summary>
    private IReadOnlyList<Option> AdHoc =>
        [Certificate, Key, Pkcs12, Passphrase, Pin, Spiffe, Authorities, ServerName, .. ServerId.All, Protocol, Alpn, .. Way.All, LoginWord, LoginUser, LoginPassword, .. OfProtocols.Select(own => own.Option)];

    public void AddTo(Command command)
    {
        command.Arguments.Add(Targets);
        foreach (var option in (IReadOnlyList<Option>)[ConfigFile.Option, All, Choice.Labels, Choice.Exclude, FailedOnly, Verbose, Watch, Interval, Output, Timeout, .. AdHoc, LogLevel]) command.Options.Add(option);
        Choice.CompleteFrom(ConfigFile);
        ConfigFile.Complete(Targets.CompletionSources, (configuration, parsed) => Nameable(configuration, parsed.CommandResult));
        command.Validators.Add(Validate);
    }

    /// <summary>
    /// Whether targets of a configuration are meant: targets are selected with options that need a configuration, or a word can only be a name,
    /// because a single-word host needs a port.
    /// </summary>
    public bool AreConfigured(SymbolResult command)
    {
        bool Has(Option option) => IsGiven(command, option);

        return Has(ConfigFile.Option) || Has(All) || Has(Choice.Labels)
            || (command.GetResult(Targets) is { Tokens: { Count: > 0 } words } && words.All(word => NamedPlace.IsBareWord(word.Value)) && !AdHoc.Any(Has));
    }

    /// <summary>Words that are taken as addresses, although the default configuration has targets with these names.</summary>
    public IReadOnlyList<string> AlsoConfigured(ParseResult parsed)
    {
        var words = (parsed.GetValue(Targets) ?? []).Where(word => Grammar.Name(word).Problem is null).ToList();
        return words.Count == 0 || AdHoc.Any(option => IsGiven(parsed.CommandResult, option)) || ConfigFile.Glance(parsed) is not { } configuration
            ? []
            : [.. words.Intersect(configuration.Targets.Select(target => target.Name), StringComparer.Ordinal)];
    }

    /// <summary>The names of configured targets that can be added to the words that are already there.</summary>
    private IEnumerable<string> Nameable(Configuration configuration, SymbolResult command)
    {
        var names = configuration.Targets.Select(target => target.Name);
        if (IsGiven(command, All) || IsGiven(command, Choice.Labels)) return [];
        if (IsGiven(command, ConfigFile.Option)) return names;
        var areNames = command.GetResult(Targets)?.Tokens.All(word => NamedPlace.IsBareWord(word.Value)) is not false && !AdHoc.Any(option => IsGiven(command, option));
        return areNames ? names.Where(NamedPlace.IsBareWord) : [];
    }

    private static bool IsGiven(SymbolResult command, Option option) => command.GetResult(option) is { Implicit: false };

    /// <summary>The address of a target, and its protocol.</summary>
    public Reading<NamedPlace> PlaceOf(ParseResult parsed, string text)
    {
        var place = NamedPlace.Read(text, protocols.Named(parsed.GetRequiredValue(Protocol)).Value!, protocols);
        if (place.Value is not { } named) return place;
        if (parsed.GetResult(Protocol) is { Implicit: false } && parsed.GetRequiredValue(Protocol) is var said && said != named.Protocol.Name)
            return Reading<NamedPlace>.Wrong("is a URL of another protocol", $"omit --protocol {said}");
        return named.Path is not null && PathOption is { } path && parsed.GetResult(path) is { Implicit: false }
            ? Reading<NamedPlace>.Wrong("has a path", $"omit {path.Name}")
            : named.Path is { } asked && HttpsGrammar.Path(asked) is { Problem: { } problem, Hint: var hint } ? Reading<NamedPlace>.Wrong($"has a path that {problem}", hint ?? "shorten it") : place;
    }

    /// <summary>The protocol from the flags and a URL, with the login from the flags.</summary>
    public Reading<Model.Protocol> ProtocolOf(ParseResult parsed, NamedPlace place)
    {
        var spoken = SpokenAt(parsed, place);
        Login? login = parsed.GetValue(LoginWord) is not null ? new ExternalLogin()
            : parsed.GetValue(LoginUser) is { } user && parsed.GetValue(LoginPassword) is { } file ? new PasswordLogin(user, file)
            : null;
        return (login is null ? place.Protocol.BlockProblem(spoken) : LoginRules.Problem(place.Protocol, login, spoken)) is { } wrong
            ? Reading<Model.Protocol>.Withheld(wrong.Problem, wrong.Hint)
            : new LoginRules(Directory.GetCurrentDirectory()).With(spoken, login);
    }

    private Model.Protocol SpokenAt(ParseResult parsed, NamedPlace place)
    {
        var spoken = place.Protocol;
        var entries =
            from own in OfProtocols
            where own.Protocol.Block == spoken.Block && parsed.GetValue(own.Option) is { Length: > 0 }
            let given = parsed.GetValue(own.Option)!.Select(text => (YamlNode)new YamlScalar(0, 0, text, plain: false)).ToList()
            select ((YamlNode)new YamlScalar(0, 0, own.Flag.Key, plain: true), own.Flag.IsList ? new YamlSequence(0, 0, given) : given[0]);
        if (place.Path is { } path) entries = entries.Append((new YamlScalar(0, 0, PathKey, plain: true), new YamlScalar(0, 0, path, plain: false)));
        return spoken.Read(Section.Open(new YamlMapping(0, 0, [.. entries]), "", new ErrorList(""), [.. spoken.Keys]));
    }

    /// <summary>Each protocol, its default port and what it does, one per line.</summary>
    public IEnumerable<string> Listed => protocols.Grammars.Select(protocol =>
        string.Create(CultureInfo.InvariantCulture, $"{protocol.Name,-9} {(protocol.DefaultPort is { } port ? port.ToString(CultureInfo.InvariantCulture) : "–"),5}  {protocol.Does}"));

    /// <summary>The flag that corresponds to the path of a URL.</summary>
    private Option<string[]>? PathOption => OfProtocols.Where(own => own.Flag.Key == PathKey).Select(own => own.Option).FirstOrDefault();

    private void Validate(CommandResult command)
    {
        bool Has(Option option) => IsGiven(command, option);

        var count = command.GetResult(Targets)?.Tokens.Count ?? 0;
        if (Has(Interval) && !Has(Watch)) command.AddError("--interval goes with --watch");
        if (Has(Watch) && command.GetValue(Output) == "json") command.AddError("--watch writes text only: omit --output json");
        if (AreConfigured(command))
        {
            foreach (var option in AdHoc.Where(Has)) command.AddError($"{option.Name} cannot be used with targets of a configuration, which sets it for each");
            var isChosen = Has(All) || Has(Choice.Labels);
            if (isChosen && count > 0) command.AddError("name targets, or give --all or --label, not both");
            if (!isChosen && count == 0) command.AddError("which target? Name one or more, or give --all or --label");
            if (Has(Choice.Exclude) && !isChosen) command.AddError("--exclude goes with --all or --label");
            return;
        }

        if (Has(Choice.Exclude)) command.AddError("--exclude goes with --all or --label");
        if (count == 0) command.AddError("which target? Give HOST:PORT, NAME, or --all");
        if (Has(Key) && !Has(Certificate)) command.AddError("--key needs --cert");
        if (Has(Pkcs12) && Has(Certificate)) command.AddError("--pkcs12 and --cert exclude each other");
        foreach (var option in (IReadOnlyList<Option>)[Certificate, Key, Pkcs12, Passphrase, Pin])
        {
            if (Has(Spiffe) && Has(option)) command.AddError($"--spiffe and {option.Name} exclude each other");
        }

        if (Has(Passphrase) && !Has(Certificate) && !Has(Pkcs12)) command.AddError("--key-passphrase-file needs --cert or --pkcs12");
        GivenCredential.CheckToken(command, Key, Has(Passphrase), Has(Pin));
        Way.Validate(command, Has);
        ServerId.Validate(command, Has);
        if (Has(LoginUser) != Has(LoginPassword)) command.AddError("--login-user and --login-password-file need each other");
        if (Has(LoginWord) && Has(LoginUser)) command.AddError("--login and --login-user exclude each other");
        foreach (var (protocol, _, option) in OfProtocols.Where(own => Has(own.Option)))
        {
            var speakers = protocols.Grammars.Where(other => other.Block == protocol.Block).Select(other => other.Name).ToList();
            if (!speakers.Any(SpokenBy(command).Contains)) command.AddError($"{option.Name} needs --protocol {string.Join(" or ", speakers)}");
        }
    }

    /// <summary>The protocols given by the flag and by the schemes of URLs.</summary>
    private IReadOnlyList<string> SpokenBy(CommandResult command) =>
    [
        command.GetValue(Protocol) ?? protocols.Default.Name,
        .. command.GetResult(Targets)?.Tokens.Select(token => token.Value.Split("://", 2)).Where(parts => parts.Length == 2).Select(parts => parts[0]) ?? [],
    ];

    private static Option<string> ProtocolOption(Protocols protocols)
    {
        var option = Options.OneOf(
            "--protocol", "The protocol inside TLS; see below.", protocols.Default.Name, [.. protocols.Grammars.Select(protocol => protocol.Name)]);
        option.HelpName = "PROTOCOL";
        return option;
    }

    private static Option<string[]> OptionOf(ProtocolFlag flag)
    {
        var option = Options.ListOf(flag.Name, flag.Placeholder, flag.Description, flag.Check);
        if (!flag.IsList) option.Arity = ArgumentArity.ExactlyOne;
        return option;
    }
}

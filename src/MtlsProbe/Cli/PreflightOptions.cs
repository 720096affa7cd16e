using System.CommandLine;
using System.CommandLine.Parsing;
using MtlsProbe.Config;

namespace MtlsProbe.Cli;

/// <summary>The options of <c>mtlsprobe preflight</c> and the rules between them.</summary>
internal sealed class PreflightOptions(Surroundings surroundings)
{
    public ConfigFile ConfigFile { get; } = new("The configuration that names the targets.", surroundings);

    public Option<string?> Identity { get; } = Options.Of("--identity", "NAME", "The identity whose credential is to be replaced.", Grammar.Name);

    public Option<string?> Certificate { get; } =
        Options.Of("--cert", "FILE", "The new client certificate, PEM, intermediates after the leaf. Default: the staged credential (next).", Grammar.FilePath);

    public Option<KeyPlace?> Key { get; } = Options.Of("--key", "FILE", "Its private key, PEM, or the PKCS#11 URI of one in a token. Default: the file of --cert.", Grammar.KeyPlace);

    public Option<string?> Pkcs12 { get; } = Options.Of("--pkcs12", "FILE", "New client certificate and key in one PKCS#12 file.", Grammar.FilePath);

    public Option<string?> Passphrase { get; } =
        Options.Of("--key-passphrase-file", "FILE", "File with the passphrase of --key or --pkcs12.", Grammar.FilePath);

    public Option<string?> Pin { get; } = Options.Of("--pin-file", "FILE", "File with the PIN of the token that keeps --key.", Grammar.FilePath);

    /// <summary>How long both certificates should be valid.</summary>
    public Option<TimeSpan> MinOverlap { get; } = Options.Of(
        "--min-overlap", "DURATION", "Warn if both certificates are valid for a shorter time, as in 12h. Default: 7d.", Grammar.Time);

    public Option<string?> Trust { get; } = Options.Of("--trust", "NAME", "The trust bundle that is to be replaced.", Grammar.Name);

    public Option<string[]> Authorities { get; } =
        Options.ListOf("--ca", "FILE", "The new trust anchors, PEM; may be given several times.", Grammar.FilePath);

    public TargetChoice Choice { get; } = new();

    /// <summary>Zero if it is absent.</summary>
    public Option<TimeSpan> Timeout { get; } = Options.Of(
        "--timeout", "DURATION", "For each probe, as in 5s or 500ms. Default: what the configuration says.", Grammar.Timeout);

    public Option<string> Output { get; } = Options.OneOf("--output", "Text, or one JSON object.", "text", "text", "json");

    public Option<string> LogLevel { get; } = Options.LogLevel("warn");

    private IReadOnlyList<Option> OfIdentity => [Certificate, Key, Pkcs12, Passphrase, Pin, MinOverlap];

    public void AddTo(Command command)
    {
        foreach (var option in (IReadOnlyList<Option>)[ConfigFile.Option, Identity, .. OfIdentity, Trust, Authorities, Choice.Targets, Choice.Labels, Choice.Exclude, Timeout, Output, LogLevel]) command.Options.Add(option);
        Choice.CompleteFrom(ConfigFile);
        ConfigFile.Complete(Identity.CompletionSources, configuration => configuration.Identities.Select(identity => identity.Name));
        ConfigFile.Complete(Trust.CompletionSources, configuration => configuration.Trusts.Select(trust => trust.Name));
        command.Validators.Add(Validate);
    }

    private void Validate(CommandResult command)
    {
        bool Has(Option option) => command.GetResult(option) is { Implicit: false };

        if (Has(Identity) && Has(Trust)) command.AddError("--identity and --trust exclude each other: change one at a time");
        else if (!Has(Identity) && !Has(Trust)) command.AddError("nothing to replace: give --identity NAME or --trust NAME");
        else if (Has(Trust))
        {
            foreach (var option in OfIdentity.Where(Has)) command.AddError($"{option.Name} goes with --identity");
            if (!Has(Authorities)) command.AddError("--trust needs --ca, the file of the new anchors");
        }
        else if (Has(Authorities)) command.AddError("--ca goes with --trust");

        if (Has(Key) && !Has(Certificate)) command.AddError("--key needs --cert");
        if (Has(Pkcs12) && Has(Certificate)) command.AddError("--pkcs12 and --cert exclude each other");
        if (Has(Passphrase) && !Has(Certificate) && !Has(Pkcs12)) command.AddError("--key-passphrase-file needs --cert or --pkcs12");
        GivenCredential.CheckToken(command, Key, Has(Passphrase), Has(Pin));
    }
}

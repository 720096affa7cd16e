using System.Collections.Immutable;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>The keys that a target or the defaults give, as far as they are given.</summary>
internal sealed record TargetDraft
{
    /// <summary>The mapping itself; null for defaults that are not there.</summary>
    public Section? Here { get; private init; }

    public Setting<string>? Name { get; private init; }

    public Setting<HostPort>? Address { get; private init; }

    public Setting<string>? ServerName { get; private init; }

    public Setting<ProtocolGrammar>? Protocol { get; private init; }

    /// <summary>The blocks of protocols, by their keys: what the protocol of this target makes of its own is for it to say.</summary>
    public IReadOnlyDictionary<string, Section> Blocks { get; private init; } = ImmutableDictionary<string, Section>.Empty;

    public Setting<string>? Identity { get; private init; }

    public Setting<string>? Trust { get; private init; }

    public Setting<ValueList<string>>? MustReject { get; private init; }

    public Setting<AddressChoice>? Addresses { get; private init; }

    public Setting<int>? MaxAddresses { get; private init; }

    /// <summary>Files are relative to the configuration's directory still.</summary>
    public Setting<CertificatePin>? ServerCertificate { get; private init; }

    /// <summary>As <see cref="ServerCertificate"/>.</summary>
    public Setting<CertificatePin>? Issuer { get; private init; }

    public Setting<bool>? RequestExpected { get; private init; }

    public Setting<bool>? Control { get; private init; }

    public Setting<TimeSpan>? Interval { get; private init; }

    public Setting<TimeSpan>? Timeout { get; private init; }

    public Setting<TlsVersion>? MinVersion { get; private init; }

    public Setting<TlsVersion>? MaxVersion { get; private init; }

    public Setting<ValueList<string>>? Alpn { get; private init; }

    public IReadOnlyList<Label> Labels { get; private init; } = [];

    public static TargetDraft ReadTarget(YamlNode node, string where, Protocols protocols, ErrorList errors)
    {
        var section = Section.Open(node, where, errors, ["name", "address", .. SharedKeys(protocols)]);
        var intelligible = section.IsIntelligible;
        if (intelligible && !section.Has("name")) errors.Add(node, where, "has no name", "name: NAME, it is on every series");
        if (intelligible && !section.Has("address")) errors.Add(node, where, "has no address", "address: HOST:PORT");
        return Read(section, protocols, errors) with
        {
            Name = section.Read("name", Grammar.Name),
            Address = section.Read("address", Grammar.Address),
        };
    }

    public static TargetDraft ReadDefaults(Section section, Protocols protocols, ErrorList errors) => Read(section, protocols, errors);

    public static Section? OpenDefaults(Section file, Protocols protocols) => file.Open("defaults", SharedKeys(protocols));

    /// <summary>The block of a protocol; an empty one where it has none or none is given.</summary>
    public Section BlockOf(ProtocolGrammar protocol) => protocol.Block is { } key && Blocks.TryGetValue(key, out var block) ? block : Section.Empty();

    /// <summary>This draft, and the other's keys where it gives none. Labels are merged; its own win.</summary>
    public TargetDraft Over(TargetDraft defaults) => this with
    {
        ServerName = ServerName ?? defaults.ServerName,
        Protocol = Protocol ?? defaults.Protocol,
        Blocks = Blocks.Keys.Union(defaults.Blocks.Keys).ToImmutableDictionary(key => key, key =>
            Blocks.TryGetValue(key, out var own) ? own.Over(defaults.Blocks.GetValueOrDefault(key)) : defaults.Blocks[key]),
        Identity = Identity ?? defaults.Identity,
        Trust = Trust ?? defaults.Trust,
        MustReject = MustReject ?? defaults.MustReject,
        Addresses = Addresses ?? defaults.Addresses,
        MaxAddresses = MaxAddresses ?? defaults.MaxAddresses,
        Control = Control ?? defaults.Control,
        ServerCertificate = ServerCertificate ?? defaults.ServerCertificate,
        Issuer = Issuer ?? defaults.Issuer,
        RequestExpected = RequestExpected ?? defaults.RequestExpected,
        Interval = Interval ?? defaults.Interval,
        Timeout = Timeout ?? defaults.Timeout,
        MinVersion = MinVersion ?? defaults.MinVersion,
        MaxVersion = MaxVersion ?? defaults.MaxVersion,
        Alpn = Alpn ?? defaults.Alpn,
        Labels = [.. Labels, .. defaults.Labels.ExceptBy(Labels.Select(label => label.Name), label => label.Name)],
    };

    /// <summary>The keys that targets and defaults have.</summary>
    private static string[] SharedKeys(Protocols protocols) =>
    [
        "server_name", "protocol", .. protocols.WithBlocks.Select(protocol => protocol.Block!),
        "identity", "trust", "must_reject", "addresses", "max_addresses", "control", "expect", "interval", "timeout", "tls", "labels",
    ];

    private static TargetDraft Read(Section section, Protocols protocols, ErrorList errors)
    {
        var blocks = BlocksOf(section, protocols);
        var tls = section.Open("tls", "min_version", "max_version", "alpn");
        var expect = section.Open("expect", "server_certificate", "issuer", "client_certificate_requested");
        var labels = section.Open("labels");
        return new TargetDraft
        {
            Here = section,
            ServerName = section.Read("server_name", Grammar.ServerName),
            Protocol = section.Read("protocol", protocols.Named),
            Blocks = blocks,
            Identity = section.Read("identity", Grammar.Name),
            Trust = section.Read("trust", Grammar.Name),
            MustReject = section.ReadList("must_reject", Grammar.Name),
            Addresses = section.Read("addresses", Grammar.Addresses),
            MaxAddresses = section.Read("max_addresses", Grammar.MaxAddresses),
            Control = section.Read("control", Grammar.Flag),
            ServerCertificate = expect?.Read("server_certificate", Grammar.Pin),
            Issuer = expect?.Read("issuer", Grammar.Pin),
            RequestExpected = expect?.Read("client_certificate_requested", Grammar.Flag),
            Interval = section.Read("interval", Grammar.Interval),
            Timeout = section.Read("timeout", Grammar.Timeout),
            MinVersion = tls?.Read("min_version", Grammar.Version),
            MaxVersion = tls?.Read("max_version", Grammar.Version),
            Alpn = tls?.ReadList("alpn", Grammar.Alpn),
            Labels = labels is null ? [] : LabelRules.Read(labels, errors),
        };
    }

    /// <summary>Each is read for its mistakes, whatever is spoken in the end.</summary>
    private static ImmutableDictionary<string, Section> BlocksOf(Section section, Protocols protocols)
    {
        var blocks = ImmutableDictionary<string, Section>.Empty;
        foreach (var protocol in protocols.WithBlocks)
        {
            if (section.Open(protocol.Block!, [.. protocol.Keys]) is not { } block) continue;
            protocol.Read(block);
            blocks = blocks.Add(protocol.Block!, block);
        }

        return blocks;
    }
}

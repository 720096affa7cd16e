using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>The keys that a target or the defaults give, as far as they are given.</summary>
internal sealed record TargetDraft
{
    /// <summary>The keys that the defaults may have, too.</summary>
    private static readonly string[] s_sharedKeys =
        ["server_name", "protocol", "http", "identity", "trust", "addresses", "interval", "timeout", "tls", "labels"];

    private static readonly string[] s_targetKeys = ["name", "address", .. s_sharedKeys];

    public Setting<string>? Name { get; private init; }

    public Setting<HostPort>? Address { get; private init; }

    public Setting<string>? ServerName { get; private init; }

    public Setting<Protocol>? Protocol { get; private init; }

    public Setting<string>? Method { get; private init; }

    public Setting<string>? Path { get; private init; }

    public Setting<ValueList<StatusRange>>? ExpectStatus { get; private init; }

    /// <summary>The http section of this very place, not an inherited one.</summary>
    public Section? OwnHttp { get; private init; }

    public Setting<string>? Identity { get; private init; }

    public Setting<string>? Trust { get; private init; }

    public Setting<TimeSpan>? Interval { get; private init; }

    public Setting<TimeSpan>? Timeout { get; private init; }

    public Setting<TlsVersion>? MinVersion { get; private init; }

    public Setting<TlsVersion>? MaxVersion { get; private init; }

    public Setting<ValueList<string>>? Alpn { get; private init; }

    public IReadOnlyList<Label> Labels { get; private init; } = [];

    public static TargetDraft ReadTarget(YamlNode node, string where, ErrorList errors)
    {
        var section = Section.Open(node, where, errors, s_targetKeys);
        var intelligible = section.IsIntelligible;
        if (intelligible && !section.Has("name")) errors.Add(node, where, "has no name", "name: NAME, it is on every series");
        if (intelligible && !section.Has("address")) errors.Add(node, where, "has no address", "address: HOST:PORT");
        return Read(section, errors) with
        {
            Name = section.Read("name", Grammar.Name),
            Address = section.Read("address", Grammar.Address),
        };
    }

    public static TargetDraft ReadDefaults(Section section, ErrorList errors) => Read(section, errors);

    public static Section? OpenDefaults(Section file) => file.Open("defaults", s_sharedKeys);

    /// <summary>This draft, and the other's keys where it gives none. Labels are merged; its own win.</summary>
    public TargetDraft Over(TargetDraft defaults) => this with
    {
        ServerName = ServerName ?? defaults.ServerName,
        Protocol = Protocol ?? defaults.Protocol,
        Method = Method ?? defaults.Method,
        Path = Path ?? defaults.Path,
        ExpectStatus = ExpectStatus ?? defaults.ExpectStatus,
        Identity = Identity ?? defaults.Identity,
        Trust = Trust ?? defaults.Trust,
        Interval = Interval ?? defaults.Interval,
        Timeout = Timeout ?? defaults.Timeout,
        MinVersion = MinVersion ?? defaults.MinVersion,
        MaxVersion = MaxVersion ?? defaults.MaxVersion,
        Alpn = Alpn ?? defaults.Alpn,
        Labels = [.. Labels, .. defaults.Labels.ExceptBy(Labels.Select(label => label.Name), label => label.Name)],
    };

    private static TargetDraft Read(Section section, ErrorList errors)
    {
        var http = section.Open("http", "method", "path", "expect_status");
        var tls = section.Open("tls", "min_version", "max_version", "alpn");
        var labels = section.Open("labels");
        section.Read("addresses", Grammar.Addresses);
        return new TargetDraft
        {
            ServerName = section.Read("server_name", Grammar.ServerName),
            Protocol = section.Read("protocol", Grammar.Protocol),
            OwnHttp = http,
            Method = http?.Read("method", Grammar.Method),
            Path = http?.Read("path", Grammar.HttpPath),
            ExpectStatus = http?.ReadList("expect_status", Grammar.Status),
            Identity = section.Read("identity", Grammar.Name),
            Trust = section.Read("trust", Grammar.Name),
            Interval = section.Read("interval", Grammar.Interval),
            Timeout = section.Read("timeout", Grammar.Timeout),
            MinVersion = tls?.Read("min_version", Grammar.Version),
            MaxVersion = tls?.Read("max_version", Grammar.Version),
            Alpn = tls?.ReadList("alpn", Grammar.Alpn),
            Labels = labels is null ? [] : LabelRules.Read(labels, errors),
        };
    }
}

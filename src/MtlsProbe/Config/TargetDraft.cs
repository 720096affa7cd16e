using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>The keys that a target or the defaults give, as far as they are given.</summary>
internal sealed record TargetDraft
{
    /// <summary>The keys that the defaults may have, too.</summary>
    private static readonly string[] s_sharedKeys =
        ["server_name", "protocol", "http", "identity", "trust", "must_reject", "addresses", "max_addresses", "control", "expect", "interval", "timeout", "tls", "labels"];

    private static readonly string[] s_targetKeys = ["name", "address", .. s_sharedKeys];

    /// <summary>The mapping itself; null for defaults that are not there.</summary>
    public Section? Here { get; private init; }

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

    private static TargetDraft Read(Section section, ErrorList errors)
    {
        var http = section.Open("http", "method", "path", "expect_status");
        var tls = section.Open("tls", "min_version", "max_version", "alpn");
        var expect = section.Open("expect", "server_certificate", "issuer", "client_certificate_requested");
        var labels = section.Open("labels");
        return new TargetDraft
        {
            Here = section,
            ServerName = section.Read("server_name", Grammar.ServerName),
            Protocol = section.Read("protocol", Grammar.Protocol),
            OwnHttp = http,
            Method = http?.Read("method", Grammar.Method),
            Path = http?.Read("path", Grammar.HttpPath),
            ExpectStatus = http?.ReadList("expect_status", Grammar.Status),
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
}

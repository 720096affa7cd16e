using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>A target as configured. Durations in seconds.</summary>
internal sealed record TargetFacts
{
    public required string Name { get; init; }

    public required string Address { get; init; }

    public required string ServerName { get; init; }

    /// <summary>Null if only the name of the server is checked.</summary>
    public ServerIdFacts? ServerId { get; init; }

    public required string Protocol { get; init; }

    public required string Identity { get; init; }

    public required string Trust { get; init; }

    public required double Interval { get; init; }

    public required double Timeout { get; init; }

    /// <summary><c>one</c> or <c>all</c>.</summary>
    public required string Addresses { get; init; }

    public required int MaxAddresses { get; init; }

    public required ValueList<string> Accepts { get; init; }

    /// <summary>The names, even if the configuration has <c>others</c>.</summary>
    public required ValueList<string> MustReject { get; init; }

    public required bool MustRejectOthers { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>Null if the protocol is not HTTP.</summary>
    public HttpFacts? Http { get; init; }

    /// <summary>Null for a direct connection.</summary>
    public TargetWay? Way { get; init; }

    public required PinFacts Expect { get; init; }

    public static TargetFacts Of(Target target) => new()
    {
        Name = target.Name,
        Address = target.Address.ToString(),
        ServerName = target.ServerName,
        ServerId = target.ServerId is { } id ? new ServerIdFacts([.. id.Ids.Select(one => one.ToString())], id.TrustDomain, target.ChecksName) : null,
        Protocol = target.Protocol.Name,
        Identity = target.Identity,
        Trust = target.Trust,
        Interval = target.Interval.TotalSeconds,
        Timeout = target.Timeout.TotalSeconds,
        Addresses = target.Addresses.Label(),
        MaxAddresses = target.MaxAddresses,
        Accepts = target.Accepts,
        MustReject = target.MustReject,
        MustRejectOthers = target.MustRejectOthers,
        Labels = LabelsOf(target),
        Http = target.Protocol is Https https ? HttpFacts.Of(https) : null,
        Way = TargetWay.Of(target.Way),
        Expect = new PinFacts(Text(target.ExpectedCertificates.ServerCertificate), Text(target.ExpectedCertificates.Issuer), target.Identity == Model.Identity.None ? null : target.RequestExpected),
    };

    public static IReadOnlyDictionary<string, string> LabelsOf(Target target)
    {
        var labels = new Dictionary<string, string>(target.Labels.Count, StringComparer.Ordinal);
        foreach (var label in target.Labels) labels[label.Name] = label.Value;
        return labels;
    }

    private static string? Text(CertificatePin? pin) => pin switch
    {
        PinnedFile file => file.Path,
        PinnedFingerprint print => $"sha256:{print.Sha256}",
        _ => null,
    };
}

/// <summary>The SPIFFE ID that a server must have.</summary>
/// <param name="Ids">One of these; empty if any ID of the trust domain is accepted.</param>
/// <param name="NameToo">Whether its certificate must also be for the server name.</param>
internal sealed record ServerIdFacts(ValueList<string> Ids, string? TrustDomain, bool NameToo);

/// <summary>The request of a target. The path is without its query, which can contain a secret.</summary>
internal sealed record HttpFacts(string Method, string Path, ValueList<string> ExpectStatus)
{
    public static HttpFacts Of(Https https) => new(https.Method, https.PathWithoutQuery, https.ExpectStatus.Select(range => range.ToString()).ToValueList());
}

/// <summary>The certificates that a server should present: files, or <c>sha256:HEX</c>; null if none is expected.</summary>
/// <param name="ClientCertificateRequested">Whether the server must ask for our certificate; null if we have none for it.</param>
internal sealed record PinFacts(string? ServerCertificate, string? Issuer, bool? ClientCertificateRequested);

/// <summary>How connections reach a target; null for parts that are not used.</summary>
/// <param name="Proxy">Its URL.</param>
/// <param name="ProxyUsername">The user name for it.</param>
/// <param name="ProxyProtocol"><c>v1</c> or <c>v2</c>.</param>
internal sealed record TargetWay(string? Proxy, string? ProxyUsername, string? ProxyProtocol, string? SourceAddress)
{
    public static TargetWay? Of(Way way) => WayFacts.Of(way) is { } facts ? new TargetWay(facts.Proxy, way.Proxy?.Username, facts.ProxyProtocol, facts.SourceAddress) : null;
}

using MtlsProbe.DnsQueries;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>Reads the block <c>dns</c> of a discovery source.</summary>
internal static class DnsDiscoveryRules
{
    private const string Form = "dns: { names: [_mtls._tcp.shop.internal] }";

    public static readonly string[] Keys = ["names", "type", "port", "refresh", "server"];

    /// <summary>Null if something is wrong with it, which is reported.</summary>
    public static DnsDiscovery? Read(Section block)
    {
        var (names, type) = (block.ReadList("names", Name), block.Read("type", Type));
        var (port, refresh, server) = (block.Read("port", Port), block.Read("refresh", Grammar.Interval), block.Read("server", Server));
        if (names is null ? block.IsIntelligible : names is { Valid: true, Value.Count: 0 }) block.Complain("has no names", Form);
        var isService = type is null or { Valid: true, Value: DnsRecordType.Srv };
        if (isService && port is not null) block.Complain("has a port, but SRV records contain their own", "remove it, or set type: A");
        else if (type is { Valid: true } && !isService && port is null && block.IsIntelligible) block.Complain("has no port, and address records contain none", "port: 8443");
        var isValid = block.IsIntelligible && names is { Valid: true, Value.Count: > 0 } && type is null or { Valid: true } && port is null or { Valid: true } && refresh is null or { Valid: true } && server is null or { Valid: true };
        if (!isValid || isService == port is not null) return null;
        return new DnsDiscovery(names!.Value.Distinct().ToValueList())
        {
            Type = type?.Value ?? DnsRecordType.Srv,
            Port = port?.Value ?? 0,
            Refresh = refresh?.Value ?? DnsDiscovery.DefaultRefresh,
            Server = server?.Value,
        };
    }

    /// <summary>A complete name: no search domain is appended.</summary>
    private static Reading<string> Name(string text)
    {
        var labels = (text.EndsWith('.') ? text[..^1] : text).Split('.');
        return text.Length <= HostPort.MaxName && labels.All(label => label.Length is > 0 and <= 63 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            ? text
            : Reading<string>.Wrong("is not a DNS name", "for example _mtls._tcp.shop.internal; write international names as xn--…");
    }

    private static Reading<DnsRecordType> Type(string text) => text switch
    {
        "SRV" => DnsRecordType.Srv,
        "A" => DnsRecordType.A,
        "AAAA" => DnsRecordType.Aaaa,
        _ => Reading<DnsRecordType>.Wrong("is not a supported record type", "SRV, A or AAAA"),
    };

    private static Reading<int> Port(string text) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 ? port : Reading<int>.Wrong("is not a port", "a number from 1 to 65535");

    private static Reading<HostPort> Server(string text) =>
        HostPort.TryParse(text) is { Literal: not null } server ? server : Reading<HostPort>.Wrong("is not the IP address and port of a name server", "for example 10.0.0.53:53");
}

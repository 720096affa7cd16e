using System.Net;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>
/// The keys of a target, which the defaults may also have. Each is declared only here, with its name and its grammar; <see cref="TargetRules"/> makes
/// them part of the target.
/// </summary>
internal static class TargetKeys
{
    private const string Expect = "expect";
    private const string Tls = "tls";

    private static readonly List<TargetKey> s_all = []; // before the keys, which add themselves

    public static readonly TargetKey<string> ServerName = One("server_name", Grammar.ServerName);

    /// <summary>Null takes back what the defaults say.</summary>
    public static readonly TargetKey<ServerIdentity> ServerId = Declared(new TargetKey<ServerIdentity>(null, "server_id", s_all.Count, ServerIdGrammar.Read));

    public static readonly TargetKey<string> Identity = One("identity", Grammar.Name);

    public static readonly TargetKey<string> Trust = One("trust", Grammar.Name);

    public static readonly TargetKey<ValueList<string>> Accepts = List("accepts", Grammar.Name);

    public static readonly TargetKey<Refusals> MustReject = Declared(new TargetKey<Refusals>(null, "must_reject", s_all.Count, Refusals.Read));

    public static readonly TargetKey<Login> Login = Declared(new TargetKey<Login>(null, "login", s_all.Count, LoginGrammar.Read));

    public static readonly TargetKey<AddressChoice> Addresses = One("addresses", Grammar.Addresses);

    public static readonly TargetKey<int> MaxAddresses = One("max_addresses", Grammar.MaxAddresses);

    public static readonly TargetKey<bool> Control = One("control", Grammar.Flag);

    /// <summary>Null takes back what the defaults say. The file is relative to the configuration's directory still.</summary>
    public static readonly TargetKey<ProxyServer> Proxy = Declared(new TargetKey<ProxyServer>(null, "proxy", s_all.Count, WayGrammar.Proxy));

    public static readonly TargetKey<ProxyHeader> ProxyProtocol = One("proxy_protocol", WayGrammar.Header);

    /// <summary>Null takes back what the defaults say.</summary>
    public static readonly TargetKey<IPAddress> SourceAddress = One("source_address", WayGrammar.Source);

    /// <summary>Files are relative to the configuration's directory still.</summary>
    public static readonly TargetKey<CertificatePin> ServerCertificate = One("server_certificate", Grammar.Pin, Expect);

    /// <summary>As <see cref="ServerCertificate"/>.</summary>
    public static readonly TargetKey<CertificatePin> Issuer = One("issuer", Grammar.Pin, Expect);

    public static readonly TargetKey<bool> RequestExpected = One("client_certificate_requested", Grammar.Flag, Expect);

    public static readonly TargetKey<TimeSpan> Interval = One("interval", Grammar.Interval);

    public static readonly TargetKey<TimeSpan> Timeout = One("timeout", Grammar.Timeout);

    public static readonly TargetKey<TlsVersion> MinVersion = One("min_version", Grammar.Version, Tls);

    public static readonly TargetKey<TlsVersion> MaxVersion = One("max_version", Grammar.Version, Tls);

    public static readonly TargetKey<ValueList<string>> Alpn = List("alpn", Grammar.Alpn, Tls);

    public static IReadOnlyList<TargetKey> All => s_all;

    /// <summary>The keys, by their block.</summary>
    public static IReadOnlyList<TargetKeyBlock> Blocks { get; } =
        [.. s_all.GroupBy(key => key.Block).Select(keys => new TargetKeyBlock(keys.Key, [.. keys], [.. keys.Select(key => key.Name)]))];

    private static TargetKey<T> One<T>(string name, Func<string, Reading<T>> grammar, string? block = null) =>
        Declared(new TargetKey<T>(block, name, s_all.Count, (section, key) => section.Read(key, grammar)));

    private static TargetKey<ValueList<T>> List<T>(string name, Func<string, Reading<T>> grammar, string? block = null) =>
        Declared(new TargetKey<ValueList<T>>(block, name, s_all.Count, (section, key) => section.ReadList(key, grammar)));

    private static TKey Declared<TKey>(TKey key)
        where TKey : TargetKey
    {
        s_all.Add(key);
        return key;
    }
}

/// <summary>The keys of one block of a target.</summary>
/// <param name="Name">The mapping that contains them; null: the target itself.</param>
internal sealed record TargetKeyBlock(string? Name, IReadOnlyList<TargetKey> Keys, string[] Names);

using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// What a silent close of each server means, as its own log and other clients show. A cell is the reason of <c>client_certificate</c> and the number
/// of the alert, <c>accepted</c>, <c>down</c> (the server has accepted us, but the service behind it is down) or <c>no_alpn</c> (it serves only
/// clients that offer its protocol).
/// </summary>
internal static class ControlTable
{
    private const string Cells = """
        server          | TLS | good     | none                     | expired                | wrong_ca
        haproxy-before  | 1.2 | down     | handshake_failure 40     | certificate_expired 45 | unknown_ca 48
        haproxy-before  | 1.3 | down     | certificate_required 116 | certificate_expired 45 | unknown_ca 48
        stunnel-before  | 1.2 | down     | handshake_failure 40     | certificate_expired 45 | unknown_ca 48
        stunnel-before  | 1.3 | down     | certificate_required 116 | certificate_expired 45 | unknown_ca 48
        aiohttp-tls     | 1.2 | accepted | closed_without_alert     | closed_without_alert   | closed_without_alert
        aiohttp-tls     | 1.3 | accepted | closed_without_alert     | closed_without_alert   | closed_without_alert
        aiohttp-https   | 1.2 | accepted | closed_without_alert     | closed_without_alert   | closed_without_alert
        aiohttp-https   | 1.3 | accepted | closed_without_alert     | closed_without_alert   | closed_without_alert
        hypercorn-tls   | 1.2 | accepted | closed_without_alert     | closed_without_alert   | closed_without_alert
        hypercorn-tls   | 1.3 | accepted | closed_without_alert     | closed_without_alert   | closed_without_alert
        hypercorn-https | 1.2 | accepted | closed_without_alert     | closed_without_alert   | closed_without_alert
        hypercorn-https | 1.3 | accepted | closed_without_alert     | closed_without_alert   | closed_without_alert
        node-tls        | 1.2 | accepted | handshake_failure 40     | closed_without_alert   | closed_without_alert
        node-tls        | 1.3 | accepted | certificate_required 116 | closed_without_alert   | closed_without_alert
        node-https      | 1.2 | accepted | handshake_failure 40     | closed_without_alert   | closed_without_alert
        node-https      | 1.3 | accepted | certificate_required 116 | closed_without_alert   | closed_without_alert
        grpc            | 1.2 | no_alpn  | closed_without_alert     | closed_without_alert   | closed_without_alert
        grpc            | 1.3 | no_alpn  | closed_without_alert     | closed_without_alert   | closed_without_alert
        grpc-h2         | 1.2 | accepted | closed_without_alert     | closed_without_alert   | closed_without_alert
        grpc-h2         | 1.3 | accepted | closed_without_alert     | closed_without_alert   | closed_without_alert
        """;

    public static IReadOnlyList<ClientCase> Cases { get; } = Read();

    public static ClientCase Case(string server, string version, string credential) =>
        Cases.Single(c => (c.Server, c.Version, c.Credential) == (server, version, credential));

    public static TargetEntry Target(SilentRange range, ClientCase c) => new(c.Target, range[c.Server].Port)
    {
        Protocol = range[c.Server].Protocol,
        Version = c.Version,
        Identity = c.Credential,
        Alpn = c.Server == "grpc-h2" ? "[h2]" : null,
    };

    /// <summary>Every cell once, by one run of the program.</summary>
    public static Task<IReadOnlyDictionary<string, ProbeRecord>> Probe(SilentRange range, string file) =>
        Mtlsprobe.Probe(new ConfigFile(range.Files, [.. Cases.Select(c => Target(range, c))]) { FileName = file, Timeout = "10s" }, range.Workspace);

    private static List<ClientCase> Read()
    {
        var lines = Cells.Split('\n').Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();
        return
        [
            .. from row in lines[1..]
               from column in Enumerable.Range(2, row.Length - 2)
               select new ClientCase(row[0], row[1], lines[0][column], Verdict(row[column])),
        ];
    }

    private static string Verdict(string cell) => cell switch
    {
        "accepted" => cell,
        "down" => "unconfirmed application closed",
        "no_alpn" => "failed protocol no_application_protocol",
        _ => $"rejected client_certificate {cell}",
    };
}

using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// What each real server does with each client credential, as seen with other clients (openssl s_client, curl) and in the servers' own logs. A cell
/// is the reason of <c>client_certificate</c> and the number of the alert if there is one, or <c>accepted</c> if the server does not check what is
/// wrong. All of them accept a good credential.
/// </summary>
internal static class ClientCredentialTable
{
    private const string Cells = """
        server              | TLS | none                     | expired                | not_yet_valid      | wrong_ca         | revoked                | wrong_usage
        nginx-http          | 1.2 | http_status              | http_status            | http_status        | http_status      | http_status            | http_status
        nginx-http          | 1.3 | http_status              | http_status            | http_status        | http_status      | http_status            | http_status
        nginx-stream        | 1.2 | closed_without_alert     | closed_without_alert   | closed_without_alert | closed_without_alert | closed_without_alert | closed_without_alert
        nginx-stream        | 1.3 | closed_without_alert     | closed_without_alert   | closed_without_alert | closed_without_alert | closed_without_alert | closed_without_alert
        haproxy-http        | 1.2 | handshake_failure 40     | certificate_expired 45 | bad_certificate 42 | unknown_ca 48    | certificate_revoked 44 | unsupported_certificate 43
        haproxy-http        | 1.3 | certificate_required 116 | certificate_expired 45 | bad_certificate 42 | unknown_ca 48    | certificate_revoked 44 | unsupported_certificate 43
        haproxy-tcp         | 1.2 | handshake_failure 40     | certificate_expired 45 | bad_certificate 42 | unknown_ca 48    | certificate_revoked 44 | unsupported_certificate 43
        haproxy-tcp         | 1.3 | certificate_required 116 | certificate_expired 45 | bad_certificate 42 | unknown_ca 48    | certificate_revoked 44 | unsupported_certificate 43
        apache-host         | 1.2 | handshake_failure 40     | certificate_expired 45 | bad_certificate 42 | unknown_ca 48    | certificate_revoked 44 | unsupported_certificate 43
        apache-host         | 1.3 | certificate_required 116 | certificate_expired 45 | bad_certificate 42 | unknown_ca 48    | certificate_revoked 44 | unsupported_certificate 43
        apache-location     | 1.2 | handshake_failure 40     | certificate_expired 45 | bad_certificate 42 | unknown_ca 48    | certificate_revoked 44 | unsupported_certificate 43
        apache-location     | 1.3 | certificate_required 116 | certificate_expired 45 | bad_certificate 42 | unknown_ca 48    | certificate_revoked 44 | unsupported_certificate 43
        stunnel             | 1.2 | handshake_failure 40     | certificate_expired 45 | bad_certificate 42 | unknown_ca 48    | certificate_revoked 44 | unsupported_certificate 43
        stunnel             | 1.3 | certificate_required 116 | certificate_expired 45 | bad_certificate 42 | unknown_ca 48    | certificate_revoked 44 | unsupported_certificate 43
        s_server            | 1.2 | handshake_failure 40     | certificate_expired 45 | bad_certificate 42 | unknown_ca 48    | certificate_revoked 44 | unsupported_certificate 43
        s_server            | 1.3 | certificate_required 116 | certificate_expired 45 | bad_certificate 42 | unknown_ca 48    | certificate_revoked 44 | unsupported_certificate 43
        s_server-no-tickets | 1.2 | handshake_failure 40     | certificate_expired 45 | bad_certificate 42 | unknown_ca 48    | certificate_revoked 44 | unsupported_certificate 43
        s_server-no-tickets | 1.3 | certificate_required 116 | certificate_expired 45 | bad_certificate 42 | unknown_ca 48    | certificate_revoked 44 | unsupported_certificate 43
        gnutls              | 1.2 | certificate_required 50  | access_denied 49       | access_denied 49   | access_denied 49 | access_denied 49       | accepted
        gnutls              | 1.3 | certificate_required 116 | access_denied 49       | access_denied 49   | access_denied 49 | access_denied 49       | accepted
        kestrel-https       | 1.2 | closed_without_alert     | closed_without_alert   | closed_without_alert | closed_without_alert | accepted           | closed_without_alert
        kestrel-https       | 1.3 | closed_without_alert     | closed_without_alert   | closed_without_alert | closed_without_alert | accepted           | closed_without_alert
        kestrel-tls         | 1.2 | closed_without_alert     | closed_without_alert   | closed_without_alert | closed_without_alert | accepted           | closed_without_alert
        kestrel-tls         | 1.3 | closed_without_alert     | closed_without_alert   | closed_without_alert | closed_without_alert | accepted           | closed_without_alert
        """;

    /// <summary>All cells, and <c>good</c> for every server and version.</summary>
    public static IReadOnlyList<ClientCase> Cases { get; } = Read();

    private static List<ClientCase> Read()
    {
        var lines = Cells.Split('\n').Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();
        List<ClientCase> cases = [];
        foreach (var row in lines[1..])
        {
            cases.Add(new ClientCase(row[0], row[1], "good", "accepted"));
            for (var column = 2; column < row.Length; column++)
                cases.Add(new ClientCase(row[0], row[1], lines[0][column], Verdict(row[column])));
        }

        return cases;
    }

    private static string Verdict(string cell) => cell switch
    {
        "accepted" => cell,
        _ => $"rejected client_certificate {cell}",
    };
}

/// <summary>One cell: a server, the TLS version, the presented credential, and the verdict in the words of the record.</summary>
internal sealed record ClientCase(string Server, string Version, string Credential, string Verdict)
{
    public string Target => $"{Server}-{Version.Replace(".", "", StringComparison.Ordinal)}-{Credential}";

    public void AssertVerdict(IReadOnlyDictionary<string, ProbeRecord> records)
    {
        var record = records[Target];
        Assert.True(Verdict == record.Verdict, $"expected: {Verdict}\nbut got:  {record.Verdict}\n{record}");
        Assert.Equal(Verdict == "accepted", record.Success);
    }
}

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// What each unpacked server does with each client credential, as seen with openssl s_client and in the servers' own logs. A cell is the reason of
/// <c>client_certificate</c> with the number of the alert, or the whole verdict if it is different.
/// </summary>
internal static class UnpackedServersTable
{
    // BIND, FreeRADIUS, Zabbix, OpenLDAP and libvirt close silently, ocserv resets; in TLS 1.2 all but OpenLDAP and libvirt do so inside the
    // handshake. Postfix lets every client finish, answers 421 and closes. monit cannot check a client certificate: it sends internal_error for each
    // one of a known issuer, so no client is accepted. wolfSSL and mbedTLS have no alert for a missing certificate in TLS 1.2 and reset.
    private const string Cells = """
        server       | TLS | good                         | none                                 | expired                              | wrong_ca
        bind         | 1.2 | accepted                     | closed_without_alert                 | closed_without_alert                 | closed_without_alert
        bind         | 1.3 | accepted                     | closed_without_alert                 | closed_without_alert                 | closed_without_alert
        freeradius   | 1.2 | accepted                     | closed_without_alert                 | closed_without_alert                 | closed_without_alert
        freeradius   | 1.3 | accepted                     | closed_without_alert                 | closed_without_alert                 | closed_without_alert
        openldap     | 1.2 | accepted                     | closed_without_alert                 | closed_without_alert                 | closed_without_alert
        openldap     | 1.3 | accepted                     | closed_without_alert                 | closed_without_alert                 | closed_without_alert
        zabbix-agent | 1.2 | accepted                     | closed_without_alert                 | closed_without_alert                 | closed_without_alert
        zabbix-agent | 1.3 | accepted                     | closed_without_alert                 | closed_without_alert                 | closed_without_alert
        ocserv       | 1.2 | accepted                     | closed_without_alert                 | closed_without_alert                 | closed_without_alert
        ocserv       | 1.3 | accepted                     | closed_without_alert                 | closed_without_alert                 | closed_without_alert
        postfix      | 1.2 | accepted                     | unconfirmed protocol no_confirmation | unconfirmed protocol no_confirmation | unconfirmed protocol no_confirmation
        postfix      | 1.3 | accepted                     | unconfirmed protocol no_confirmation | unconfirmed protocol no_confirmation | unconfirmed protocol no_confirmation
        exim         | 1.2 | accepted                     | certificate_required 50              | bad_certificate 42                   | bad_certificate 42
        exim         | 1.3 | accepted                     | certificate_required 116             | bad_certificate 42                   | bad_certificate 42
        monit        | 1.2 | failed protocol tls_error 80 | handshake_failure 40                 | failed protocol tls_error 80         | unknown_ca 48
        monit        | 1.3 | failed protocol tls_error 80 | certificate_required 116             | failed protocol tls_error 80         | unknown_ca 48
        etcd         | 1.2 | accepted                     | bad_certificate 42                   | bad_certificate 42                   | bad_certificate 42
        etcd         | 1.3 | accepted                     | bad_certificate 42                   | bad_certificate 42                   | bad_certificate 42
        etcd-https   | 1.2 | accepted                     | bad_certificate 42                   | bad_certificate 42                   | bad_certificate 42
        etcd-https   | 1.3 | accepted                     | bad_certificate 42                   | bad_certificate 42                   | bad_certificate 42
        wolfssl      | 1.2 | accepted                     | closed_without_alert                 | certificate_expired 45               | unknown_ca 48
        wolfssl      | 1.3 | accepted                     | certificate_required 116             | certificate_expired 45               | unknown_ca 48
        mbedtls      | 1.2 | accepted                     | closed_without_alert                 | certificate_expired 45               | unknown_ca 48
        libvirt      | 1.2 | closed_without_alert         | closed_without_alert                 | closed_without_alert                 | closed_without_alert
        libvirt      | 1.3 | closed_without_alert         | closed_without_alert                 | closed_without_alert                 | closed_without_alert
        """;

    // A key that is only for signatures is not enough for libvirt: "Certificate usage does not permit key encipherment".
    private const string KeyEncipherment = """
        server  | TLS | rsa
        libvirt | 1.2 | accepted
        libvirt | 1.3 | accepted
        """;

    // etcd checks its revocation list after the handshake and closes, while it sends strangers an alert. A service behind TLS that is down does the
    // same, so this is no refusal.
    private const string Revoked = """
        server     | TLS | revoked
        etcd       | 1.2 | unconfirmed application closed
        etcd       | 1.3 | unconfirmed application closed
        etcd-https | 1.2 | unconfirmed application closed
        etcd-https | 1.3 | unconfirmed application closed
        """;

    public static IReadOnlyList<ClientCase> Cases { get; } = [.. Read(Cells), .. Read(KeyEncipherment), .. Read(Revoked)];

    /// <summary>
    /// How often to try a cell, so each credential is tried this many times with each of two versions, or as often in total with the only version of
    /// the server.
    /// </summary>
    public static int Times(ClientCase cell, int times) =>
        Cases.Count(other => (other.Server, other.Credential) == (cell.Server, cell.Credential)) == 1 ? 2 * times : times;

    private static List<ClientCase> Read(string cells)
    {
        var lines = cells.Split('\n').Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();
        return
        [
            .. from row in lines[1..]
               from column in Enumerable.Range(2, row.Length - 2)
               select new ClientCase(row[0], row[1], lines[0][column], Verdict(row[column])),
        ];
    }

    private static string Verdict(string cell) =>
        cell == "accepted" || cell.Split(' ')[0] is "failed" or "unconfirmed" ? cell : $"rejected client_certificate {cell}";
}

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// What each server of a service does with each client credential, as seen in its log. A cell is the verdict; <c>@</c> means <c>rejected
/// client_certificate</c>, and <c>login</c> means <c>accepted</c>, confirmed by a login. The name after a slash is the user or the account of the
/// target's block, or its version of the protocol.
/// </summary>
internal static class ServiceTable
{
    // PostgreSQL sends an alert for a certificate that it cannot verify, and an error message for none. With verify-full the user must be the common
    // name. MariaDB does the same; only an account that requires a certificate refuses a client without one, with the message for a wrong password.
    // Dovecot accepts every client, and checks at the login: its answers show that the session is open. Its LMTP closes on a bad certificate, and
    // accepts none. So does Prosody, but not for a client without one. mosquitto-users requires a user with a password.
    private const string Cells = """
        server                  | TLS | good                                 | none                      | expired                    | wrong_ca
        postgresql/verified     | 1.2 | accepted                             | @ refused_by_protocol     | @ certificate_expired 45   | @ unknown_ca 48
        postgresql/verified     | 1.3 | accepted                             | @ refused_by_protocol     | @ certificate_expired 45   | @ unknown_ca 48
        postgresql/good client  | 1.3 | accepted                             | @ refused_by_protocol     | @ certificate_expired 45   | @ unknown_ca 48
        postgresql/somebody     | 1.3 | @ refused_by_protocol                | @ refused_by_protocol     | @ certificate_expired 45   | @ unknown_ca 48
        postgresql/asked        | 1.3 | accepted                             | @ refused_by_protocol     | @ certificate_expired 45   | @ unknown_ca 48
        postgresql/mapped       | 1.2 | accepted                             | @ refused_by_protocol     | @ certificate_expired 45   | @ unknown_ca 48
        postgresql/mapped       | 1.3 | accepted                             | @ refused_by_protocol     | @ certificate_expired 45   | @ unknown_ca 48
        postgresql/unknown      | 1.3 | unconfirmed protocol no_confirmation | unconfirmed protocol no_confirmation | @ certificate_expired 45 | @ unknown_ca 48
        mariadb                 | 1.3 | accepted                             | accepted                  | @ certificate_expired 45   | @ unknown_ca 48
        mariadb/x509            | 1.2 | accepted                             | @ refused_by_protocol     | @ certificate_expired 45   | @ unknown_ca 48
        mariadb/x509            | 1.3 | accepted                             | @ refused_by_protocol     | @ certificate_expired 45   | @ unknown_ca 48
        mariadb/subject         | 1.3 | login                                | @ refused_by_protocol     | @ certificate_expired 45   | @ unknown_ca 48
        mariadb/other           | 1.3 | unconfirmed protocol no_confirmation | @ refused_by_protocol     | @ certificate_expired 45   | @ unknown_ca 48
        mariadb/open            | 1.3 | accepted                             | accepted                  | @ certificate_expired 45   | @ unknown_ca 48
        mariadb/word            | 1.3 | unconfirmed protocol no_confirmation | @ refused_by_protocol     | @ certificate_expired 45   | @ unknown_ca 48
        dovecot-imap            | 1.2 | accepted                             | accepted                  | accepted                   | accepted
        dovecot-imap            | 1.3 | accepted                             | accepted                  | accepted                   | accepted
        dovecot-imaps           | 1.3 | accepted                             | accepted                  | accepted                   | accepted
        dovecot-pop3            | 1.3 | accepted                             | accepted                  | accepted                   | accepted
        dovecot-pop3s           | 1.3 | accepted                             | accepted                  | accepted                   | accepted
        redis                   | 1.2 | accepted                             | @ handshake_failure 40    | @ certificate_expired 45   | @ unknown_ca 48
        redis                   | 1.3 | accepted                             | @ certificate_required 116 | @ certificate_expired 45  | @ unknown_ca 48
        redis-optional          | 1.3 | accepted                             | accepted                  | @ certificate_expired 45   | @ unknown_ca 48
        mosquitto               | 1.2 | accepted                             | @ handshake_failure 40    | @ certificate_expired 45   | @ unknown_ca 48
        mosquitto               | 1.3 | accepted                             | @ certificate_required 116 | @ certificate_expired 45  | @ unknown_ca 48
        mosquitto/5             | 1.2 | login                                | @ handshake_failure 40    | @ certificate_expired 45   | @ unknown_ca 48
        mosquitto/5             | 1.3 | login                                | @ certificate_required 116 | @ certificate_expired 45  | @ unknown_ca 48
        mosquitto-users/5       | 1.3 | @ refused_by_protocol                | @ certificate_required 116 | @ certificate_expired 45  | @ unknown_ca 48
        mosquitto-users         | 1.3 | @ refused_by_protocol                | @ certificate_required 116 | @ certificate_expired 45  | @ unknown_ca 48
        postfix                 | 1.2 | accepted                             | @ refused_by_protocol     | @ refused_by_protocol      | @ refused_by_protocol
        postfix                 | 1.3 | accepted                             | @ refused_by_protocol     | @ refused_by_protocol      | @ refused_by_protocol
        exim                    | 1.2 | accepted                             | @ certificate_required 50 | @ bad_certificate 42       | @ bad_certificate 42
        exim                    | 1.3 | accepted                             | @ certificate_required 116 | @ bad_certificate 42      | @ bad_certificate 42
        dovecot-lmtp            | 1.3 | accepted                             | accepted                  | @ closed_without_alert     | @ closed_without_alert
        dovecot-sieve           | 1.3 | accepted                             | accepted                  | accepted                   | accepted
        vsftpd                  | 1.2 | accepted                             | @ handshake_failure 40    | @ certificate_expired 45   | @ unknown_ca 48
        vsftpd                  | 1.3 | accepted                             | @ certificate_required 116 | @ certificate_expired 45   | @ unknown_ca 48
        vsftpd-at-once          | 1.3 | accepted                             | @ certificate_required 116 | @ certificate_expired 45   | @ unknown_ca 48
        prosody                 | 1.2 | accepted                             | @ handshake_failure 40    | accepted                   | accepted
        prosody                 | 1.3 | accepted                             | @ certificate_required 116 | accepted                   | accepted
        prosody-at-once         | 1.3 | accepted                             | @ certificate_required 116 | accepted                   | accepted
        prosody-servers         | 1.3 | accepted                             | accepted | accepted                   | accepted
        rabbitmq                | 1.2 | accepted                             | @ handshake_failure 40    | @ certificate_expired 45   | @ unknown_ca 48
        rabbitmq/1.0            | 1.2 | accepted                             | @ handshake_failure 40    | @ certificate_expired 45   | @ unknown_ca 48
        rabbitmq/1.0            | 1.3 | accepted                             | @ certificate_required 116 | @ certificate_expired 45  | @ unknown_ca 48
        rabbitmq                | 1.3 | accepted                             | @ certificate_required 116 | @ certificate_expired 45   | @ unknown_ca 48
        nginx-http2             | 1.2 | accepted                             | @ http_status             | @ http_status              | @ http_status
        nginx-http2             | 1.3 | accepted                             | @ http_status             | @ http_status              | @ http_status
        kestrel-http2           | 1.2 | accepted                             | @ closed_without_alert    | @ closed_without_alert     | @ closed_without_alert
        kestrel-http2           | 1.3 | accepted                             | @ closed_without_alert    | @ closed_without_alert     | @ closed_without_alert
        grpc-aspnetcore         | 1.2 | accepted                             | @ closed_without_alert    | @ closed_without_alert     | @ closed_without_alert
        grpc-aspnetcore         | 1.3 | accepted                             | @ closed_without_alert    | @ closed_without_alert     | @ closed_without_alert
        grpc                    | 1.2 | accepted                             | @ closed_without_alert    | @ closed_without_alert     | @ closed_without_alert
        grpc                    | 1.3 | accepted                             | @ closed_without_alert    | @ closed_without_alert     | @ closed_without_alert
        openldap                | 1.2 | accepted                             | @ closed_without_alert    | @ closed_without_alert     | @ closed_without_alert
        openldap                | 1.3 | accepted                             | @ closed_without_alert    | @ closed_without_alert     | @ closed_without_alert
        """;

    // The servers that read a revocation list.
    private const string Revoked = """
        server                  | TLS | revoked
        postgresql/verified     | 1.2 | @ certificate_revoked 44
        postgresql/verified     | 1.3 | @ certificate_revoked 44
        mariadb                 | 1.3 | @ certificate_revoked 44
        mosquitto               | 1.2 | @ certificate_revoked 44
        mosquitto               | 1.3 | @ certificate_revoked 44
        exim                    | 1.2 | @ bad_certificate 42
        exim                    | 1.3 | @ bad_certificate 42
        openldap                | 1.2 | @ closed_without_alert
        openldap                | 1.3 | @ closed_without_alert
        nginx-http2             | 1.2 | @ http_status
        nginx-http2             | 1.3 | @ http_status
        """;

    public static IReadOnlyList<ServiceCase> Cases { get; } = [.. Read(Cells), .. Read(Revoked)];

    public static List<ServiceCase> Read(string cells)
    {
        var lines = cells.Split('\n').Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();
        return
        [
            .. from row in lines[1..]
               let name = row[0].Split('/')
               from column in Enumerable.Range(2, row.Length - 2)
               select new ServiceCase(name[0], name.Length > 1 ? name[1] : null, row[1], lines[0][column], (row[column] == "login" ? "accepted" : row[column]).Replace("@", "rejected client_certificate", StringComparison.Ordinal)) { IsLogin = row[column] == "login" },
        ];
    }
}

/// <summary>What a server does with one credential.</summary>
/// <param name="Server">The name in <see cref="Servers.ServiceServers"/>.</param>
/// <param name="User">The key <c>user</c> or <c>version</c> of the target's block, or a kind of login; null: none.</param>
internal sealed record ServiceCase(string Server, string? User, string Version, string Credential, string Verdict)
{
    /// <summary><paramref name="User"/> is a kind of login.</summary>
    public bool LogsIn { get; init; }

    /// <summary>The record says that a login has confirmed it.</summary>
    public bool IsLogin { get; init; }

    public string Target => $"{Server}-{User?.Replace(' ', '_').Replace('=', '_').Replace(',', '_').Replace('!', '_') ?? "nobody"}-{(LogsIn ? "login-" : "")}{Version}-{Credential}";
}

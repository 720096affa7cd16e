namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// What servers of services do with each client credential at a login, as seen in their logs; in the form of <see cref="ServiceTable"/>. The name
/// after a slash is a kind of login, of <see cref="Servers.Logins"/>. <c>rsa</c> is a good certificate whose name is no user's.
/// </summary>
internal static class ServiceLoginTable
{
    // Dovecot accepts any name, and checks the certificate at each login, with any mechanism, before the password. RabbitMQ requires a user with the
    // certificate's name. OpenLDAP accepts any subject for EXTERNAL, and offers EXTERNAL only to a client with a certificate. With "allow" and GnuTLS
    // it also accepts the subject of a certificate that it cannot verify. MySQL and MQTT brokers answer a wrong password and a wrong certificate in
    // the same way.
    private const string Cells = """
        server                   | TLS | good                                    | rsa                       | none                                    | expired                  | wrong_ca
        dovecot-imap/external    | 1.2 | login                                   | login                     | @ refused_by_protocol                   | @ refused_by_protocol    | @ refused_by_protocol
        dovecot-imap/external    | 1.3 | login                                   | login                     | @ refused_by_protocol                   | @ refused_by_protocol    | @ refused_by_protocol
        dovecot-imaps/external   | 1.3 | login                                   | login                     | @ refused_by_protocol                   | @ refused_by_protocol    | @ refused_by_protocol
        dovecot-pop3/external    | 1.3 | login                                   | login                     | @ refused_by_protocol                   | @ refused_by_protocol    | @ refused_by_protocol
        dovecot-pop3s/external   | 1.3 | login                                   | login                     | @ refused_by_protocol                   | @ refused_by_protocol    | @ refused_by_protocol
        dovecot-sieve/external   | 1.3 | login                                   | login                     | @ refused_by_protocol                   | @ refused_by_protocol    | @ refused_by_protocol
        dovecot-imap/shop        | 1.3 | login                                   | login                     | @ refused_by_protocol                   | @ refused_by_protocol    | @ refused_by_protocol
        dovecot-imap/shop!       | 1.3 | unconfirmed application login_refused   | unconfirmed application login_refused | @ refused_by_protocol       | @ refused_by_protocol    | @ refused_by_protocol
        rabbitmq/external        | 1.2 | login                                   | @ refused_by_protocol     | @ handshake_failure 40                  | @ certificate_expired 45 | @ unknown_ca 48
        rabbitmq/external        | 1.3 | login                                   | @ refused_by_protocol     | @ certificate_required 116              | @ certificate_expired 45 | @ unknown_ca 48
        rabbitmq/shop            | 1.3 | login                                   | login                     | @ certificate_required 116              | @ certificate_expired 45 | @ unknown_ca 48
        rabbitmq/shop!           | 1.3 | unconfirmed application login_refused   | unconfirmed application login_refused | @ certificate_required 116  | @ certificate_expired 45 | @ unknown_ca 48
        openldap-asks/external   | 1.2 | login                                   | login                     | unconfirmed protocol no_confirmation    | login                    | login
        openldap-asks/external   | 1.3 | login                                   | login                     | unconfirmed protocol no_confirmation    | login                    | login
        openldap/external        | 1.3 | login                                   | login                     | @ closed_without_alert                  | @ closed_without_alert   | @ closed_without_alert
        openldap-asks/cn=admin,cn=test  | 1.3 | login                            | login                     | login                                   | login                    | login
        openldap-asks/cn=admin,cn=test! | 1.3 | unconfirmed application login_refused | unconfirmed application login_refused | unconfirmed application login_refused | unconfirmed application login_refused | unconfirmed application login_refused
        mariadb/shop             | 1.2 | login                                   | unconfirmed application login_refused | unconfirmed application login_refused | @ certificate_expired 45 | @ unknown_ca 48
        mariadb/shop             | 1.3 | login                                   | unconfirmed application login_refused | unconfirmed application login_refused | @ certificate_expired 45 | @ unknown_ca 48
        mariadb/shop!            | 1.3 | unconfirmed application login_refused   | unconfirmed application login_refused | unconfirmed application login_refused | @ certificate_expired 45 | @ unknown_ca 48
        postgresql/shop          | 1.2 | login                                   | login                     | @ refused_by_protocol                   | @ certificate_expired 45 | @ unknown_ca 48
        postgresql/shop          | 1.3 | login                                   | login                     | @ refused_by_protocol                   | @ certificate_expired 45 | @ unknown_ca 48
        postgresql/shop!         | 1.3 | unconfirmed application login_refused   | unconfirmed application login_refused | @ refused_by_protocol       | @ certificate_expired 45 | @ unknown_ca 48
        postgresql/clear         | 1.3 | login                                   | login                     | @ refused_by_protocol                   | @ certificate_expired 45 | @ unknown_ca 48
        postgresql/full          | 1.3 | unconfirmed application login_refused   | unconfirmed application login_refused | @ refused_by_protocol       | @ certificate_expired 45 | @ unknown_ca 48
        mosquitto-users/shop     | 1.3 | login                                   | login                     | @ certificate_required 116              | @ certificate_expired 45 | @ unknown_ca 48
        mosquitto-users/shop!    | 1.3 | unconfirmed application login_refused   | unconfirmed application login_refused | @ certificate_required 116  | @ certificate_expired 45 | @ unknown_ca 48
        """;

    public static IReadOnlyList<ServiceCase> Cases { get; } = [.. ServiceTable.Read(Cells).Select(c => c with { LogsIn = true })];
}

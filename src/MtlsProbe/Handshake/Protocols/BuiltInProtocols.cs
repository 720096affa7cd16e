using MtlsProbe.Config;

namespace MtlsProbe.Handshake;

/// <summary>The protocols of this program. A new one needs its own file and a line here; its reasons are declared with the others.</summary>
internal static class BuiltInProtocols
{
    public static Protocols All { get; } = new(
    [
        Https.Grammar, Grpc.Grammar, Tls.Grammar, Postgres.Grammar, MySql.Grammar, Redis.Grammar, Mqtt.Grammar,
        Smtp.Grammar, Smtp.OverTls, Smtp.Local, Imap.Grammar, Imap.OverTls, Pop3.Grammar, Pop3.OverTls, Ldap.Grammar, Ldap.OverTls,
        Amqp.Grammar, Ftp.Grammar, Ftp.OverTls, Xmpp.Grammar, Xmpp.OverTls, Sieve.Grammar, Nntp.Grammar, Nntp.OverTls, Kafka.Grammar,
    ]);
}

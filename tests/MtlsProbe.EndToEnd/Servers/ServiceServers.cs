using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>Servers of HTTP/2 and of the protocols other than HTTP, one port for each protocol.</summary>
internal sealed class ServiceServers : IAsyncDisposable
{
    private readonly ServerGroups _groups;
    private readonly KestrelHttp2 _kestrel;

    private ServiceServers(PkiFiles files, ServerGroups groups, KestrelHttp2 kestrel) => (Files, _groups, _kestrel) = (files, groups, kestrel);

    /// <summary>A sentence that says what is missing, or null.</summary>
    public static string? Missing { get; } = Overlaid.Missing(
    [
        PostgreSql.Package, MariaDb.Package, .. Dovecot.Packages, RedisServer.Package, Mosquitto.Package, Postfix.Package, Exim.Package, OpenLdap.Package,
        Vsftpd.Package, Prosody.Package, RabbitMq.Package,
        Accounts.NamesPackage, Accounts.RightsPackage,
    ]) ?? Needs.Missing(NginxHttp2.Program, Needs.Python, Needs.Grpc);

    public PkiFiles Files { get; }

    /// <summary>The port of a server.</summary>
    public Endpoint this[string server] => _groups.Endpoints.Concat(_kestrel.Endpoints).Single(endpoint => endpoint.Server == server);

    public static async Task<ServiceServers> Start(Workspace workspace)
    {
        var files = new PkiFiles(workspace, TestPki.Shared);
        var kestrel = await KestrelHttp2.Start(TestPki.Shared, [Of("kestrel-http2", "https"), Of("grpc-aspnetcore", "grpc")]);
        return new ServiceServers(files, await ServerGroups.Start(Starting(workspace, files)), kestrel);
    }

    public async ValueTask DisposeAsync()
    {
        await _groups.DisposeAsync();
        await _kestrel.DisposeAsync();
    }

    private static IEnumerable<Task<ServerGroup>> Starting(Workspace workspace, PkiFiles files) =>
    [
        PostgreSql.Start(workspace, files, Of("postgresql", "postgres")),
        MariaDb.Start(workspace, files, Of("mariadb", "mysql")),
        Dovecot.Start(workspace, files, [Of("dovecot-imap", "imap"), Of("dovecot-imaps", "imaps"), Of("dovecot-pop3", "pop3"), Of("dovecot-pop3s", "pop3s"), Of("dovecot-sieve", "sieve"), Of("dovecot-lmtp", "lmtp")]),
        RedisServer.Start(files, Of("redis", "rediss"), "yes"),
        RedisServer.Start(files, Of("redis-optional", "rediss"), "optional"),
        Mosquitto.Start(workspace, files, [Of("mosquitto", "mqtts"), Of("mosquitto-users", "mqtts")]),
        Postfix.Start(workspace, files, [Of("postfix", "smtp")], atOnce: false),
        Exim.Start(workspace, files, [Of("exim", "smtp")], atOnce: false),
        OpenLdap.Start(workspace, files, [Of("openldap", "ldap")], atOnce: false),
        OpenLdap.Start(workspace, files, [Of("openldap-asks", "ldaps")], verify: "allow"),
        Vsftpd.Start(workspace, files, Of("vsftpd", "ftp")),
        Vsftpd.Start(workspace, files, Of("vsftpd-at-once", "ftps")),
        Prosody.Start(workspace, files, [Of("prosody", "xmpp"), Of("prosody-at-once", "xmpps"), Of("prosody-servers", "xmpp")]),
        RabbitMq.Start(workspace, files, Of("rabbitmq", "amqps")),
        NginxHttp2.Start(workspace, files, Of("nginx-http2", "https")),
        ScriptServers.GrpcByCalls(files, Of("grpc", "grpc")),
    ];

    private static Endpoint Of(string server, string protocol) => new(server, "good", Ports.Free(), protocol);
}

/// <summary>A theory about the servers of services; all of them must be available.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ServiceServersTheoryAttribute : TheoryAttribute
{
    public ServiceServersTheoryAttribute() => Skip = ServiceServers.Missing;
}

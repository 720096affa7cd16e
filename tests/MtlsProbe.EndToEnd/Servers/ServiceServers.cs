using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>Servers of HTTP/2 and of the protocols that are no HTTP, one port for each protocol that they speak.</summary>
internal sealed class ServiceServers : IAsyncDisposable
{
    private readonly List<ServerGroup> _groups = [];

    private ServiceServers(PkiFiles files) => Files = files;

    /// <summary>A sentence that says what is missing, or null.</summary>
    public static string? Missing { get; } = Overlaid.Missing(
    [
        PostgreSql.Package, MariaDb.Package, .. Dovecot.Packages, RedisServer.Package, Mosquitto.Package, Postfix.Package, Exim.Package, OpenLdap.Package,
        Vsftpd.Package, Prosody.Package, RabbitMq.Package,
        Accounts.NamesPackage, Accounts.RightsPackage,
    ]) ?? Needs.Missing(NginxHttp2.Program, Needs.Python, Needs.Grpc);

    public PkiFiles Files { get; }

    /// <summary>The port of a server.</summary>
    public Endpoint this[string server] => _groups.SelectMany(group => group.Endpoints).Single(endpoint => endpoint.Server == server);

    public static async Task<ServiceServers> Start(Workspace workspace)
    {
        var servers = new ServiceServers(new PkiFiles(workspace, TestPki.Shared));
        try
        {
            await Task.WhenAll(servers.Starting(workspace).Select(servers.Add));
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var group in _groups) await group.DisposeAsync();
    }

    private IEnumerable<Task<ServerGroup>> Starting(Workspace workspace) =>
    [
        PostgreSql.Start(workspace, Files, Of("postgresql", "postgres")),
        MariaDb.Start(workspace, Files, Of("mariadb", "mysql")),
        Dovecot.Start(workspace, Files, [Of("dovecot-imap", "imap"), Of("dovecot-imaps", "imaps"), Of("dovecot-pop3", "pop3"), Of("dovecot-pop3s", "pop3s"), Of("dovecot-sieve", "sieve")]),
        RedisServer.Start(Files, Of("redis", "rediss"), "yes"),
        RedisServer.Start(Files, Of("redis-optional", "rediss"), "optional"),
        Mosquitto.Start(workspace, Files, [Of("mosquitto", "mqtts"), Of("mosquitto-users", "mqtts")]),
        Postfix.Start(workspace, Files, [Of("postfix", "smtp")], atOnce: false),
        Exim.Start(workspace, Files, [Of("exim", "smtp")], atOnce: false),
        OpenLdap.Start(workspace, Files, [Of("openldap", "ldap")], atOnce: false),
        Vsftpd.Start(workspace, Files, Of("vsftpd", "ftp")),
        Vsftpd.Start(workspace, Files, Of("vsftpd-at-once", "ftps")),
        Prosody.Start(workspace, Files, [Of("prosody", "xmpp"), Of("prosody-at-once", "xmpps"), Of("prosody-servers", "xmpp")]),
        RabbitMq.Start(workspace, Files, Of("rabbitmq", "amqps")),
        NginxHttp2.Start(workspace, Files, Of("nginx-http2", "https")),
        ScriptServers.GrpcByCalls(Files, Of("grpc", "grpc")),
    ];

    private async Task Add(Task<ServerGroup> start)
    {
        var group = await start;
        lock (_groups) _groups.Add(group);
    }

    private static Endpoint Of(string server, string protocol) => new(server, "good", Ports.Free(), protocol);
}

/// <summary>A theory about the servers of services; all of them have to be there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ServiceServersTheoryAttribute : TheoryAttribute
{
    public ServiceServersTheoryAttribute() => Skip = ServiceServers.Missing;
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>RabbitMQ, which refuses with an alert, or at a login by EXTERNAL, if the certificate has no user. Its plugin has AMQP 1.0.</summary>
internal static class RabbitMq
{
    public const string Package = "rabbitmq-server";

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, Endpoint endpoint)
    {
        var folder = workspace.Folder("rabbitmq");
        workspace.Write("rabbitmq/rabbitmq.conf", $"""
            listeners.tcp = none
            listeners.ssl.1 = 127.0.0.1:{endpoint.Port}
            ssl_options.cacertfile = {files.Root}
            ssl_options.certfile = {files.ServerCertificate(endpoint.Certificate)}
            ssl_options.keyfile = {files.ServerKey(endpoint.Certificate)}
            ssl_options.verify = verify_peer
            ssl_options.fail_if_no_peer_cert = true
            ssl_options.depth = 3
            auth_mechanisms.1 = EXTERNAL
            auth_mechanisms.2 = PLAIN
            ssl_cert_login_from = common_name
            load_definitions = {workspace.Write("rabbitmq/users.json", Users())}

            """);
        workspace.Write("rabbitmq/plugins", "[rabbitmq_auth_mechanism_ssl, rabbitmq_amqp1_0].\n");
        var home = Path.GetFileName(Directory.GetDirectories(Unpacked.Package(Package).PathOf("usr/lib/rabbitmq/lib"))[0]);
        var environment = new Dictionary<string, string>
        {
            ["HOME"] = folder,
            ["RABBITMQ_NODENAME"] = "probe@localhost",
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(folder, "rabbitmq"),
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(folder, "mnesia"),
            ["RABBITMQ_LOG_BASE"] = Path.Combine(folder, "log"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(folder, "plugins"),
            ["RABBITMQ_PID_FILE"] = Path.Combine(folder, "pid"),
            ["RABBITMQ_DIST_PORT"] = Ports.Free().ToString(CultureInfo.InvariantCulture),
            ["ERL_EPMD_PORT"] = Ports.Free().ToString(CultureInfo.InvariantCulture),
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        };
        return ServerGroup.Ready([endpoint], Overlaid.Start("rabbitmq", [Package], $"/usr/lib/rabbitmq/lib/{home}/sbin/rabbitmq-server", [], environment));
    }

    /// <summary>One for the common name of the good certificate, without a password, and one with a password.</summary>
    private static string Users()
    {
        byte[] salt = [1, 2, 3, 4];
        byte[] hashed = [.. salt, .. SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(Logins.Word)])];
        string User(string name, string hash) => $$"""{ "name": "{{name}}", "password_hash": "{{hash}}", "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": "" }""";
        return $$"""{ "users": [{{User("good client", "")}}, {{User(Logins.User, Convert.ToBase64String(hashed))}}], "vhosts": [{ "name": "/" }] }""";
    }
}

using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// PostgreSQL, whose pg_hba.conf has one user for each way to check the certificate. A client without one gets as far as the protocol; a bad one is
/// refused with an alert.
/// </summary>
internal static class PostgreSql
{
    public const string Package = "postgresql-15";

    private const string Rules = """
        hostssl all "good client" all trust clientcert=verify-full
        hostssl all somebody all trust clientcert=verify-full
        hostssl all verified all trust clientcert=verify-ca
        hostssl all asked all scram-sha-256 clientcert=verify-ca
        hostssl all mapped all cert map=probe
        hostssl all shop all scram-sha-256 clientcert=verify-ca
        hostssl all clear all password clientcert=verify-ca
        hostssl all full all scram-sha-256 clientcert=verify-full

        """;

    /// <summary>The users that have a password.</summary>
    private const string Roles = $"""
        CREATE ROLE {Logins.User} LOGIN PASSWORD '{Logins.Word}';
        CREATE ROLE clear LOGIN PASSWORD '{Logins.Word}';
        CREATE ROLE full LOGIN PASSWORD '{Logins.Word}';

        """;

    public static async Task<ServerGroup> Start(Workspace workspace, PkiFiles files, Endpoint endpoint)
    {
        var programs = Directory.GetDirectories(Unpacked.Package(Package).PathOf("usr/lib/postgresql"))[0].Split('/')[^1];
        string Program(string name) => $"/usr/lib/postgresql/{programs}/bin/{name}";

        var data = workspace.PathOf("postgresql");
        await Overlaid.Run([Package], Program("initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8"]);
        workspace.Write("postgresql/pg_hba.conf", Rules);
        workspace.Write("postgresql/pg_ident.conf", "probe \"good client\" mapped\n");
        await Overlaid.Run([Package], Program("postgres"), ["--single", "-F", "-D", data, "postgres"], workspace.Write("roles.sql", Roles));
        IEnumerable<string> settings =
        [
            "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "ssl=on", $"ssl_ca_file={files.Root}", $"ssl_crl_file={files.RevocationLists}",
            $"ssl_cert_file={files.ServerCertificate(endpoint.Certificate)}", $"ssl_key_file={files.ServerKey(endpoint.Certificate)}",
        ];
        return await ServerGroup.Ready([endpoint], Overlaid.Start(
            "postgres", [Package], Program("postgres"), ["-D", data, "-p", endpoint.Port.ToString(CultureInfo.InvariantCulture), .. settings.SelectMany(setting => new[] { "-c", setting })]));
    }
}

using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>MariaDB with an account for each requirement that it can make of a certificate. It asks every client for one.</summary>
internal static class MariaDb
{
    public const string Package = "mariadb-server-core";

    private const string Accounts = $"""
        CREATE USER x509@'%' REQUIRE X509;
        CREATE USER subject@'%' REQUIRE SUBJECT '/O=MtlsProbe tests/CN=good client';
        CREATE USER other@'%' REQUIRE SUBJECT '/CN=somebody else';
        CREATE USER open@'%';
        CREATE USER word@'%' IDENTIFIED BY '{Logins.Word}' REQUIRE X509;
        CREATE USER {Logins.User}@'%' IDENTIFIED BY '{Logins.Word}' REQUIRE SUBJECT '/O=MtlsProbe tests/CN=good client';

        """;

    private static readonly string[] s_tables = ["mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql"];

    public static async Task<ServerGroup> Start(Workspace workspace, PkiFiles files, Endpoint endpoint)
    {
        var data = workspace.Folder("mariadb");
        var tables = s_tables.Select(table => File.ReadAllText(Unpacked.Package(Package).PathOf($"usr/share/mysql/{table}")));
        var script = workspace.Write("mariadb.sql", "create database mysql;\nuse mysql;\n" + string.Concat(tables));
        IReadOnlyList<string> common = ["--no-defaults", $"--datadir={data}", "--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M", "--innodb-flush-log-at-trx-commit=0"];
        await Overlaid.Run([Package], "mariadbd", [.. common, "--bootstrap", "--log-warnings=0"], script);
        return await ServerGroup.Ready([endpoint], Overlaid.Start("mariadb", [Package], "mariadbd",
        [
            .. common, string.Create(CultureInfo.InvariantCulture, $"--port={endpoint.Port}"), "--bind-address=127.0.0.1", $"--socket={workspace.PathOf("mariadb.sock")}",
            $"--pid-file={workspace.PathOf("mariadb.pid")}", "--skip-name-resolve", $"--init-file={workspace.Write("accounts.sql", Accounts)}", $"--ssl-ca={files.Root}", $"--ssl-crl={files.RevocationLists}",
            $"--ssl-cert={files.ServerCertificate(endpoint.Certificate)}", $"--ssl-key={files.ServerKey(endpoint.Certificate)}",
        ]));
    }
}

using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// Postfix with TLS from the first octet, or after STARTTLS. It completes every handshake, and refuses in the protocol: 421, then it closes.
/// </summary>
internal static class Postfix
{
    public const string Package = "postfix";

    private static readonly string[] Queues = ["active", "bounce", "defer", "deferred", "flush", "incoming", "maildrop", "pid", "private", "public"];

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints, bool atOnce = true)
    {
        var package = Unpacked.Package(Package);
        var root = new Accounts(workspace, "postfix", "postdrop", "nobody").EnvironmentOfRoot;
        foreach (var queue in Queues) workspace.Folder($"postfix/queue/{queue}");
        var folder = workspace.Folder("postfix/etc");
        workspace.Write("postfix/etc/main.cf", $"""
            compatibility_level = 3.6
            queue_directory = {workspace.PathOf("postfix/queue")}
            data_directory = {workspace.Folder("postfix/data")}
            command_directory = {package.PathOf("usr/sbin")}
            daemon_directory = {package.PathOf("usr/lib/postfix/sbin")}
            shlib_directory = {package.PathOf("usr/lib/postfix")}
            meta_directory = {folder}
            import_environment = MAIL_CONFIG LD_LIBRARY_PATH {string.Join(' ', root.Keys)}
            maillog_file = /dev/stdout
            myhostname = server.test
            mydestination =
            local_recipient_maps =
            alias_maps =
            alias_database =
            inet_protocols = ipv4
            smtpd_peername_lookup = no
            smtpd_client_connection_count_limit = 0
            smtpd_tls_wrappermode = {(atOnce ? "yes" : "no")}
            smtpd_tls_security_level = encrypt
            smtpd_tls_req_ccert = yes
            smtpd_tls_CAfile = {files.Root}
            smtpd_tls_key_file = {files.ServerKey(endpoints[0].Certificate)}
            smtpd_tls_cert_file = {files.ServerCertificate(endpoints[0].Certificate)}

            """);
        workspace.Write("postfix/etc/master.cf", $"""
            {string.Concat(endpoints.Select(e => $"{e.Host}:{e.Port} inet n - n - - smtpd\n"))}
            tlsmgr unix - - n 1000? 1 tlsmgr
            anvil unix - - n - 1 anvil
            postlog unix-dgram n - n - 1 postlogd

            """);
        var environment = root.Append(new("MAIL_CONFIG", folder)).ToDictionary();
        return ServerGroup.Ready(endpoints, package.Start("postfix", "usr/lib/postfix/sbin/master", ["-c", folder, "-d"], environment));
    }
}

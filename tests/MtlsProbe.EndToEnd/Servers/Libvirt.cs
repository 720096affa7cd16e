using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// libvirtd of a user's session, without the drivers of any hypervisor. It checks certificates itself after the handshake and requires the key usage
/// keyEncipherment. It sends one octet to a client that it accepts, and silently closes on others.
/// </summary>
internal static class Libvirt
{
    public const string Package = "libvirt-daemon";

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, Endpoint endpoint)
    {
        var folder = workspace.Folder("libvirt");
        var port = endpoint.Port.ToString(CultureInfo.InvariantCulture);
        var configuration = workspace.Write("libvirt/libvirtd.conf", $"""
            listen_tls = 1
            listen_addr = "{endpoint.Host}"
            tls_port = "{port}"
            auth_tls = "none"
            tls_no_verify_certificate = 0
            tls_no_sanity_certificate = 1
            ca_file = "{files.Root}"
            cert_file = "{files.ServerCertificate(endpoint.Certificate)}"
            key_file = "{files.ServerKey(endpoint.Certificate)}"
            max_clients = 5000
            max_anonymous_clients = 5000
            log_outputs = "3:stderr"

            """);

        // All files of a session are in these directories; a process of root is no session, and writes into the directories of the machine.
        var package = Unpacked.Package(Package);
        var environment = new Dictionary<string, string>(package.Environment.Concat(Accounts.EnvironmentOfOther))
        {
            ["HOME"] = folder,
            ["XDG_RUNTIME_DIR"] = folder,
            ["XDG_CONFIG_HOME"] = folder,
            ["XDG_CACHE_HOME"] = folder,
            ["XDG_DATA_HOME"] = folder,
        };
        return ServerGroup.Ready([endpoint], ChildProcess.Start("libvirtd", package.PathOf("usr/sbin/libvirtd"), ["--listen", "--config", configuration], environment));
    }
}

using System.Globalization;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>Real proxies: Squid by CONNECT, Dante and microsocks by SOCKS 5.</summary>
internal static class Proxies
{
    public const string Squid = "squid";
    public const string Dante = "dante-server";
    public const string Microsocks = "microsocks";

    public const string User = "probe";

    /// <summary>Has the same password. Squid forgets a good password of a user for a moment after an attempt with a bad one.</summary>
    private const string SecondUser = "second";

    public const string Password = "a proxy's password";

    /// <summary>The hash of <see cref="Password"/>, from <c>openssl passwd -apr1</c>.</summary>
    private const string Hash = "$apr1$mtlsprob$79m0cOI4b9uGjtC4DBrVA0";

    /// <summary>Squid. Its first port accepts every client, its second requires the password; it forbids connections to one server.</summary>
    /// <param name="forbidden">The port of that server.</param>
    public static Task<ServerGroup> StartSquid(Workspace workspace, Endpoint open, Endpoint locked, int forbidden)
    {
        var users = workspace.Write("squid/users", $"{User}:{Hash}\n{SecondUser}:{Hash}\n");
        var configuration = workspace.Write("squid/squid.conf", $"""
            http_port 127.0.0.1:{open.Port}
            http_port 127.0.0.1:{locked.Port} name=locked
            auth_param basic program /usr/lib/squid/basic_ncsa_auth {users}
            auth_param basic children 1 startup=1
            auth_param basic realm proxy
            acl password proxy_auth REQUIRED
            acl by_locked myportname locked
            acl forbidden port {forbidden}
            acl tunnel method CONNECT
            http_access deny forbidden
            http_access deny by_locked !password
            http_access allow tunnel
            http_access deny all
            pid_filename none
            access_log none
            cache_log stdio:{workspace.Folder("squid")}/log
            coredump_dir none
            cache deny all
            cache_mem 8 MB
            pinger_enable off
            visible_hostname proxy.test
            shutdown_lifetime 0 seconds

            """);
        return ServerGroup.Ready([open, locked], Overlaid.Start("squid", [Squid], "squid", ["-N", "-d", "1", "-f", configuration]));
    }

    /// <summary>Dante, which accepts every client, but forbids connections to one server.</summary>
    /// <param name="forbidden">The port of that server.</param>
    public static Task<ServerGroup> StartDante(Workspace workspace, Endpoint endpoint, int forbidden)
    {
        var configuration = workspace.Write("danted.conf", $$"""
            logoutput: stderr
            internal: 127.0.0.1 port = {{endpoint.Port}}
            external: 127.0.0.1
            clientmethod: none
            socksmethod: none
            user.privileged: nobody
            user.unprivileged: nobody
            client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
            socks block { from: 127.0.0.0/8 to: 0.0.0.0/0 port = {{forbidden}} }
            socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }

            """);
        return ServerGroup.Ready([endpoint], Overlaid.Start("danted", [Dante], "danted", ["-N", "1", "-f", configuration, "-p", workspace.PathOf("danted.pid")]));
    }

    /// <summary>microsocks, which requires the password. (Dante would check it with PAM, that is, with the accounts of the machine.)</summary>
    public static Task<ServerGroup> StartMicrosocks(Endpoint endpoint) =>
        ServerGroup.Ready([endpoint], Unpacked.Package(Microsocks).Start("microsocks", "usr/bin/microsocks",
            ["-i", "127.0.0.1", "-p", endpoint.Port.ToString(CultureInfo.InvariantCulture), "-u", User, "-P", Password]));
}

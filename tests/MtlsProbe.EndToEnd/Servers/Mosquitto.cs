using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>Mosquitto: one port that takes the common name of the certificate for the user, and one that has no user to compare it with and lets nobody in.</summary>
internal static class Mosquitto
{
    public const string Package = "mosquitto";

    /// <param name="endpoints">The port that lets in, and the one that does not.</param>
    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints)
    {
        string Listener(Endpoint endpoint, bool takesIdentity) => $"""
            listener {endpoint.Port} 127.0.0.1
            cafile {files.Root}
            certfile {files.ServerCertificate(endpoint.Certificate)}
            keyfile {files.ServerKey(endpoint.Certificate)}
            require_certificate true
            use_identity_as_username {(takesIdentity ? "true" : "false")}
            allow_anonymous false

            """;

        var users = workspace.Write("mosquitto/passwords", "");
        var configuration = workspace.Write("mosquitto/mosquitto.conf", $"""
            user root
            per_listener_settings true
            {Listener(endpoints[0], takesIdentity: true)}
            {Listener(endpoints[1], takesIdentity: false)}password_file {users}

            """);
        return ServerGroup.Ready(endpoints, Unpacked.Package(Package).Start("mosquitto", "usr/sbin/mosquitto", ["-c", configuration]));
    }
}

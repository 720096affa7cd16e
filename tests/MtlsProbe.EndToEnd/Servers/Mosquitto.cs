using System.Globalization;
using System.Security.Cryptography;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// Mosquitto: one port that uses the common name of the certificate as the user, and one that requires a user and a password in addition to the
/// certificate.
/// </summary>
internal static class Mosquitto
{
    public const string Package = "mosquitto";

    /// <param name="endpoints">The port that accepts, and the one that does not.</param>
    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints)
    {
        string Listener(Endpoint endpoint, bool takesIdentity) => $"""
            listener {endpoint.Port} 127.0.0.1
            cafile {files.Root}
            crlfile {files.RevocationLists}
            certfile {files.ServerCertificate(endpoint.Certificate)}
            keyfile {files.ServerKey(endpoint.Certificate)}
            require_certificate true
            use_identity_as_username {(takesIdentity ? "true" : "false")}
            allow_anonymous false

            """;

        var users = workspace.Write("mosquitto/passwords", $"{Logins.User}:{Hashed(Logins.Word)}\n");
        var configuration = workspace.Write("mosquitto/mosquitto.conf", $"""
            user root
            per_listener_settings true
            {Listener(endpoints[0], takesIdentity: true)}
            {Listener(endpoints[1], takesIdentity: false)}password_file {users}

            """);
        return ServerGroup.Ready(endpoints, Unpacked.Package(Package).Start("mosquitto", "usr/sbin/mosquitto", ["-c", configuration]));
    }

    /// <summary>As <c>mosquitto_passwd</c> writes it: PBKDF2 with SHA-512.</summary>
    private static string Hashed(string word)
    {
        const int iterations = 101;
        var salt = RandomNumberGenerator.GetBytes(12);
        var hash = Rfc2898DeriveBytes.Pbkdf2(word, salt, iterations, HashAlgorithmName.SHA512, SHA512.HashSizeInBytes);
        return string.Create(CultureInfo.InvariantCulture, $"$7${iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}");
    }
}

using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// Servers in other languages, a few lines each in <c>Scripts</c>. All of them demand a client certificate, check no revocation, and close without an
/// alert if they do not accept the certificate.
/// </summary>
internal static class ScriptServers
{
    /// <summary>aiohttp, on asyncio.</summary>
    public static Task<ServerGroup> Aiohttp(PkiFiles files) => Python(files, "aiohttp", WithHttp("aiohttp"));

    /// <summary>hypercorn, on asyncio.</summary>
    public static Task<ServerGroup> Hypercorn(PkiFiles files) => Python(files, "hypercorn", WithHttp("hypercorn"));

    /// <summary>gRPC's C core, which closes on every client that does not offer h2.</summary>
    public static Task<ServerGroup> Grpc(PkiFiles files) => Python(files, "grpc", [Endpoint.Tls("grpc", "good")]);

    /// <summary>The same for a client that calls a method: it has no service, and says so.</summary>
    public static Task<ServerGroup> GrpcByCalls(PkiFiles files, Endpoint endpoint) => Python(files, "grpc", [endpoint]);

    /// <summary>Node.js without HTTP.</summary>
    public static Task<ServerGroup> Node(PkiFiles files) => Node(files, Endpoint.Tls("node-tls", "good"));

    /// <summary>The same on this port; with HTTP if the endpoint speaks https.</summary>
    public static Task<ServerGroup> Node(PkiFiles files, Endpoint endpoint) =>
        Start(files, "node", Needs.Find("node"), [Script("node_server.js"), endpoint.Protocol], [endpoint]);

    private static Task<ServerGroup> Python(PkiFiles files, string name, IReadOnlyList<Endpoint> endpoints) =>
        Start(files, name, Needs.Python, [Script($"{name}_server.py")], endpoints);

    private static Task<ServerGroup> Start(PkiFiles files, string name, string program, IEnumerable<string> words, IReadOnlyList<Endpoint> endpoints)
    {
        var port = endpoints[0].Port.ToString(CultureInfo.InvariantCulture);
        return ServerGroup.Ready(endpoints, ChildProcess.Start(
            name, program, [.. words, port, files.ServerCertificate("good"), files.ServerKey("good"), files.Root]));
    }

    /// <summary>One port that is probed with or without a request.</summary>
    private static IReadOnlyList<Endpoint> WithHttp(string name)
    {
        var tls = Endpoint.Tls($"{name}-tls", "good");
        return [tls, tls with { Server = $"{name}-https", Protocol = "https" }];
    }

    /// <summary>The path of a file in <c>Scripts</c>.</summary>
    public static string Script(string file) => Path.Combine(Repository.Root, "tests", "MtlsProbe.EndToEnd", "Servers", "Scripts", file);
}

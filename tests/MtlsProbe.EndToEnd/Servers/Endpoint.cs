namespace MtlsProbe.EndToEnd.Servers;

/// <summary>A port of a real server.</summary>
/// <param name="Server">The server, by its name in the tables of expectations.</param>
/// <param name="Certificate">The name of the <see cref="Pki.ServerCredential"/> that it presents.</param>
/// <param name="Protocol"><c>https</c> or <c>tls</c>.</param>
/// <param name="Path">The path of the request; https only.</param>
internal sealed record Endpoint(string Server, string Certificate, int Port, string Protocol, string Path = "/")
{
    /// <summary>The loopback address that it listens on.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The server name for the client, a name or an address.</summary>
    public string ServerName { get; init; } = Pki.TestPki.ServerName;

    /// <summary>The only version of TLS that is probed here; null: both.</summary>
    public string? Version { get; init; }

    /// <summary>How it checks clients; null: with the common root and its revocation lists.</summary>
    public ClientCheck? Check { get; init; }

    /// <summary>What a client meets at this port.</summary>
    public Face Face { get; init; }

    /// <summary>The status of every answer; nginx only.</summary>
    public int Status { get; init; } = 200;

    /// <summary>A file with an OCSP response to staple, DER; null: none. nginx only.</summary>
    public string? Stapled { get; init; }

    public static Endpoint Https(string server, string certificate, string path = "/") => new(server, certificate, Harness.Ports.Free(), "https", path);

    public static Endpoint Tls(string server, string certificate) => new(server, certificate, Harness.Ports.Free(), "tls");
}

/// <summary>What a port speaks; other values than TLS are for nginx only.</summary>
internal enum Face
{
    Tls,

    /// <summary>HTTP without TLS.</summary>
    Plain,

    /// <summary>Nothing listens.</summary>
    Closed,
}

using System.Security.Authentication;

namespace MtlsProbe.EndToEnd.Faults;

/// <summary>Honest servers that answer the close of the probe in rare ways.</summary>
internal static class CloseFaults
{
    private const string Accepted = "accepted";

    public static IReadOnlyList<Fault> All { get; } =
    [
        .. ((string[])["1.2", "1.3"]).Select(version => new Fault($"answers a close only after the end of the stream, TLS {version}", Accepted, async client =>
        {
            var tls = await client.Handshake(version == "1.2" ? SslProtocols.Tls12 : SslProtocols.Tls13);
            while (await tls.ReadAsync(new byte[1024]) > 0) ;
            await client.ReadToEnd();
            await tls.ShutdownAsync();
            await client.Close();
        })
        { Version = version }),

        // As BoringSSL does: the tickets wait for the first write.
        new("sends its tickets in one packet with its answer to a close, TLS 1.3", Accepted, async client =>
        {
            var stages = client.HoldingBack();
            var tls = await client.Handshake(SslProtocols.Tls13, stages);
            while (await tls.ReadAsync(new byte[1024]) > 0) ;
            await tls.ShutdownAsync();
            await stages.Release();
            await client.Close();
        })
        { Version = "1.3" },
    ];
}

using MtlsProbe.OpenSsl;
using MtlsProbe.Tests.Handshake;

namespace MtlsProbe.Hostile;

/// <summary>A hostile server.</summary>
/// <param name="Name">The name of its target: what it does.</param>
/// <param name="Behave">What it does with each connection. It keeps earlier connections until their clients have gone.</param>
internal sealed record HostileServer(string Name, Func<PeerConnection, Task> Behave)
{
    public string Protocol { get; init; } = "tls";

    /// <summary>Further keys of the target, as in a mapping of YAML.</summary>
    public string Keys { get; init; } = "";

    /// <summary>Other parameters for each connection in turn, if it speaks TLS; derived from those of a good server.</summary>
    public Func<ServerParameters, IEnumerable<ServerParameters>>? Tls { get; init; }

    /// <summary>Its changes to libssl before the first connection.</summary>
    public Action<TlsContext> Prepare { get; init; } = _ => { };

    public Peer Start(ServerParameters good) => Tls is null
        ? Peer.Raw(Behave)
        : Peer.Tls([.. Tls(good).Select(Prepared)], Behave);

    private TlsContext Prepared(ServerParameters parameters)
    {
        var context = TlsContext.Server(parameters);
        Prepare(context);
        return context;
    }
}

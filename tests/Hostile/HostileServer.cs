using MtlsProbe.OpenSsl;
using MtlsProbe.Tests.Handshake;

namespace MtlsProbe.Hostile;

/// <summary>A server that means harm.</summary>
/// <param name="Name">Of the target that leads to it: what it does.</param>
/// <param name="Behave">What it does with each connection. It has those of before until their clients have gone.</param>
internal sealed record HostileServer(string Name, Func<PeerConnection, Task> Behave)
{
    public string Protocol { get; init; } = "tls";

    /// <summary>Further keys of the target, as in a mapping of YAML.</summary>
    public string Keys { get; init; } = "";

    /// <summary>Another one for each connection in turn, where it speaks TLS; from what a good server would have.</summary>
    public Func<ServerParameters, IEnumerable<ServerParameters>>? Tls { get; init; }

    /// <summary>What it does to libssl before the first connection.</summary>
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

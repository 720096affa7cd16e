using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Posix;
using MtlsProbe.Readiness;
using MtlsProbe.Text;

namespace MtlsProbe.Handshake;

/// <summary>
/// The way from a connection to the server: through the proxy, with the PROXY header before anything that the server receives. Any failure here is
/// the proxy's, and says nothing about the server.
/// </summary>
/// <param name="secrets">Returns the content of a password file.</param>
internal sealed class Passage(SecretLookup secrets)
{
    /// <summary>Why it cannot be tried: the password for the proxy is not available. Null: it can.</summary>
    public FinalEvent? Missing(Way way)
    {
        if (way.Proxy is not { PasswordFile: { } file }) return null;
        var (secret, fault) = secrets(file);
        return secret is not null ? null : new FinalEvent(Phase.Identity, FinalEventKind.Material, fault?.Detail ?? $"{file} is not loaded") { Material = fault?.Reason ?? Reasons.NotFound };
    }

    /// <summary>The PROXY header that was sent, if any; and why the connection failed. Null: from now on, the peer is the server.</summary>
    public async Task<(ProxyPreface? Header, FinalEvent? Impassable)> OpenAsync(ClearText clear, ReadySocket socket, Target target, CancellationToken cancellation)
    {
        if (target.Way.Proxy is { } proxy && await PassAsync(clear, proxy, target, cancellation).ConfigureAwait(false) is { } failed) return (null, failed);
        var header = HeaderOf(socket, target);
        if (header is not null) await clear.WriteAsync(header.Bytes(target.Way.ProxyProtocol), cancellation).ConfigureAwait(false);
        return (header, null);
    }

    /// <summary>The PROXY header of this connection; null if none is configured, or if the connection is gone.</summary>
    private static ProxyPreface? HeaderOf(ReadySocket socket, Target target) =>
        target.Way.ProxyProtocol == ProxyHeader.None ? null : ProxyPreface.Of(Connecting.LocalEnd(socket.Socket), socket.Peer, target);

    /// <summary>The same failure, attributed to the proxy if the connection was to one.</summary>
    public static FinalEvent OfProxy(FinalEvent failure, Target target) => target.Way.Proxy is { } proxy
        && failure.Kind is FinalEventKind.NameNotFound or FinalEventKind.LookupFailed or FinalEventKind.ConnectFailed or FinalEventKind.Timeout
        && !failure.IsScarcity
            ? failure with { Kind = FinalEventKind.ProxyFailed, Detail = $"the proxy {proxy}: {failure.Detail}" }
            : failure;

    private async Task<FinalEvent?> PassAsync(ClearText clear, ProxyServer proxy, Target target, CancellationToken cancellation)
    {
        var password = proxy.PasswordFile is { } file ? secrets(file).Secret : null;
        try
        {
            var refused = proxy.Kind == ProxyKind.Http
                ? await HttpConnect.AskAsync(clear, target.Address, proxy.Username, password, cancellation).ConfigureAwait(false)
                : await Socks5.AskAsync(clear, target.Address, proxy.Username, password, cancellation).ConfigureAwait(false);
            if (refused is not null) return new FinalEvent(Phase.Proxy, FinalEventKind.ProxyRefused, $"the proxy {proxy} {refused}");
        }
        catch (MalformedException e)
        {
            return Failed(e.Message);
        }
        catch (IOException)
        {
            return Failed(clear.FinalEvent is { Kind: FinalEventKind.Reset } ? "reset the connection" : clear.FinalEvent is { Kind: FinalEventKind.UpgradeRefused } ? "sent more than 64 KiB" : "closed the connection without an answer");
        }

        // A server may send first only if its protocol begins in plain text: any other data come from the proxy.
        return target.Protocol.Upgrade is null && await clear.HasMoreAsync(cancellation).ConfigureAwait(false)
            ? Failed($"opened the tunnel, but sent {PlainText.QuoteLines(clear.Left.Span)} before the probe had sent anything to the server")
            : null;

        FinalEvent Failed(string what) => new(Phase.Proxy, FinalEventKind.ProxyFailed, $"the proxy {proxy} {what}");
    }
}

using System.Net;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>The request of a target as a curl command, for paths that <c>openssl s_client</c> does not support.</summary>
internal static class CurlCommand
{
    /// <summary>Null for a direct connection, and if curl has no equivalent.</summary>
    public static string? Of(Target target, CredentialFiles? credential, ValueList<string> anchors)
    {
        // Curl supports keys in tokens only if it was built with that. It sends PROXY headers of version 1 only, and takes a passphrase and a
        // password only on its command line, which others can read.
        if (target.Way == Way.Direct || target.Way is { ProxyProtocol: ProxyHeader.V2 } or { Proxy.PasswordFile: not null } || target.Protocol is not Https https || credential is { Passphrase: not null } or { Token: not null })
            return null;
        if (!target.ChecksName) return null; // it does not support SPIFFE IDs, and checks either the name or nothing
        var command = new ShellLine("curl").Word("--verbose", quoted: false).Word(https.IsVersion2 ? "--http2" : "--http1.1", quoted: false);
        if (https.Method == "HEAD") command.Word("--head", quoted: false);
        else if (https.Method != "GET") command.Option("--request", https.Method);
        Go(command, target.Way);
        if (credential is { IsPkcs12: true }) command.Option("--cert-type", "P12").Option("--cert", credential.Certificate);
        else if (credential is not null) command.Option("--cert", credential.Certificate).Option("--key", credential.Key);
        if (anchors.Count > 0) command.Option("--cacert", HandshakeCommands.AnchorFile(anchors));
        var host = IPAddress.TryParse(target.ServerName, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{target.ServerName}]" : target.ServerName;
        var name = $"{host}:{target.Address.Port}";
        if (name != target.Address.ToString()) command.Option("--connect-to", $"{name}:{target.Address}");
        return HandshakeCommands.Anchored(command.Word($"https://{name}{https.PathWithoutQuery}").ToString(), anchors);
    }

    private static void Go(ShellLine command, Way way)
    {
        command.Option("--interface", way.SourceAddress?.ToString());
        if (way.ProxyProtocol == ProxyHeader.V1) command.Word("--haproxy-protocol", quoted: false);
        if (way.Proxy is not { } proxy)
        {
            command.Option("--noproxy", "*"); // whatever the environment says
            return;
        }

        // With socks5h the proxy resolves the name, as it does for the probe.
        command.Option("--proxy", $"{(proxy.Kind == ProxyKind.Http ? "http" : "socks5h")}://{proxy.Address}");
        if (proxy.Kind == ProxyKind.Http) command.Word("--proxytunnel", quoted: false);
    }
}

using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>
/// Commands for a shell (POSIX) that make the same handshake by hand. They contain names of files, never their content. The query of a path is
/// omitted, because it can contain a secret.
/// </summary>
/// <param name="Probe">With flags only, as far as there are any: no TLS versions, no expectations except statuses, no method.</param>
/// <param name="OpenSSL">With <c>openssl s_client</c>; null if it does not support the path of the connection: SOCKS, a PROXY header.</param>
/// <param name="Curl">With curl, if the connection is not direct; null if curl does not support the protocol or the path either.</param>
internal sealed record HandshakeCommands(string Probe, string? Openssl, string? Curl)
{
    public static HandshakeCommands Of(HandshakeState state, FleetSnapshot snapshot)
    {
        var identity = snapshot.Identities.FirstOrDefault(identity => identity.Name == state.Key.Identity);
        var source = state.Key.Slot == Slot.Next ? identity?.Next : identity?.Current;
        var trust = snapshot.TrustSources.FirstOrDefault(trust => trust.Name == state.Target.Trust);

        // A credential that is not in files is exported first, into files in the current directory.
        var credential = source?.ByHand?.Files ?? source?.Files;
        var anchors = trust?.Origin is { } origin ? origin.ByHand is { File: var file } ? [file] : [] : trust?.Files ?? [];
        string? Whole(string? command) => command is null ? null : string.Concat(((string?[])[source?.ByHand?.Command, trust?.Origin?.ByHand?.Command]).OfType<string>().Select(first => first + "; ")) + command;
        return new HandshakeCommands(
            Whole(ByFlags(state.Target, credential, anchors))!, Whole(ByOpenSsl(state.Target, credential, anchors)), Whole(CurlCommand.Of(state.Target, credential, anchors)));
    }

    /// <summary>All handshakes of a target, by its name.</summary>
    public static string OfTarget(string name, string configFile) => $"mtlsprobe probe {ShellWord.Of(name)} --config.file {ShellWord.Of(configFile)}";

    private static string ByFlags(Target target, CredentialFiles? credential, ValueList<string> anchors)
    {
        var command = new ShellLine("mtlsprobe probe").Word(target.Address.ToString()).Option("--server-name", target.ChecksName ? target.ServerName : null);
        foreach (var id in target.ServerId?.Ids ?? []) command.Option("--server-id", id.ToString());
        command.Option("--server-trust-domain", target.ServerId?.TrustDomain);
        if (credential is { IsPkcs12: true }) command.Option("--pkcs12", credential.Certificate);
        else if (credential is not null) command.Option("--cert", credential.Certificate).Option("--key", credential.Key);
        command.Option(credential is { Token: not null } ? "--pin-file" : "--key-passphrase-file", credential?.Passphrase);
        foreach (var file in anchors) command.Option("--ca", file);
        foreach (var (flag, value) in target.Protocol.Flags()) command.Option(flag, value);
        foreach (var name in target.Tls.Alpn ?? []) command.Option("--alpn", name);
        command.Option("--proxy", target.Way.Proxy?.ToString()).Option("--proxy-username", target.Way.Proxy?.Username).Option("--proxy-password-file", target.Way.Proxy?.PasswordFile);
        if (target.Way.ProxyProtocol != ProxyHeader.None) command.Option("--proxy-protocol", target.Way.ProxyProtocol.Label());
        command.Option("--source-address", target.Way.SourceAddress?.ToString());
        return command.Option("--timeout", Duration.Format(target.Timeout)).ToString();
    }

    private static string? ByOpenSsl(Target target, CredentialFiles? credential, ValueList<string> anchors)
    {
        if (target.Way is { Proxy.Kind: ProxyKind.Socks5 } or { ProxyProtocol: not ProxyHeader.None }) return null;
        if (target.Way.Proxy is not null && target.Protocol.OpensslStarttls is not null) return null; // it supports only one of the two
        var isIp = System.Net.IPAddress.TryParse(target.ServerName, out _);
        var module = credential?.Token?.ModulePath is { } path ? $"PKCS11_MODULE_PATH={ShellWord.Of(path)} " : "";
        var command = new ShellLine(module + "openssl s_client").Option("-connect", target.Address.ToString()).Option("-starttls", target.Protocol.OpensslStarttls);
        if (target.Way.Proxy is { } proxy)
            command.Option("-proxy", proxy.Address.ToString()).Option("-proxy_user", proxy.Username).Option("-proxy_pass", proxy.PasswordFile is { } file ? $"file:{file}" : null);
        command.Option("-bind", target.Way.SourceAddress is { } source ? new System.Net.IPEndPoint(source, 0).ToString() : null);
        var checkedName = target.ChecksName ? target.ServerName : null; // it does not support SPIFFE IDs
        if (isIp) command.Word("-noservername", quoted: false).Option("-verify_ip", checkedName);
        else command.Option("-servername", target.ServerName).Option("-verify_hostname", checkedName);
        if (anchors.Count > 0) command.Option("-CAfile", AnchorFile(anchors));

        // s_client sends only the first certificate of -cert; -cert_chain adds the intermediates from the same file.
        if (credential is not null) command.Option("-cert", credential.Certificate).Option("-cert_chain", credential.Certificate);
        if (credential is { Token: { } token }) command.Option("-engine", "pkcs11").Option("-keyform", "engine").Option("-key", token.KeyText);
        else if (credential is not null) command.Option("-key", credential.Key);
        command.Option("-pass", credential?.Passphrase is { } passphrase ? $"file:{passphrase}" : null);
        if (target.Tls.MinVersion == TlsVersion.Tls13) command.Word("-tls1_3", quoted: false);
        else if (target.Tls.MaxVersion == TlsVersion.Tls12) command.Word("-tls1_2", quoted: false);
        if (TlsContexts.AlpnOf(target) is { Count: > 0 } alpn) command.Option("-alpn", string.Join(',', alpn));
        command.Word("-showcerts", quoted: false);

        // The server sends last: in TLS 1.3 its refusal comes after the handshake, and a client that leaves at once would miss it.
        var pipe = target.Protocol.TypedQuestion(target) is { } question ? $"{question} | {command.Word("-ign_eof", quoted: false)}" : $"sleep 1 | {command}";
        return Anchored(pipe, anchors);
    }

    /// <summary>The file of the trust anchors, for a command that takes one file: several are passed together through another descriptor.</summary>
    public static string AnchorFile(ValueList<string> anchors) => anchors.Count == 1 ? anchors[0] : "/dev/fd/3";

    /// <summary>The command with several trust anchors at <see cref="AnchorFile"/>.</summary>
    public static string Anchored(string command, ValueList<string> anchors) =>
        anchors.Count < 2 ? command : $"cat {string.Join(' ', anchors.Select(ShellWord.Of))} | {{ {command}; }} 3<&0";
}

using System.Text;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Api;

/// <summary>
/// What to type in a POSIX shell to make the same handshake by hand. Files are named, never what is in them; the query of a path is left
/// out, since it may hold a secret.
/// </summary>
/// <param name="Probe">With flags alone, as far as they can say it: no TLS versions, no expectations but statuses, no method.</param>
/// <param name="OpenSSL">By <c>openssl s_client</c>.</param>
internal sealed record HandshakeCommands(string Probe, string Openssl)
{
    public static HandshakeCommands Of(HandshakeState state, FleetSnapshot snapshot)
    {
        var identity = snapshot.Identities.FirstOrDefault(identity => identity.Name == state.Key.Identity);
        var credential = (state.Key.Slot == Slot.Next ? identity?.Next : identity?.Current)?.Files;
        var anchors = snapshot.TrustSources.FirstOrDefault(trust => trust.Name == state.Target.Trust)?.Files ?? [];
        return new HandshakeCommands(ByFlags(state.Target, credential, anchors), ByOpenSsl(state.Target, credential, anchors));
    }

    /// <summary>All handshakes of a target, by its name.</summary>
    public static string OfTarget(string name, string configFile) => $"mtlsprobe probe {ShellWord.Of(name)} --config.file {ShellWord.Of(configFile)}";

    private static string ByFlags(Target target, CredentialFiles? credential, ValueList<string> anchors)
    {
        var command = new Line("mtlsprobe probe").Word(target.Address.ToString()).Option("--server-name", target.ServerName);
        if (credential is { IsPkcs12: true }) command.Option("--pkcs12", credential.Certificate);
        else if (credential is not null) command.Option("--cert", credential.Certificate).Option("--key", credential.Key);
        command.Option("--key-passphrase-file", credential?.Passphrase);
        foreach (var file in anchors) command.Option("--ca", file);
        foreach (var (flag, value) in target.Protocol.Flags()) command.Option(flag, value);
        return command.Option("--timeout", Duration.Format(target.Timeout)).ToString();
    }

    private static string ByOpenSsl(Target target, CredentialFiles? credential, ValueList<string> anchors)
    {
        var isIp = System.Net.IPAddress.TryParse(target.ServerName, out _);
        var command = new Line("openssl s_client").Option("-connect", target.Address.ToString()).Option("-starttls", target.Protocol.OpensslStarttls);
        if (isIp) command.Word("-noservername", quoted: false).Option("-verify_ip", target.ServerName);
        else command.Option("-servername", target.ServerName).Option("-verify_hostname", target.ServerName);
        if (anchors.Count > 0) command.Option("-CAfile", anchors.Count == 1 ? anchors[0] : "/dev/fd/3");

        // s_client sends of -cert the first certificate alone; -cert_chain brings the intermediates that stand in the same file.
        if (credential is not null) command.Option("-cert", credential.Certificate).Option("-cert_chain", credential.Certificate).Option("-key", credential.Key);
        command.Option("-pass", credential?.Passphrase is { } passphrase ? $"file:{passphrase}" : null);
        if (target.Tls.MinVersion == TlsVersion.Tls13) command.Word("-tls1_3", quoted: false);
        else if (target.Tls.MaxVersion == TlsVersion.Tls12) command.Word("-tls1_2", quoted: false);
        if (TlsContexts.AlpnOf(target) is { Count: > 0 } alpn) command.Option("-alpn", string.Join(',', alpn));
        command.Word("-showcerts", quoted: false);

        // The server speaks last: with TLS 1.3 its refusal comes after the handshake, and would be missed by a client that leaves at once.
        var pipe = target.Protocol.TypedQuestion(target) is { } question ? $"{question} | {command.Word("-ign_eof", quoted: false)}" : $"sleep 1 | {command}";
        return anchors.Count < 2 ? pipe : $"cat {string.Join(' ', anchors.Select(ShellWord.Of))} | {{ {pipe}; }} 3<&0";
    }

    /// <summary>A command that grows word by word.</summary>
    private sealed class Line(string program)
    {
        private readonly StringBuilder _text = new(program);

        /// <summary>Nothing where the value is null.</summary>
        public Line Option(string name, string? value) => value is null ? this : Word(name, quoted: false).Word(value);

        public Line Word(string word, bool quoted = true)
        {
            _text.Append(' ').Append(quoted ? ShellWord.Of(word) : word);
            return this;
        }

        public override string ToString() => _text.ToString();
    }
}

using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Cli;

/// <summary>Makes a configuration out of the flags of <c>mtlsprobe probe HOST:PORT</c>.</summary>
internal static class AdHocTargets
{
    /// <summary>The name of the identity and of the trust bundle that the flags describe.</summary>
    public const string Name = "command-line";

    /// <summary>A configuration, or a sentence for each address that is none.</summary>
    public static (Configuration? Configuration, IReadOnlyList<string> Mistakes) From(ParseResult parsed, ProbeOptions options)
    {
        var credential = Credential(parsed, options);
        var authorities = parsed.GetValue(options.Authorities) ?? [];
        var protocol = options.ProtocolOf(parsed);
        List<Target> targets = [];
        List<string> mistakes = [];
        foreach (var text in parsed.GetValue(options.Targets) ?? [])
        {
            var (address, problem, hint) = Address(text, options.Spoken(parsed), options.WithDefaultPort);
            if (address is null)
            {
                mistakes.Add($"\"{text}\" {problem}: {hint}");
                continue;
            }

            targets.Add(new Target
            {
                Name = address.ToString(),
                Address = address,
                ServerName = parsed.GetValue(options.ServerName) ?? address.Host,
                Protocol = protocol,
                Identity = credential is null ? Identity.None : Name,
                Trust = authorities.Length == 0 ? TrustSource.System : Name,
            });
        }

        if (mistakes.Count > 0) return (null, mistakes);
        return (new Configuration
        {
            Targets = targets.ToValueList(),
            Identities = credential is null ? [] : [new Identity(Name, credential)],
            Trusts = authorities.Length == 0 ? [] : [new TrustSource(Name, authorities.Select(Path.GetFullPath).ToValueList())],
        }, []);
    }

    private static CredentialSource? Credential(ParseResult parsed, ProbeOptions options)
    {
        string? File(Option<string?> option) => parsed.GetValue(option) is { } path ? Path.GetFullPath(path) : null;

        var passphrase = File(options.Passphrase);
        if (File(options.Pkcs12) is { } pkcs12) return new Pkcs12File(pkcs12, passphrase);
        return File(options.Certificate) is { } certificate ? new PemFiles(certificate, File(options.Key) ?? certificate, passphrase) : null;
    }

    /// <summary>
    /// HOST:PORT, or HOST for a protocol with a port of its own. A bare word without a dot is rather the name of a configured target whose file was forgotten.
    /// </summary>
    private static Reading<HostPort> Address(string text, ProtocolGrammar protocol, string withDefaultPort)
    {
        if (text.Contains("://", StringComparison.Ordinal))
            return Reading<HostPort>.Wrong("is not HOST:PORT", "leave the scheme out; a path goes into --http-path");
        if (HostPort.WithoutBrackets(text) is { } meant && HostPort.TryParse(text) is null)
            return Reading<HostPort>.Wrong("may be an address or an address with a port", Grammar.BracketsFor(text, meant));
        if (HostOnly(text, protocol.DefaultPort ?? 443) is not { } host) return Grammar.Address(text);
        if (protocol.DefaultPort is null)
            return Reading<HostPort>.Wrong("has no port", $"add one, as in {host with { Port = 5671 }}; only {withDefaultPort} has a default");
        if (text.Contains('.', StringComparison.Ordinal) || host.Literal is not null || text == "localhost") return host;
        return Reading<HostPort>.Wrong("is not HOST:PORT", "to probe a target of a configuration, add --config.file FILE");
    }

    /// <summary>A host name or an address without a port; null when it has one, or is neither.</summary>
    private static HostPort? HostOnly(string text, int port)
    {
        var bare = text.StartsWith('[') && text.EndsWith(']') ? text[1..^1] : text;
        if (!bare.Contains('[', StringComparison.Ordinal) && IPAddress.TryParse(bare, out var address)
            && (address.AddressFamily == AddressFamily.InterNetworkV6 || bare == text))
            return new HostPort(bare, port);
        return text.Contains(':', StringComparison.Ordinal) ? null : HostPort.TryParse($"{text}:{port}");
    }
}

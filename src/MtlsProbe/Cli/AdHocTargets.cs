using System.CommandLine;
using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Cli;

/// <summary>Makes a configuration from the flags of <c>mtlsprobe probe HOST:PORT</c>.</summary>
internal static class AdHocTargets
{
    /// <summary>The name of the identity and of the trust bundle that the flags describe.</summary>
    public const string Name = "command-line";

    /// <summary>A configuration, or a sentence for each invalid address.</summary>
    public static (Configuration? Configuration, IReadOnlyList<string> Mistakes) From(ParseResult parsed, ProbeOptions options)
    {
        var credential = Credential(parsed, options);
        var way = options.Way.Of(parsed);
        var serverId = options.ServerId.Of(parsed);
        var alpn = parsed.GetValue(options.Alpn) is { Length: > 0 } names ? new TlsOptions { Alpn = names.ToValueList() } : new TlsOptions();
        var trust = Trust(parsed, options, serverId);
        List<Target> targets = [];
        List<string> mistakes = [];
        foreach (var text in parsed.GetValue(options.Targets) ?? [])
        {
            var place = options.PlaceOf(parsed, text);
            if (place.Value is not { } named)
            {
                mistakes.Add($"{(place.IsWithheld ? "" : $"\"{text}\" ")}{place.Problem}: {place.Hint}");
                continue;
            }

            var protocol = options.ProtocolOf(parsed, named);
            if (protocol.Value is not { } spoken)
            {
                mistakes.Add($"\"{text}\": {protocol.Problem}: {protocol.Hint}");
                continue;
            }

            if (alpn.Alpn is { } offered && (TargetRules.AlpnProblem(offered) ?? named.Protocol.AlpnProblem(offered, spoken)) is { } wrong)
            {
                mistakes.Add($"{options.Alpn.Name} {wrong.Problem}{(wrong.Hint is { } hint ? $": {hint}" : "")}");
                continue;
            }

            targets.Add(new Target
            {
                Name = named.Address.ToString(),
                Address = named.Address,
                ServerName = parsed.GetValue(options.ServerName) ?? named.Address.Host,
                ServerId = serverId,
                ChecksName = serverId is null || parsed.GetValue(options.ServerName) is not null,
                Protocol = spoken,
                Way = way,
                Tls = alpn,
                Identity = credential is null ? Identity.None : Name,
                Trust = trust?.Name ?? TrustSource.System,
            });
        }

        if (mistakes.Count > 0) return (null, mistakes);
        return (new Configuration
        {
            Targets = targets.ToValueList(),
            Identities = credential is null ? [] : [new Identity(Name, credential)],
            Trusts = trust is null ? [] : [trust],
        }, []);
    }

    private static CredentialSource? Credential(ParseResult parsed, ProbeOptions options) =>
        Endpoint(parsed, options) is { } endpoint ? new SpiffeSvid(endpoint)
        : GivenCredential.Of(parsed, options.Certificate, options.Key, options.Pkcs12, options.Passphrase, options.Pin);

    /// <summary>Null: those of the machine.</summary>
    /// <param name="wanted">The expected ID: a server in one trust domain is judged with the bundle of that domain, federated or own.</param>
    private static TrustSource? Trust(ParseResult parsed, ProbeOptions options, ServerIdentity? wanted) =>
        parsed.GetValue(options.Authorities) is { Length: > 0 } files ? new TrustSource(Name, files.Select(Path.GetFullPath).ToValueList())
        : Endpoint(parsed, options) is { } endpoint ? new TrustSource(Name, []) { Origin = new SpiffeBundle(endpoint, wanted?.OnlyTrustDomain) }
        : null;

    private static SpiffeEndpoint? Endpoint(ParseResult parsed, ProbeOptions options) =>
        parsed.GetValue(options.Spiffe) is { } text ? SpiffeEndpoint.TryParse(text, out _) : null;
}

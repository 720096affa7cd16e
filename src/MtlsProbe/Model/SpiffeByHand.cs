using MtlsProbe.Text;

namespace MtlsProbe.Model;

/// <summary>
/// How a person gets an SVID and a bundle from a Workload API: with SPIRE's agent, which writes everything into numbered files (<c>svid.N.pem</c>,
/// <c>svid.N.key</c>, <c>bundle.N.pem</c>, <c>federated_bundle.N.M.pem</c>). It supports only Unix sockets, and does not show hints.
/// </summary>
internal static class SpiffeByHand
{
    /// <summary>The name of an endpoint, for people.</summary>
    public static string Name(SpiffeEndpoint? endpoint) => endpoint?.ToString() ?? $"${SpiffeEndpoint.Variable}";

    public static SourceByHand? Svid(SpiffeSvid svid)
    {
        if (svid.Hint is not null || Fetch(svid.Endpoint) is not { } fetch) return null;
        return svid.Id is { } id
            ? new($"{fetch}; for file in svid.*.pem; do {Has(id)} && cp \"$file\" svid.pem && cp \"${{file%.pem}}.key\" svid.key; done", new CredentialFiles("svid.pem", "svid.key", null))
            : new(fetch, new CredentialFiles("svid.0.pem", "svid.0.key", null));
    }

    public static TrustByHand? Bundle(SpiffeBundle bundle)
    {
        if (Fetch(bundle.Endpoint) is not { } fetch) return null;
        return bundle.TrustDomain is { } domain
            ? new($"{fetch}; for file in bundle.*.pem federated_bundle.*.pem; do {Has($"spiffe://{domain}")} && cp \"$file\" anchors.pem; done", "anchors.pem")
            : new(fetch, "bundle.0.pem");
    }

    private static string? Fetch(SpiffeEndpoint? endpoint)
    {
        if (endpoint is not null && endpoint.Path is null) return null;
        var socket = endpoint is null ? $"\"${{{SpiffeEndpoint.Variable}#unix://}}\"" : ShellWord.Of(endpoint.Path!);
        return $"umask 077; spire-agent api fetch x509 -silent -socketPath {socket} -write .";
    }

    /// <summary>Whether the first certificate of a file has this ID and no other name.</summary>
    private static string Has(string id) => $"openssl x509 -in \"$file\" -noout -ext subjectAltName 2>/dev/null | grep -qxF {ShellWord.Of($"    URI:{id}")}";
}

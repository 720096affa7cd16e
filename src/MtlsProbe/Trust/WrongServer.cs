using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Trust;

/// <summary>Whether a certificate is for the intended server: by its name, by its SPIFFE ID, or by both.</summary>
internal static class WrongServer
{
    /// <param name="id">The ID of the leaf; null if there is a problem instead.</param>
    public static IEnumerable<ChainFault> Faults(Certificate leaf, SpiffeId? id, string? problem, ServerReference server)
    {
        if (server.Id is { } wanted && WrongId(leaf, id, problem, wanted) is { } wrong) yield return wrong;
        if (server.Name is { } name && ServerName.Mismatch(leaf, name) is { } mismatch) yield return mismatch;
    }

    /// <summary>What is wrong with the ID of a leaf that is not presented yet; null if it is as expected, or if no ID is expected.</summary>
    public static ChainFault? Id(Certificate leaf, ServerIdentity? wanted)
    {
        if (wanted is null) return null;
        var (id, problem) = X509Svid.Read(leaf);
        return WrongId(leaf, id, problem, wanted);
    }

    /// <summary>Null if the leaf is an X509-SVID with an expected ID, character for character.</summary>
    private static ChainFault? WrongId(Certificate leaf, SpiffeId? id, string? problem, ServerIdentity wanted)
    {
        if (id is null) return Fault($"{leaf.Named()} {problem}; expected: {wanted}", leaf.Uris.Count + leaf.NamesLeftOut > 0 ? MalformedHint : NoSvidHint);
        if (wanted.Is(id)) return null;
        var detail = $"{leaf.Named()} has the ID {id.ToString().Clip()}; expected: {wanted}";
        return Fault(detail, wanted.IsIn(id.TrustDomain) ? Reasons.IdMismatch.Hint : OtherDomainHint);

        ChainFault Fault(string detail, string hint) => new(Reasons.IdMismatch, leaf.Subject, detail) { Hint = hint };
    }

    private const string NoSvidHint =
        "This server presents no X509-SVID: it is not in the mesh, or a proxy in front of it terminates TLS with its own certificate. If the mesh uses DNS names (as Linkerd does), set server_name and remove server_id.";

    private const string MalformedHint =
        "SPIFFE clients refuse this certificate, whatever ID they expect: an X509-SVID has exactly one URI, which is a SPIFFE ID with a path, and is not a CA. The issuer has to correct it.";

    private const string OtherDomainHint =
        "The server belongs to another trust domain. If it is federated and this is intended, name its ID in server_id and the bundle of its trust domain in trust; otherwise another workload answers at this address.";
}

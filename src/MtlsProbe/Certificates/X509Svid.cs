using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.Text;

namespace MtlsProbe.Certificates;

/// <summary>
/// The SPIFFE ID of a certificate of a workload (X509-SVID §2 and §5.2): the only URI among its subject alternative names, if the certificate is not
/// that of an authority.
/// </summary>
internal static class X509Svid
{
    private const X509KeyUsageFlags Signing = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign;

    /// <summary>Exactly one of the two results is null.</summary>
    /// <returns>The problem is the end of a sentence about the certificate. Text from the certificate is escaped and truncated.</returns>
    public static (SpiffeId? Id, string? Problem) Read(Certificate leaf)
    {
        GeneralName? first = null;
        List<string> shown = [];
        var count = 0;
        foreach (var name in leaf.Rules.AlternativeNames.AsWritten)
        {
            if (name.Form != GeneralName.Uri) continue;
            first ??= name;
            if (count++ < Wording.MostNames) shown.Add(name.Text);
        }

        if (first is not { } uri) return (null, "has no URI among its subject alternative names");
        if (count > 1) return (null, $"has {Counts.Of(count, "URI")} among its subject alternative names, but an X509-SVID has one: {shown.Some(count)}");
        var text = Encoding.ASCII.GetString(uri.Content.Span);
        if (!uri.IsWellFormed || SpiffeId.TryParse(text) is not { } id)
            return (null, $"has the URI {uri.Text.Clip()}, which is not a SPIFFE ID: it {(uri.IsWellFormed ? SpiffeId.Problem(text) : "is not ASCII")}");
        if (id.Path.Length == 0) return (null, $"has the ID {id.ToString().Clip()} of a trust domain, which no workload has");
        if (leaf.Rules.IsCertificateAuthority is true || (leaf.Rules.KeyUsage & Signing) is not (null or 0))
            return (null, $"has the ID {id.ToString().Clip()}, but it is the certificate of an authority, which is not a workload");
        return (id, null);
    }
}

using System.Globalization;
using System.Net;
using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Trust;

/// <summary>
/// Whether a certificate is for the name that the client meant (RFC 9525): DNS names and IP addresses of the subject alternative names,
/// one wildcard as the whole leftmost label, never the common name.
/// </summary>
internal static class ServerName
{
    private const int MaxLabel = 63;

    /// <summary>Null when the certificate is for <paramref name="serverName"/>: a DNS name (also in Unicode) or an IP address.</summary>
    public static ChainFault? Mismatch(Certificate leaf, string serverName)
    {
        var address = AsAddress(serverName);
        var name = address is null ? AsciiName(serverName) : null;
        if (address is not null && leaf.IpAddresses.Contains(address.ToString())) return null;
        if (name is not null && leaf.DnsNames.Any(pattern => Matches(pattern, name))) return null;
        return new(Reasons.NameMismatch, leaf.Subject, $"{leaf.Named()} is not for {serverName.Clip()}: {Why(leaf, name, address)}");
    }

    /// <summary>
    /// Whether <paramref name="pattern"/>, a DNS name of a certificate, covers <paramref name="name"/> (RFC 9525 §6.3). A wildcard stands
    /// for one whole label before at least two others: nobody can vouch for *.com, and OpenSSL does not let it pass either.
    /// </summary>
    private static bool Matches(string pattern, string name)
    {
        if (!pattern.StartsWith("*.", StringComparison.Ordinal)) return pattern.Equals(name, StringComparison.OrdinalIgnoreCase);
        var dot = name.IndexOf('.');
        return dot > 0 && HasTwoLabels(pattern) && pattern.AsSpan(1).Equals(name.AsSpan(dot), StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsTooWide(string pattern, string name) =>
        pattern.StartsWith("*.", StringComparison.Ordinal) && !HasTwoLabels(pattern)
        && name.AsSpan().EndsWith(pattern.AsSpan(1), StringComparison.OrdinalIgnoreCase);

    private static bool HasTwoLabels(string wildcard) => wildcard.IndexOf('.', 2) > 0;

    /// <summary>An IPv6 address in any spelling, or an IPv4 address in its usual one (127.1 is not).</summary>
    private static IPAddress? AsAddress(string name) =>
        IPAddress.TryParse(name, out var address) && (name.Contains(':') || address.ToString() == name)
            ? new IPAddress(address.GetAddressBytes()) // without the zone of fe80::1%eth0
            : null;

    /// <summary>A-labels (RFC 5890) without the dot of the root; null when it is no DNS name.</summary>
    private static string? AsciiName(string name)
    {
        if (name.EndsWith('.')) name = name[..^1];
        if (!Ascii.IsValid(name))
        {
            try
            {
                name = new IdnMapping().GetAscii(name.ToLowerInvariant());
            }
            catch (ArgumentException)
            {
                return null;
            }
        }

        return name.Contains('*') || name.Split('.').Any(label => label.Length is 0 or > MaxLabel) ? null : name;
    }

    private static string Why(Certificate leaf, string? name, IPAddress? address)
    {
        var names = leaf.DnsNames.Concat(leaf.IpAddresses);
        var why = !names.Any() ? "it has no subject alternative name with a DNS name or an IP address" : $"it is for {names.Some()}";
        if (leaf.DnsNames.FirstOrDefault(text => IPAddress.TryParse(text, out var written) && written.Equals(address)) is { } disguised)
            return $"{why}; {disguised.Clip()} is there as a DNS name, which does not count for an address: it has to be an iPAddress";
        if (name is null) return why;
        if (leaf.DnsNames.FirstOrDefault(pattern => IsTooWide(pattern, name)) is { } wide)
            why += $"; a wildcard directly below a top-level domain ({wide}) does not count";
        return DistinguishedName.Values(leaf.Rules.SubjectName, DistinguishedName.CommonName).Any(common => Matches(common, name))
            ? why + "; only its common name fits, which does not count" : why;
    }
}

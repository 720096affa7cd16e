using System.Globalization;
using System.Net;
using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Trust;

/// <summary>
/// Whether a certificate is for the name that the client uses (RFC 9525): DNS names and IP addresses of the subject alternative names, with a
/// wildcard only as the whole leftmost label, and never the common name.
/// </summary>
internal static class ServerName
{
    private const int MaxLabel = 63;

    /// <summary>Null if the certificate is for <paramref name="serverName"/>: a DNS name (in Unicode too) or an IP address.</summary>
    public static ChainFault? Mismatch(Certificate leaf, string serverName)
    {
        var address = AsAddress(serverName);
        var name = address is null ? AsciiName(serverName) : null;
        if (address is not null ? IsFor(leaf, address) : name is not null && IsFor(leaf, name)) return null;
        return new(Reasons.NameMismatch, leaf.Subject, $"{leaf.Named()} is not for {serverName.Clip()}: {Why(leaf, name, address)}");
    }

    /// <summary>Checks every name of the certificate, including those that are not kept.</summary>
    private static bool IsFor(Certificate leaf, IPAddress address)
    {
        var octets = address.GetAddressBytes();
        foreach (var name in leaf.Rules.AlternativeNames.All)
        {
            if (name.Form == GeneralName.Ip && name.Content.Span.SequenceEqual(octets)) return true;
        }

        return false;
    }

    private static bool IsFor(Certificate leaf, string name) => DnsNames(leaf, (pattern, of) => Matches(pattern, of), name) is not null;

    /// <summary>
    /// The first of all DNS names of the certificate that fits; null if none does. A hostile certificate has thousands, so no strings are made of
    /// them.
    /// </summary>
    private static string? DnsNames(Certificate leaf, Wanted isWanted, string than)
    {
        Span<char> text = stackalloc char[GeneralName.MaxDns];
        foreach (var name in leaf.Rules.AlternativeNames.All)
        {
            if (name.Form != GeneralName.Dns) continue;
            Ascii.ToUtf16(name.Content.Span, text, out var length);
            if (isWanted(text[..length], than)) return name.Text;
        }

        return null;
    }

    private delegate bool Wanted(ReadOnlySpan<char> pattern, string than);

    /// <summary>
    /// Whether <paramref name="pattern"/>, a DNS name of a certificate, covers <paramref name="name"/> (RFC 9525 §6.3). A wildcard matches one whole
    /// label before at least two others: no one can certify *.com, and OpenSSL does not accept it either.
    /// </summary>
    private static bool Matches(ReadOnlySpan<char> pattern, string name)
    {
        if (!pattern.StartsWith("*.", StringComparison.Ordinal)) return pattern.Equals(name, StringComparison.OrdinalIgnoreCase);
        var dot = name.IndexOf('.');
        return dot > 0 && HasTwoLabels(pattern) && pattern[1..].Equals(name.AsSpan(dot), StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsTooWide(ReadOnlySpan<char> pattern, string name) =>
        pattern.StartsWith("*.", StringComparison.Ordinal) && !HasTwoLabels(pattern)
        && name.AsSpan().EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase);

    private static bool HasTwoLabels(ReadOnlySpan<char> wildcard) => wildcard[2..].Contains('.');

    private static bool IsWritten(ReadOnlySpan<char> pattern, string address) =>
        IPAddress.TryParse(pattern, out var written) && written.ToString() == address;

    /// <summary>An IPv6 address in any spelling, or an IPv4 address in its usual one (127.1 is not).</summary>
    private static IPAddress? AsAddress(string name) =>
        IPAddress.TryParse(name, out var address) && (name.Contains(':') || address.ToString() == name)
            ? new IPAddress(address.GetAddressBytes()) // without the zone of fe80::1%eth0
            : null;

    /// <summary>A-labels (RFC 5890) without the dot of the root; null if it is not a DNS name.</summary>
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
        var all = leaf.Rules.AlternativeNames.All;
        var names = all.Where(one => one.Form == GeneralName.Dns).Concat(all.Where(one => one.Form == GeneralName.Ip));
        var count = names.Count();
        var why = count == 0 ? "it has no subject alternative name with a DNS name or an IP address" : $"it is for {names.Select(one => one.Text).Some(count)}";
        if (address is not null && DnsNames(leaf, IsWritten, address.ToString()) is { } disguised)
            return $"{why}; {disguised.Clip()} is listed as a DNS name, which does not count for an address: it has to be an iPAddress";
        if (name is null) return why;
        if (DnsNames(leaf, IsTooWide, name) is { } wide)
            why += $"; a wildcard directly below a top-level domain ({wide}) does not count";
        return DistinguishedName.Values(leaf.Rules.SubjectName, DistinguishedName.CommonName).Any(common => Matches(common, name))
            ? why + "; only its common name fits, which does not count" : why;
    }
}

using System.Globalization;
using System.Net;
using MtlsProbe.Model;

namespace MtlsProbe.Chains;

/// <summary>
/// Whether a certificate is for the name that the client meant (RFC 9525): DNS names and IP addresses of the subject alternative names,
/// one wildcard as the whole leftmost label, never the common name.
/// </summary>
internal static class ServerName
{
    private const int NamesShown = 5;

    /// <summary>Null when the certificate is for <paramref name="serverName"/>: a DNS name, in Unicode or A-labels, or an IP address.</summary>
    public static ChainFault? Mismatch(Certificate leaf, string serverName)
    {
        var matches = AsAddress(serverName) is { } address
            ? leaf.IpAddresses.Any(ip => IPAddress.TryParse(ip, out var parsed) && parsed.Equals(address))
            : AsciiName(serverName) is { } name && leaf.DnsNames.Any(pattern => Matches(pattern, name));
        return matches ? null : new(Reasons.NameMismatch, leaf.Subject, $"{leaf.Named()} is not for {serverName.Clip()}, but for {Names(leaf)}");
    }

    /// <summary>Whether <paramref name="pattern"/>, a DNS name of a certificate, covers <paramref name="name"/> (RFC 9525 §6.3).</summary>
    private static bool Matches(string pattern, string name)
    {
        if (pattern.EndsWith('.')) pattern = pattern[..^1];
        if (pattern.Length == 0) return false;
        if (!pattern.StartsWith("*.", StringComparison.Ordinal)) return pattern.Equals(name, StringComparison.OrdinalIgnoreCase);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && pattern.IndexOf('.', 2) > 0 && pattern.AsSpan(1).Equals(name.AsSpan(dot), StringComparison.OrdinalIgnoreCase);
    }

    private static IPAddress? AsAddress(string name) =>
        IPAddress.TryParse(name, out var address) && (address.ToString() == name || name.Contains(':', StringComparison.Ordinal)) ? address : null;

    /// <summary>A-labels without the dot of the root; null when it is no DNS name.</summary>
    private static string? AsciiName(string name)
    {
        try
        {
            var ascii = new IdnMapping { AllowUnassigned = true }.GetAscii(name);
            return ascii.EndsWith('.') ? ascii[..^1] : ascii;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static string Names(Certificate leaf)
    {
        List<string> names = [.. leaf.DnsNames, .. leaf.IpAddresses];
        if (names.Count == 0) return "no DNS name or IP address at all";
        var shown = string.Join(", ", names.Take(NamesShown).Select(name => name.Clip()));
        return names.Count <= NamesShown ? shown : FormattableString.Invariant($"{shown} and {names.Count - NamesShown:N0} more");
    }
}

using System.Globalization;
using System.Text;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Config;

/// <summary>What each kind of single value may look like. Pure functions from the text to its meaning.</summary>
internal static class Grammar
{
    private const int MaxNameLength = 128;
    private const int MaxTextLength = 4096;
    private const int MostAddresses = 1024;
    private const string Sha256Prefix = "sha256:";
    private const string FingerprintCommand = "openssl x509 -in FILE -noout -fingerprint -sha256 prints them";

    private static readonly string[] s_otherDigests = ["md5:", "sha1:", "sha-1:", "sha-256:", "sha384:", "sha512:"];

    public static Reading<bool> Flag(string text) => text switch
    {
        "true" => true,
        "false" => false,
        _ => Reading<bool>.Wrong("is neither true nor false"),
    };

    public static Reading<TimeSpan> Time(string text) =>
        Duration.TryParse(text) is { } duration ? duration
        : text.All(char.IsAsciiDigit) ? Reading<TimeSpan>.Wrong("has no unit", $"write {text}s for seconds")
        : Reading<TimeSpan>.Wrong("is not a duration", "write it as in 30s, 1m30s or 500ms");

    public static Reading<TimeSpan> Interval(string text) => Between(Time(text), TimeSpan.FromSeconds(1), TimeSpan.FromHours(24));

    public static Reading<TimeSpan> Timeout(string text) => Between(Time(text), TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(24));

    /// <summary>The name of a target, an identity or a trust bundle.</summary>
    public static Reading<string> Name(string text)
    {
        if (text.Length > MaxNameLength) return Reading<string>.Wrong($"is longer than {MaxNameLength} characters");
        return text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-') && text.Length > 0 && text[0] is not ('-' or '.')
            ? text
            : Reading<string>.Wrong("is not a valid name", "a name is made of letters, digits, _ . and -, and does not begin with . or -");
    }

    /// <summary>The name of a target; a discovered target without a name has its address as name.</summary>
    public static Reading<string> TargetName(string text) => HostPort.TryParse(text) is null ? Name(text) : text;

    /// <summary>A path of the file system; the caller makes it absolute.</summary>
    public static Reading<string> FilePath(string text) => text switch
    {
        "" => Reading<string>.Wrong("is not a path"),
        _ when PastedSecret.Is(text) => Reading<string>.Withheld(PastedSecret.Problem, PastedSecret.Hint),
        _ when TokenUri.IsOne(text) => Reading<string>.Withheld("is the URI of a token, where a file belongs", "the certificate is a PEM file beside the key in the token"),
        _ when text.EnumerateRunes().Any(rune => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) =>
            Reading<string>.Withheld("contains a line break or another control character", "a path is one line"),
        _ when text.StartsWith("~/", StringComparison.Ordinal) =>
            Reading<string>.Wrong("is not expanded", "write the full path, or one that is relative to the configuration file"),
        _ => text.Length > MaxTextLength ? Reading<string>.Wrong($"is longer than {MaxTextLength} characters") : text,
    };

    /// <summary>A path that may name several files; the caller makes it absolute.</summary>
    public static Reading<string> FilePattern(string text)
    {
        const string hint = "* and ? match characters of a name, ** between slashes matches any folders";
        var path = FilePath(text);
        if (path.Problem is not null) return path;
        if (text.Contains('[', StringComparison.Ordinal)) return Reading<string>.Wrong("has a bracket, which patterns do not support", hint);
        return Array.Exists(text.Split('/'), part => part.Contains("**", StringComparison.Ordinal) && part != "**")
            ? Reading<string>.Wrong("has ** within a name", hint)
            : path;
    }

    /// <summary>The file with a private key, or the token that keeps it.</summary>
    public static Reading<KeyPlace> KeyPlace(string text)
    {
        if (TokenUri.IsOne(text))
        {
            var (uri, wrong, mend) = TokenUri.Parse(text);

            // It may contain a PIN: the error does not quote it.
            return uri is null ? Reading<KeyPlace>.Withheld(wrong!, mend!) : new KeyPlace(null, uri);
        }

        var path = FilePath(text);
        return path.Problem is null ? new KeyPlace(text, null) : new Reading<KeyPlace>(null, path.Problem, path.Hint) { IsWithheld = path.IsWithheld };
    }

    /// <summary>An address whose port the protocol may know: <see cref="HostPort.NoPort"/> where it has none.</summary>
    public static Reading<HostPort> Place(string text) => text.All(char.IsAscii) && HostPort.WithoutPort(text) is { } host ? host : Address(text);

    /// <summary>The address with the port of the protocol where it has none.</summary>
    public static Reading<HostPort> WithPort(HostPort address, ProtocolGrammar protocol, Protocol spoken) =>
        address.Port != HostPort.NoPort ? address
        : protocol.PortOf(spoken) is { } port ? address with { Port = port }
        : Reading<HostPort>.Wrong("has no port", $"add it: protocol {protocol.Name} has none of its own");

    public static Reading<HostPort> Address(string text)
    {
        if (HostPort.TryParse(text) is { } address && text.All(char.IsAscii)) return address;
        var hint = text switch
        {
            _ when !text.All(char.IsAscii) => "write an international name in its ASCII form (xn--…)",
            _ when text.Contains("://", StringComparison.Ordinal) =>
                "write only host:port; set the protocol with the key protocol, the path with http.path",
            _ when (text.LastIndexOf(':') is > 0 and var colon ? colon : text.Length) > HostPort.MaxName => "a host name has at most 253 characters",
            _ when HostPort.WithoutBrackets(text) is { } meant => BracketsFor(text, meant),
            _ when text.StartsWith('[') && text.EndsWith(']') && HostPort.TryParse(text + ":443") is { } alone => $"add the port, as in {alone}",
            _ when System.Net.IPAddress.TryParse(text, out var ip) && ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 =>
                $"write an IPv6 address in brackets, with its port: [{text}]:443",
            _ when !text.Contains(':', StringComparison.Ordinal) => "add the port, as in " + text + ":443",
            _ => "write host:port, 192.0.2.1:port or [2001:db8::1]:port, with a port from 1 to 65535",
        };
        return Reading<HostPort>.Wrong("is not an address", hint);
    }

    /// <summary>A hint for an IPv6 address that seems to have a port.</summary>
    public static string BracketsFor(string text, HostPort meant) =>
        $"write an IPv6 address in brackets, with its port: {meant}"
        + (System.Net.IPAddress.TryParse(text, out _) ? $", or [{text}]:443 if {meant.Port} belongs to the address" : "");

    /// <summary>A host name or an IP address, without a port.</summary>
    public static Reading<string> ServerName(string text) =>
        text.Length <= 253 && text.All(char.IsAscii) && HostPort.HasPlainZone(text) && !text.EndsWith('.') &&
        Uri.CheckHostName(text) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6 && !text.StartsWith('[')
            ? text
            : Reading<string>.Wrong(
                "is neither a host name nor an IP address",
                "without port, brackets, wildcard and final dot; international names as xn--…");

    public static Reading<AddressChoice> Addresses(string text) => text switch
    {
        "one" => AddressChoice.One,
        "all" => AddressChoice.All,
        _ => Reading<AddressChoice>.Wrong("is not a way to choose addresses", "one: the first that connects; all: every A and AAAA record, each on its own"),
    };

    /// <summary>How many of a name's addresses are probed at most.</summary>
    public static Reading<int> MaxAddresses(string text)
    {
        if (text.Length == 0 || !text.All(char.IsAsciiDigit)) return Reading<int>.Wrong("is not a whole number", $"from 1 to {MostAddresses}");
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= MostAddresses
            ? count
            : Reading<int>.Wrong("is out of range", $"from 1 to {MostAddresses}");
    }

    /// <summary>A path, which the caller makes absolute, or <c>sha256:</c> and a fingerprint.</summary>
    public static Reading<CertificatePin> Pin(string text)
    {
        if (text.StartsWith(Sha256Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return Fingerprint(text.AsSpan(Sha256Prefix.Length)) is { } sha256
                ? new PinnedFingerprint(sha256)
                : Reading<CertificatePin>.Wrong("is not a SHA-256 fingerprint", "sha256: and 64 hexadecimal digits; " + FingerprintCommand);
        }

        if (Fingerprint(text) is not null) return Reading<CertificatePin>.Wrong("is a fingerprint without its hash algorithm", "write sha256: before it");
        if (IsOtherFingerprint(text)) return Reading<CertificatePin>.Wrong("is not a known kind of fingerprint", "write sha256:HEX; " + FingerprintCommand);
        var path = FilePath(text);
        return path.Problem is null ? new PinnedFile(text) : new Reading<CertificatePin>(null, path.Problem, path.Hint) { IsWithheld = path.IsWithheld };
    }

    public static Reading<TlsVersion> Version(string text) => text switch
    {
        "1.2" => TlsVersion.Tls12,
        "1.3" => TlsVersion.Tls13,
        _ => Reading<TlsVersion>.Wrong("is not a TLS version that MtlsProbe supports", "\"1.2\" or \"1.3\""),
    };

    /// <summary>An ALPN protocol name (RFC 7301 §3.1), printable ASCII only.</summary>
    public static Reading<string> Alpn(string text) =>
        text.Length is > 0 and <= 255 && text.All(c => c is > ' ' and <= '~')
            ? text
            : Reading<string>.Wrong("is not an ALPN protocol name", "1 to 255 printable characters, as in http/1.1 or h2");

    /// <summary>64 hexadecimal digits, or 32 pairs with colons between them; lower-case and without colons, or null.</summary>
    private static string? Fingerprint(ReadOnlySpan<char> text)
    {
        var digits = text.Length == 95 ? Pairs(text) : text.ToString();
        return digits is { Length: 64 } && digits.All(char.IsAsciiHexDigit) ? digits.ToLowerInvariant() : null;
    }

    private static string? Pairs(ReadOnlySpan<char> text)
    {
        var digits = text.ToString().Split(':');
        return Array.TrueForAll(digits, pair => pair.Length == 2) ? string.Concat(digits) : null;
    }

    /// <summary>Another digest, or the whole line that openssl prints: it is not a file name.</summary>
    private static bool IsOtherFingerprint(string text) =>
        text.Contains("fingerprint=", StringComparison.OrdinalIgnoreCase) ||
        Array.Exists(s_otherDigests, digest => text.StartsWith(digest, StringComparison.OrdinalIgnoreCase));

    private static Reading<TimeSpan> Between(Reading<TimeSpan> reading, TimeSpan least, TimeSpan most) =>
        reading.Problem is not null ? reading
        : reading.Value < least ? Reading<TimeSpan>.Wrong($"is shorter than {Duration.Format(least)}")
        : reading.Value > most ? Reading<TimeSpan>.Wrong($"is longer than {Duration.Format(most)}")
        : reading;
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace MtlsProbe.Web;

/// <summary>Hashes of passwords by bcrypt, as a web configuration file has them.</summary>
internal static partial class PasswordHash
{
    /// <summary>Whether this can be the hash of a password.</summary>
    public static bool IsWellFormed(string text) => Bcrypt().IsMatch(text);

    /// <summary>The cost of a well-formed hash: the binary logarithm of its work.</summary>
    public static int Cost(string hash) => int.Parse(hash.AsSpan(4, 2), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Whether this is the hash of this password; takes as long as its cost requires.</summary>
    public static bool Matches(string password, string hash) => IsWellFormed(hash) && BCrypt.Net.BCrypt.Verify(password, hash);

    /// <summary>
    /// Version (programs mark the same algorithm with different letters), cost, 22 characters of salt (128 bits) and 31 of hash (184 bits). The last
    /// character of each has unused bits, which bcrypt sets to zero: with other values, no password would ever match.
    /// </summary>
    [GeneratedRegex(@"^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]\z", RegexOptions.CultureInvariant)]
    private static partial Regex Bcrypt();
}

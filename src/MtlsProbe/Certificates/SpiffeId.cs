using System.Diagnostics.CodeAnalysis;

namespace MtlsProbe.Certificates;

/// <summary>
/// A SPIFFE ID (SPIFFE-ID §2): <c>spiffe://TRUST-DOMAIN/PATH</c>. Only text that follows every rule is an ID: two workloads are the same exactly if
/// the characters are the same.
/// </summary>
/// <param name="TrustDomain">The name of the trust domain.</param>
/// <param name="Path">With its leading slash; empty for the ID of the trust domain itself, which no workload has.</param>
internal sealed record SpiffeId(string TrustDomain, string Path)
{
    /// <summary>Maximum bytes of an ID (§2.3).</summary>
    public const int MaxLength = 2048;

    /// <summary>Maximum bytes of the name of a trust domain (§2.3).</summary>
    public const int MaxTrustDomain = 255;

    private const string Scheme = "spiffe://";

    /// <summary>Null if the text is not an ID; <see cref="Problem"/> says why.</summary>
    public static SpiffeId? TryParse([NotNullWhen(true)] string? text)
    {
        if (text is null || Problem(text) is not null) return null;
        var slash = text.IndexOf('/', Scheme.Length);
        return slash < 0 ? new SpiffeId(text[Scheme.Length..], "") : new SpiffeId(text[Scheme.Length..slash], text[slash..]);
    }

    /// <summary>Why a text is not a SPIFFE ID, as a continuation of a sentence, without quoting the text. Null if it is one.</summary>
    public static string? Problem(string text)
    {
        if (text.Length > MaxLength) return $"is longer than {MaxLength} bytes";
        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
            return text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? "does not write its scheme in lower case" : $"does not begin with {Scheme}";
        var rest = text.AsSpan(Scheme.Length);
        var slash = rest.IndexOf('/');
        if (slash < 0) return DomainProblem(rest) is { } alone ? Of(alone) : null;
        return DomainProblem(rest[..slash]) is { } domain ? Of(domain) : PathProblem(rest[(slash + 1)..]);

        static string Of(string problem) => $"has a trust domain that {problem}";
    }

    /// <summary>Why a text is not the name of a trust domain (§2.1), as a continuation of a sentence; null if it is one.</summary>
    public static string? DomainProblem(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty) return "has no name";
        if (name.Length > MaxTrustDomain) return $"is longer than {MaxTrustDomain} bytes";
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c)) return "has an upper-case letter";
            if (!char.IsAsciiLetterLower(c) && !IsAllowed(c)) return c switch
            {
                ':' => "has a colon: a port is not allowed",
                '@' => "has an @: a user is not allowed",
                '?' or '#' => "has a query or a fragment",
                '%' => "has a percent sign: percent-encoding is not allowed",
                _ => "has a character other than a-z, 0-9, dot, dash and underscore",
            };
        }

        return null;
    }

    public override string ToString() => $"{Scheme}{TrustDomain}{Path}";

    /// <param name="path">Without its leading slash.</param>
    private static string? PathProblem(ReadOnlySpan<char> path)
    {
        if (path.IsEmpty) return "ends with a slash";
        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            if (segment.IsEmpty) return range.End.Value == path.Length ? "ends with a slash" : "has an empty path segment";
            if (segment is "." or "..") return "has the path segment . or ..";
            foreach (var c in segment)
            {
                if (!char.IsAsciiLetter(c) && !IsAllowed(c)) return c switch
                {
                    '?' or '#' => "has a query or a fragment",
                    '%' => "has a percent sign in its path: percent-encoding is not allowed",
                    _ => "has a character in its path other than letters, digits, dot, dash and underscore",
                };
            }
        }

        return null;
    }

    private static bool IsAllowed(char c) => char.IsAsciiDigit(c) || c is '.' or '-' or '_';
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Web;

/// <summary>HTTP Basic authentication (RFC 7617) against bcrypt hashes. A password that was right is not hashed again: a scrape is frequent, bcrypt slow.</summary>
internal sealed class BasicAuthentication(ValueList<Label> users)
{
    private const int MaxRemembered = 100;

    /// <summary>Compared against where the user is unknown, so that the answer takes as long as for a known one.</summary>
    private const string NobodysHash = "$2b$10$CwTycUXWue0Thq9StjUM0uJ8ZQ6uYfR1sM6QhK3y4uQ8o7oVbJm1K";

    private readonly ConcurrentDictionary<string, bool> _remembered = new();

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (Credentials(context.Request.Headers.Authorization.ToString()) is var (user, password) && await IsRightAsync(user, password).ConfigureAwait(false))
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        context.Response.Headers.WWWAuthenticate = "Basic realm=\"MtlsProbe\", charset=\"UTF-8\"";
        await Answer.TextAsync(context, StatusCodes.Status401Unauthorized, "Unauthorized\n").ConfigureAwait(false);
    }

    private async Task<bool> IsRightAsync(string user, string password)
    {
        var known = users.FirstOrDefault(candidate => candidate.Name == user);
        var hash = known.Value ?? NobodysHash;
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{hash}\0{user}\0{password}")));
        if (_remembered.ContainsKey(key)) return true;
        var right = await Task.Run(() => PasswordHash.Matches(password, hash)).ConfigureAwait(false) && known.Value is not null;
        if (!right) return false;
        if (_remembered.Count >= MaxRemembered) _remembered.Clear();
        return _remembered[key] = true;
    }

    private static (string User, string Password)? Credentials(string header)
    {
        const string Scheme = "Basic ";
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[Scheme.Length..].Trim(), bytes, out var length)) return null;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : (text[..colon], text[(colon + 1)..]);
    }
}

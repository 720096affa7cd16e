using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Api;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Web;

/// <summary>
/// HTTP Basic authentication (RFC 7617) against bcrypt hashes. A password that was right is not hashed again, since a scrape is frequent
/// and bcrypt slow; guesses are hashed one at a time, so that they take one core at most.
/// </summary>
/// <param name="users">Names and hashes, at least one.</param>
internal sealed class BasicAuthentication(ValueList<Label> users) : IDisposable
{
    private const int MaxRemembered = 100;

    private readonly SemaphoreSlim _hashing = new(1);
    private readonly ConcurrentDictionary<string, bool> _remembered = new();

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (Credentials(context.Request.Headers.Authorization.ToString()) is var (user, password)
            && await IsRightAsync(user, password, context.RequestAborted).ConfigureAwait(false))
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        context.Response.Headers.WWWAuthenticate = "Basic realm=\"MtlsProbe\", charset=\"UTF-8\"";
        await Answer.TextAsync(context, StatusCodes.Status401Unauthorized, "Unauthorized\n").ConfigureAwait(false);
    }

    public void Dispose() => _hashing.Dispose();

    private async Task<bool> IsRightAsync(string user, string password, CancellationToken ct)
    {
        // bcrypt reads a password over and over with a NUL behind it: one that repeats itself like that would pass for the single one.
        if (password.Contains('\0', StringComparison.Ordinal)) return false;
        var known = users.FirstOrDefault(candidate => candidate.Name == user);
        var hash = known.Value ?? users[0].Value; // so that the answer takes as long for a user that does not exist
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{hash}\0{user}\0{password}")));
        if (_remembered.ContainsKey(key)) return true;
        if (!await MatchesAsync(password, hash, ct).ConfigureAwait(false) || known.Value is null) return false;
        if (_remembered.Count >= MaxRemembered) _remembered.Clear();
        return _remembered[key] = true;
    }

    private async Task<bool> MatchesAsync(string password, string hash, CancellationToken ct)
    {
        await _hashing.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => PasswordHash.Matches(password, hash), ct).ConfigureAwait(false);
        }
        finally
        {
            _hashing.Release();
        }
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

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Api;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Web;

/// <summary>
/// HTTP Basic authentication (RFC 7617) against bcrypt hashes. A correct password is not hashed again, because scrapes are frequent and bcrypt is
/// slow. Guesses are hashed one at a time, so they use at most one core, and each address has one place in the queue.
/// </summary>
/// <param name="users">Names and hashes, at least one.</param>
/// <param name="matches">Checks a password against a hash, at the cost of that hash.</param>
internal sealed class BasicAuthentication(ValueList<Label> users, Func<string, string, bool> matches) : IDisposable
{
    private const int MaxRemembered = 100;

    private readonly FairTurns _hashing = new();

    // One hash of each configured cost. Every guess is compared with one of each, so it takes the same time for any user name.
    private readonly ValueList<string> _ofEachCost = users.Select(user => user.Value).DistinctBy(PasswordHash.Cost).ToValueList();
    private readonly ConcurrentDictionary<string, bool> _remembered = new();

    public BasicAuthentication(ValueList<Label> users)
        : this(users, PasswordHash.Matches)
    {
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (Credentials(context.Request.Headers.Authorization.ToString()) is var (user, password)
            && await IsRightAsync(user, password, Remote.Key(context.Connection.RemoteIpAddress), context.RequestAborted).ConfigureAwait(false))
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        context.Response.Headers.WWWAuthenticate = "Basic realm=\"MtlsProbe\", charset=\"UTF-8\"";
        await Answer.TextAsync(context, StatusCodes.Status401Unauthorized, "Unauthorized\n").ConfigureAwait(false);
    }

    public void Dispose() => _hashing.Dispose();

    private async Task<bool> IsRightAsync(string user, string password, string from, CancellationToken ct)
    {
        // bcrypt repeats a password, with a NUL after it: a password that contains the repetition would match the single one.
        if (password.Contains('\0', StringComparison.Ordinal)) return false;
        var known = users.FirstOrDefault(candidate => candidate.Name == user);
        var hash = known.Value ?? "";
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{hash}\0{user}\0{password}")));
        if (_remembered.ContainsKey(key)) return true;
        if (!await MatchesAsync(password, hash, from, ct).ConfigureAwait(false)) return false;
        if (_remembered.Count >= MaxRemembered) _remembered.Clear();
        return _remembered[key] = true;
    }

    /// <param name="hash">Empty: there is no such user.</param>
    private async Task<bool> MatchesAsync(string password, string hash, string from, CancellationToken ct)
    {
        using var turn = await _hashing.TakeAsync(from, ct).ConfigureAwait(false);
        return await Task.Run(() => Matches(password, hash), ct).ConfigureAwait(false);
    }

    private bool Matches(string password, string hash)
    {
        var isRight = false;
        foreach (var other in _ofEachCost)
        {
            var isOwn = hash.Length > 0 && PasswordHash.Cost(hash) == PasswordHash.Cost(other);
            isRight |= matches(password, isOwn ? hash : other) & isOwn;
        }

        return isRight;
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

using System.Collections.Concurrent;
using System.Security.Cryptography;
using MtlsProbe.Model;

namespace MtlsProbe.Pkcs11;

/// <summary>
/// The PINs that one token has refused, whichever module and identity tried them, as digests with a key that is new in each process. The caller must
/// hold <see cref="Gate"/>.
/// </summary>
internal sealed class RefusedPins
{
    /// <summary>Beyond this number, all are dropped: a token locks long before.</summary>
    private const int Most = 1000;

    private static readonly ConcurrentDictionary<(string Label, string Serial), RefusedPins> s_tokens = new();
    private static readonly byte[] s_key = RandomNumberGenerator.GetBytes(32);

    private readonly Dictionary<string, nuint> _refused = new(StringComparer.Ordinal);

    /// <summary>Held while a PIN is tried: one at a time for each token, and no token waits for another.</summary>
    public Lock Gate { get; } = new();

    public static RefusedPins Of(TokenSlot token) => s_tokens.GetOrAdd((token.Label, token.Serial), static _ => new RefusedPins());

    /// <summary>What the module returned for this PIN; null: it has not been refused.</summary>
    public nuint? Of(Secret pin) => _refused.TryGetValue(Digest(pin), out var result) ? result : null;

    public void Add(Secret pin, nuint result)
    {
        if (_refused.Count >= Most) _refused.Clear();
        _refused[Digest(pin)] = result;
    }

    private static string Digest(Secret pin) => Convert.ToHexString(HMACSHA256.HashData(s_key, pin.Bytes.Span));
}

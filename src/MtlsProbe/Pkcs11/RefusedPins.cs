using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Model;

namespace MtlsProbe.Pkcs11;

/// <summary>The PINs that tokens have refused, known by digests under a key that is new in each process. Thread-safe.</summary>
internal sealed class RefusedPins
{
    /// <summary>Beyond so many nothing is remembered any more, and nothing tried.</summary>
    private const int Most = 10_000;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);

    public bool Has(TokenSlot token, Secret pin)
    {
        lock (_refused) return _refused.Count >= Most || _refused.Contains(Digest(token, pin));
    }

    public void Add(TokenSlot token, Secret pin)
    {
        lock (_refused) _refused.Add(Digest(token, pin));
    }

    private string Digest(TokenSlot token, Secret pin)
    {
        using var digest = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        digest.AppendData(Encoding.UTF8.GetBytes($"{token.Label}\0{token.Serial}\0"));
        digest.AppendData(pin.Bytes.Span);
        return Convert.ToHexString(digest.GetHashAndReset());
    }
}
